"""The pages of naming: the order, the preview, the explainer, phones' phonebooks."""

from __future__ import annotations

from typing import Any

import pytest
from defusedxml import ElementTree
from django.test import Client

from callcenter.audit.models import AuditEntry
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.models import Contact
from phonebook.contacts.services import personal_book
from phonebook.naming.models import NamingRules
from tests.cast import Company, make_company
from tests.phonebook.contacts.cast import add

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NUMBER = "+37255512345"


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


def signed_in(company: Company, role: str = "admin") -> Client:
    client = Client()
    client.force_login(company.people[role], BACKEND)
    return client


def order_of(company: Company) -> list[str]:
    with tenant_scope(company.tenant.pk):
        return list(NamingRules.objects.get().sources)


def test_the_order_is_changed_step_by_step(alice: Company) -> None:
    client = signed_in(alice)
    change = "/t/alice/naming/change/"
    assert client.get("/t/alice/naming/").status_code == 200
    client.post(change, {"do": "preset nethcti"})
    assert order_of(alice)[:2] == ["personal", "synced"]
    client.post(change, {"do": "down personal"})
    client.post(change, {"do": "drop carrier"})
    assert order_of(alice) == ["synced", "personal", "company", "group", "internal"]
    client.post(change, {"do": "add carrier"})
    client.post(change, {"do": "up carrier"})
    assert order_of(alice)[-2:] == ["carrier", "internal"]
    client.post(change, {"do": "deadline", "deadline_ms": "400"})
    with tenant_scope(alice.tenant.pk):
        assert NamingRules.objects.get().deadline_ms == 400
        assert AuditEntry.objects.filter(action="naming.changed").count() == 6
    assert client.post(change, {"do": "up nonsense"}).status_code == 404
    assert signed_in(alice, "agent").post(change, {"do": "drop carrier"}).status_code == 403


def test_the_preview_shows_who_would_win(alice: Company) -> None:
    add(alice, "Mari Tamm", "5551 2345")
    with tenant_scope(alice.tenant.pk):
        own = personal_book(user_id=alice.people["admin"].pk)
    add(alice, "My Mari", "5551 2345", book=own)
    client = signed_in(alice)
    text = client.get("/t/alice/naming/preview/?number=55512345").content.decode()
    assert text.index("My Mari") < text.index("Mari Tamm")
    client.post("/t/alice/naming/change/", {"do": "down personal"})
    for _step in range(3):
        client.post("/t/alice/naming/change/", {"do": "down personal"})
    text = client.get("/t/alice/naming/preview/").content.decode()
    assert text.index("Mari Tamm") < text.index("My Mari")


def test_the_explainer_corrects_and_saves(alice: Company) -> None:
    row = add(alice, "Mary", "5551 2345")
    client = signed_in(alice)
    said = client.get("/t/alice/naming/explain/", {"number": NUMBER, "given": "CNAM"})
    assert b"Mary" in said.content
    assert b"CNAM" in said.content
    said = client.post(f"/t/alice/naming/fix/{row.pk}/", {"number": NUMBER, "name": "Mari Tamm"})
    assert b"Mari Tamm" in said.content
    assert signed_in(alice, "agent").post(
        f"/t/alice/naming/fix/{row.pk}/", {"number": NUMBER, "name": "X"}
    ).status_code == 403  # fmt: skip
    agent = signed_in(alice, "agent")
    with tenant_scope(alice.tenant.pk):
        own = personal_book(user_id=alice.people["agent"].pk)
    new = {"number": "3726001234", "name": "Uus Klient", "book": own.pk}
    assert agent.post("/t/alice/naming/save/", new).status_code == 200
    with tenant_scope(alice.tenant.pk):
        made = Contact.objects.get(name="Uus Klient")
        assert [one.key for one in made.numbers.all()] == ["+3726001234"]
        assert made.book == own
    assert agent.post("/t/alice/naming/save/", {**new, "name": ""}).status_code == 422
    assert b"Uus Klient" in agent.get("/t/alice/naming/explain/?number=6001234").content
    # somebody else's own book is nobody else's business
    assert b"Uus Klient" not in client.get("/t/alice/naming/explain/?number=6001234").content


def test_nobody_else_explains_or_corrects(alice: Company) -> None:
    row = add(alice, "Mary", "5551 2345")
    bob = signed_in(make_company("bob", number="+3726002001"))
    assert bob.get(f"/t/alice/naming/explain/?number={NUMBER}").status_code == 404
    assert b"Mary" not in bob.get(f"/t/bob/naming/explain/?number={NUMBER}").content
    fixed = bob.post(f"/t/bob/naming/fix/{row.pk}/", {"number": NUMBER, "name": "X"})
    assert fixed.status_code == 404


def names_on(client: Client, url: str) -> list[str]:
    answer: Any = client.get(url)
    assert answer.status_code == 200, url
    return [str(one.text) for one in ElementTree.fromstring(answer.content).iter("Name")]


def test_a_phone_reads_what_its_agent_reads(alice: Company, settings: Any) -> None:
    settings.LDAP_PORT = 10636
    agent = alice.people["agent"]
    with tenant_scope(alice.tenant.pk):
        phone = alice.agents[0].device
        own = personal_book(user_id=agent.pk)
        boss = personal_book(user_id=alice.people["admin"].pk)
    assert phone is not None
    add(alice, "Mari <Tamm> & Co", "5551 2345")
    add(alice, "Agent's own", "5551 0001", book=own, role="agent")
    add(alice, "Boss's own", "5551 0002", book=boss)
    page = signed_in(alice).post(f"/t/alice/naming/phones/{phone.pk}/", {"do": "make"})
    text = page.content.decode()
    url = text[text.index("/phones/") :].split("<")[0]
    assert f"alice-{phone.extension}</code>" in text
    assert "ldap://127.0.0.1:10636</code>" in text
    anybody = Client()
    assert sorted(names_on(anybody, url)) == ["Agent's own", "Mari <Tamm> & Co"]
    assert names_on(anybody, f"{url}?search=mari") == ["Mari <Tamm> & Co"]
    assert names_on(anybody, url.replace("yealink", "snom").replace("'", "")) != []
    assert b"+37255512345" in anybody.get(url).content
    assert anybody.get(url.replace("/phones/", "/phones/x")).status_code == 404
    assert anybody.get(url.replace("yealink", "cisco")).status_code == 404
    signed_in(alice).post(f"/t/alice/naming/phones/{phone.pk}/", {"do": "revoke"})
    assert anybody.get(url).status_code == 404
