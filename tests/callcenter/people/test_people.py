"""Inviting, changing and shutting out; keys shown once."""

import pytest
from django.core import mail
from django.test import Client

from callcenter.accounts.models import ApiKey, Membership, Role, User
from callcenter.accounts.services import (
    AlreadyHere,
    LastAdmin,
    NotYourself,
    change_membership,
    invite_person,
)
from callcenter.accounts.tasks import send_invitation
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor
from callcenter.templatetags.frame import browser
from callcenter.tenants.scope import tenant_scope
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db
EVE = Actor(name="Eve")


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_invitation_leads_to_choosing_a_password(alice: Company, client: Client) -> None:
    with tenant_scope(alice.tenant.pk):
        membership = invite_person(email="New@Alice.example", name="New", role="agent", by=EVE)
        assert AuditEntry.objects.get().action == "person.invited"
    send_invitation(tenant_id=alice.tenant.pk, membership_id=membership.pk)
    [letter] = mail.outbox
    assert letter.to == ["new@alice.example"]
    link = next(word for word in letter.body.split() if "/accounts/password/reset/key/" in word)
    answer = client.get(link[link.index("/accounts/") :], follow=True)
    assert b'name="password1"' in answer.content


def test_who_has_a_login_elsewhere_keeps_it(alice: Company) -> None:
    bob = make_company("bob", number="+3726001002")
    stranger = bob.people["agent"]
    with tenant_scope(alice.tenant.pk):
        membership = invite_person(email=stranger.email, name="Renamed", role="agent", by=EVE)
        assert membership.user == stranger
        assert membership.user.name != "Renamed"
        with pytest.raises(AlreadyHere):
            invite_person(email=stranger.email, name="x", role="agent", by=EVE)


def test_the_last_admin_stays_admin(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        admin = Membership.objects.get(role=Role.ADMIN)
        for changes in ({"role": "agent"}, {"is_active": False}):
            with pytest.raises(LastAdmin):
                change_membership(membership=admin, by=EVE, **changes)
        admin.refresh_from_db()
        assert (admin.role, admin.is_active) == ("admin", True)


def test_nobody_changes_his_own_rights(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        admin = Membership.objects.get(role=Role.ADMIN)
        with pytest.raises(NotYourself):
            change_membership(
                membership=admin, by=Actor(name="x", user_id=admin.user_id), role="agent"
            )


def test_a_right_taken_is_gone_at_the_next_click(alice: Company) -> None:
    admin, manager = (signed_in(alice.people[role]) for role in ("admin", "manager"))
    assert manager.get("/t/alice/manage/audit/").status_code == 200
    with tenant_scope(alice.tenant.pk):
        pk = Membership.objects.get(role=Role.MANAGER).pk
    answer = admin.post(
        f"/t/alice/people/{pk}/",
        {"role": "manager", "is_active": "on", "right-audit-see": "no"},
    )
    assert answer.status_code == 302
    assert manager.get("/t/alice/manage/audit/").status_code == 403
    admin.post(f"/t/alice/people/{pk}/", {"role": "manager"})
    assert manager.get("/t/alice/live/").status_code == 404


def test_a_key_is_shown_once_and_revoked_for_good(alice: Company) -> None:
    admin = signed_in(alice.people["admin"])
    answer = admin.post("/t/alice/people/keys/", {"name": "CRM", "scopes": ["groups:read"]})
    key = answer.content.decode().partition('id="new-key" class="mono" readonly value="')[2]
    key = key.partition('"')[0]
    api = Client(headers={"authorization": f"Bearer {key}"})
    assert api.get("/api/v1/groups/").status_code == 200
    assert key not in admin.get("/t/alice/people/keys/").content.decode()
    with tenant_scope(alice.tenant.pk):
        pk = ApiKey.objects.get(name="CRM").pk
    admin.post(f"/t/alice/people/keys/{pk}/revoke/")
    assert api.get("/api/v1/groups/").status_code == 401


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19 Safari/604.1", "Safari, iPhone"),
        ("curl/8.1", "curl/8.1"),
        ("", "unknown"),
    ],
)
def test_browsers_are_named_in_short(said: str, told: str) -> None:
    assert browser(said) == told
