"""Agents, phones and pause reasons; the secret is shown once and kept nowhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator

import pytest
from django.conf import settings
from django.test import Client

from callcenter.accounts.models import Membership, User
from callcenter.agents import services
from callcenter.agents.models import Agent, Device, PauseReason
from callcenter.agents.secrets import ALPHABET, digest_of, make_secret
from callcenter.audit.changes import ChangedSince
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from tests.callcenter.groups.test_management_doors import signed_in
from tests.cast import make_company

ALICE = Actor(name="Alice")


def test_secrets_are_long_and_never_the_same() -> None:
    made = {make_secret() for _ in range(200)}
    assert len(made) == 200
    assert all(len(secret) == 20 and set(secret) <= set(ALPHABET) for secret in made)


def test_the_digest_is_that_of_rfc_2617() -> None:
    """The example of section 3.5: its HA1."""
    found = digest_of(user="Mufasa", realm="testrealm@host.com", secret="Circle Of Life")
    assert found == "939e7578ed9e3c518a452acee763bce9"


@pytest.fixture
def _acme(db: None) -> Generator[None]:
    tenant = Tenant.objects.create(slug="acme", name="Acme", country="EE")
    with tenant_scope(tenant.pk):
        yield


@pytest.fixture
def bob(_acme: None) -> Agent:
    user = User.objects.create_user("bob@acme.test", name="Bob")
    return services.create_agent(
        membership=Membership.objects.create(user=user), name="Bob", by=ALICE
    )


@pytest.mark.usefixtures("_acme")
def test_only_the_digest_of_a_secret_is_kept() -> None:
    new = services.create_device(extension="101", name="Desk", by=ALICE)
    kept = Device.objects.get()
    text = f"acme-101:{settings.SIP_REALM}:{new.secret}"
    assert kept.digest == hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    assert new.user == "acme-101"
    again = services.rotate_secret(device=kept, by=ALICE)
    assert again.secret != new.secret
    kept.refresh_from_db()
    assert kept.digest == digest_of(user="acme-101", realm=settings.SIP_REALM, secret=again.secret)
    for entry in AuditEntry.objects.all():
        assert new.secret not in repr((entry.before, entry.after, entry.about_name))
        assert again.secret not in repr((entry.before, entry.after, entry.about_name))
    assert new.secret not in repr(new)


@pytest.mark.usefixtures("_acme")
@pytest.mark.parametrize("extension", ["12", "01234", "0123", "12a", "", "12345", "١٢٣"])
def test_an_extension_has_three_or_four_digits(extension: str) -> None:
    with pytest.raises(services.ExtensionNotPlain):
        services.create_device(extension=extension, name="Desk", by=ALICE)


@pytest.mark.usefixtures("_acme")
def test_an_extension_is_free_and_no_emergency_number() -> None:
    with pytest.raises(services.ExtensionIsEmergency, match="112"):
        services.create_device(extension="112", name="Desk", by=ALICE)
    services.create_device(extension="101", name="Desk", by=ALICE)
    with pytest.raises(services.ExtensionTaken, match="101"):
        services.create_device(extension="101", name="Other", by=ALICE)


def phone_of(agent: Agent) -> Device | None:
    """The phone that rings, as it is kept now."""
    return Agent.objects.get(pk=agent.pk).device


def test_the_first_phone_rings_and_only_an_own_phone_in_use_can(bob: Agent) -> None:
    first = services.create_device(extension="101", name="Desk", agent=bob, by=ALICE).device
    second = services.create_device(extension="102", name="Home", agent=bob, by=ALICE).device
    others = services.create_device(extension="103", name="Lobby", by=ALICE).device
    assert phone_of(bob) == first
    with pytest.raises(services.PhoneNotOwn):
        services.change_agent(agent=bob, device=others, by=ALICE)
    services.change_agent(agent=bob, device=second, by=ALICE)
    services.change_device(device=second, is_active=False, by=ALICE)
    assert phone_of(bob) is None
    second.refresh_from_db()
    with pytest.raises(services.PhoneNotOwn):
        services.change_agent(agent=bob, device=second, by=ALICE)
    services.change_agent(agent=bob, device=first, by=ALICE)
    services.change_device(device=first, agent=None, by=ALICE)
    assert phone_of(bob) is None


def test_a_person_is_an_agent_once(bob: Agent) -> None:
    with pytest.raises(services.AgentAlready, match="Bob"):
        services.create_agent(membership=bob.membership, name="Bob 2", by=ALICE)


@pytest.mark.usefixtures("_acme")
def test_pause_reasons_have_a_plain_code_that_stays() -> None:
    services.create_pause_reason(code="lunch", name="Lunch", max_minutes=30, by=ALICE)
    with pytest.raises(services.CodeTaken, match="lunch"):
        services.create_pause_reason(code="lunch", name="Other", by=ALICE)
    with pytest.raises(services.CodeReserved):
        services.create_pause_reason(code="wrap-up", name="Mine", by=ALICE)
    for code in ("", "Lunch", "a b", "-a", "a--b", "x" * 31, "söök"):
        with pytest.raises(services.CodeNotPlain):
            services.create_pause_reason(code=code, name="Lunch", by=ALICE)
    with pytest.raises(services.PauseTooLong):
        services.create_pause_reason(code="sleep", name="Sleep", max_minutes=601, by=ALICE)


@pytest.mark.usefixtures("_acme")
def test_pause_reasons_move_one_place() -> None:
    rows = [
        services.create_pause_reason(code=code, name=code, by=ALICE) for code in ("a", "b", "c")
    ]

    def order() -> str:
        return "".join(PauseReason.objects.values_list("code", flat=True))

    services.move_pause_reason(reason=rows[2], up=True, by=ALICE)
    assert order() == "acb"
    services.move_pause_reason(reason=rows[0], up=True, by=ALICE)
    services.move_pause_reason(reason=rows[1], up=False, by=ALICE)
    assert order() == "acb"
    services.move_pause_reason(reason=rows[0], up=False, by=ALICE)
    assert order() == "cab"
    assert AuditEntry.objects.filter(action="pause_reason.moved").count() == 2


def test_undo_of_an_agents_phone_and_name(bob: Agent) -> None:
    device = services.create_device(extension="101", name="Desk", agent=bob, by=ALICE).device
    services.change_agent(agent=bob, name="Robert", device=None, by=ALICE)
    entry = AuditEntry.objects.filter(action="agent.changed").latest("pk")
    services.undo_change(entry=entry, by=ALICE)
    bob.refresh_from_db()
    assert (bob.name, bob.device) == ("Bob", device)
    with pytest.raises(ChangedSince):
        services.undo_change(entry=entry, by=ALICE)


@pytest.mark.django_db
def test_the_pages_show_a_secret_once() -> None:
    company = make_company("alice", number="+3726001000")
    client: Client = signed_in(company, "admin")
    wanted = {"extension": "201", "name": "Lobby", "kind": "sip", "agent": ""}
    made = client.post("/t/alice/manage/phones/new/", wanted)
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    found = re.search(r'id="sip-secret">(\w+)<', made.content.decode())
    assert found is not None
    secret = found[1]
    with tenant_scope(company.tenant.pk):
        device = Device.objects.get(extension="201")
    realm = settings.SIP_REALM
    assert device.digest == digest_of(user="alice-201", realm=realm, secret=secret)
    assert secret not in client.get(f"/t/alice/manage/phones/{device.pk}/").content.decode()
    refused = client.post("/t/alice/manage/phones/new/", wanted)
    assert refused.status_code == 422
    assert "already a phone with the extension 201" in refused.content.decode()
    rotated = client.post(f"/t/alice/manage/phones/{device.pk}/secret/")
    assert secret not in rotated.content.decode()
    assert 'id="sip-secret"' in rotated.content.decode()


@pytest.mark.django_db
def test_a_person_becomes_an_agent_by_the_page() -> None:
    company = make_company("alice", number="+3726001000")
    client = signed_in(company, "admin")
    with tenant_scope(company.tenant.pk):
        manager = Membership.objects.get(user=company.people["manager"])
    wanted = {"membership": manager.pk, "name": ""}
    response = client.post("/t/alice/manage/agents/new/", wanted)
    assert response.status_code == 302
    with tenant_scope(company.tenant.pk):
        assert Agent.objects.get(membership=manager).name == "Manager"
    assert client.post("/t/alice/manage/agents/new/", wanted).status_code == 422
