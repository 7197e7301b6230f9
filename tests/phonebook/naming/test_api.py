"""Names by the API: what the order says, for whom, and put right."""

from typing import Any

import pytest
from django.core.cache import cache

from callcenter.audit.models import AuditEntry
from callcenter.audit.services import HELIN_ITSELF
from callcenter.groups.models import AgentGroup
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.models import Contact
from phonebook.contacts.services import company_book, create_contact, group_book, personal_book
from tests.api.test_api import client_with
from tests.cast import Company, make_company
from tests.telephony.subscriptions.test_readers import make_key

pytestmark = pytest.mark.django_db
NUMBER = "+37255500001"


@pytest.fixture
def alice() -> Company:
    cache.clear()
    return make_company("alice", number="+3726001001")


def add(company: Company, name: str, book: Any = None, number: str = NUMBER) -> Contact:
    with tenant_scope(company.tenant.pk):
        draft = ContactDraft(name=name, numbers=(NumberDraft(number),))
        return create_contact(book=book or company_book(), draft=draft, by=HELIN_ITSELF)


def api(company: Company, *scopes: str) -> Any:
    return client_with(make_key(company, *(scopes or ("phonebook:read", "phonebook:write"))))


def ask(client: Any, number: str = "5550 0001", **more: Any) -> Any:
    answer = client.get("/api/v1/names/", {"number": number, **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_winner_source_and_runners_up(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        other = AgentGroup.objects.create(slug="other", name="Other")
        of_group = group_book(group=other)
        mine = personal_book(user_id=alice.people["agent"].pk)
    mari, group = add(alice, "Mari"), add(alice, "Mari of the group", of_group)
    add(alice, "My aunt", mine)
    client = api(alice)
    for spelling in ("5550 0001", "+372 5550 0001", "00372 55500001"):
        told = ask(client, spelling)
        assert told["number"] == NUMBER
        names = {told["winner"]["name"], *(one["name"] for one in told["others"])}
        assert names == {"Mari", "Mari of the group"}  # and nobody's aunt
    assert told["winner"]["source"] == next(
        one["source"] for one in told["order"] if one["source"] in ("company", "group")
    )
    by_id = {one["contact_id"] for one in (told["winner"], *told["others"])}
    assert by_id == {mari.pk, group.pk}
    assert told["card"].endswith("/card/?number=%2B37255500001")
    of_one = ask(client, group=alice.group.pk)
    assert [of_one["winner"]["name"], of_one["others"]] == ["Mari", []]
    inside = ask(client, "101")
    assert (inside["kind"], inside["winner"]["source"]) == ("extension", "internal")


def test_it_is_cut_and_bounded(alice: Company, django_assert_max_num_queries: Any) -> None:
    for n in range(12):
        add(alice, f"Mari {n:02}")
    client = api(alice)
    told = ask(client)
    assert (len(told["others"]), told["rest"]) == (8, 3)
    assert len(ask(client, limit=50)["others"]) == 11
    with django_assert_max_num_queries(12):
        ask(client, limit=50)


@pytest.mark.parametrize("number", ["anonymous", "nonsense", "+37255500009"])
def test_nobody(alice: Company, number: str) -> None:
    add(alice, "Mari")
    told = ask(api(alice), number)
    assert (told["winner"], told["others"]) == (None, [])


def test_what_is_asked_wrongly(alice: Company) -> None:
    client = api(alice)
    for asked in ({}, {"number": ""}, {"number": "1", "limit": 99}, {"number": "1" * 81}):
        assert client.get("/api/v1/names/", asked).status_code == 400
    assert api(alice, "calls:read").get("/api/v1/names/?number=1").status_code == 403
    reader = api(alice, "phonebook:read")
    wish = {"number": NUMBER, "name": "X"}
    put = reader.put("/api/v1/names/", wish, content_type="application/json")
    assert put.status_code == 403


def correct(client: Any, **wish: Any) -> Any:
    return client.put("/api/v1/names/", wish, content_type="application/json")


def test_a_name_is_put_right(alice: Company) -> None:
    client = api(alice)
    made = correct(client, number="5550 0001", name="Mari").json()
    assert made["winner"]["name"] == "Mari"
    renamed = correct(client, number=NUMBER, name="Mari Tamm").json()
    assert renamed["winner"]["contact_id"] == made["winner"]["contact_id"]
    second = add(alice, "Another")
    picked = correct(client, number=NUMBER, name="Mart", contact_id=second.pk).json()
    names = {picked["winner"]["name"], *(one["name"] for one in picked["others"])}
    assert names == {"Mari Tamm", "Mart"}
    with tenant_scope(alice.tenant.pk):
        assert Contact.objects.count() == 2
        assert AuditEntry.objects.filter(action="contact.changed").count() == 2
    elsewhere = add(alice, "Elsewhere", number="+37255500002")
    assert correct(client, number=NUMBER, name="X", contact_id=elsewhere.pk).status_code == 404
    assert correct(client, number="nonsense", name="X").status_code == 409


def test_another_company_sees_and_changes_nothing(alice: Company) -> None:
    mari = add(alice, "Mari")
    bob = make_company("bob", number="+3726001002", first_extension=201)
    client = api(bob)
    assert ask(client)["winner"] is None
    assert correct(client, number=NUMBER, name="X", contact_id=mari.pk).status_code == 404
