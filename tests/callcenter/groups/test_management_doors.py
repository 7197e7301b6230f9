"""Every address of Management: strangers get 404, people without the right 403, the others a page."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from callcenter.agents.models import PauseReason
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import HELIN_ITSELF
from callcenter.calendars import services as calendars
from callcenter.calendars.models import OpeningCalendar
from callcenter.groups import services as groups
from callcenter.groups.models import Clip
from callcenter.tenants.scope import tenant_scope
from telephony.outgoing.services import allow_prefix
from tests.callcenter.groups.sounds import tone
from tests.cast import Company, limit_to, make_company

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": HELIN_ITSELF}


def furnish(company: Company) -> dict[str, int]:
    """One of everything; the ids for the addresses."""
    with tenant_scope(company.tenant.pk):
        calendar = calendars.create_calendar(name="Office", holiday_country="EE", **BY)
        hours = calendars.add_hours(calendar=calendar, weekday=1, opens=540, closes=1020, **BY)
        day = timezone.localdate() + datetime.timedelta(days=3)
        exception = calendars.add_exception(
            calendar=calendar, name="Party", first_day=day, last_day=day, **BY
        )
        clip = groups.create_clip(data=tone(0.5), description="Welcome", **BY)
        groups.change_group(
            group=company.group, calendar=calendar, greeting=clip, wrap_up_seconds=7, **BY
        )
        prefix = allow_prefix(prefix="+372", **BY)
        member = company.group.members.first()
        assert member is not None
        return {
            "group": company.group.pk,
            "queue": company.queue.pk,
            "number": company.number.pk,
            "member": member.pk,
            "calendar": calendar.pk,
            "hours": hours.pk,
            "exception": exception.pk,
            "clip": clip.pk,
            "prefix": prefix.pk,
            "agent": company.agents[0].pk,
            "device": company.agents[0].device_id or 0,
            "reason": PauseReason.objects.get().pk,
        }


@dataclass(frozen=True)
class Page:
    path: str
    lowest: str  # the lowest role that may

    @property
    def others(self) -> str:
        return {"manager": "supervisor", "admin": "manager"}[self.lowest]


PAGES = [
    Page("groups/", "manager"),
    Page("groups/new/", "manager"),
    Page("groups/{group}/", "manager"),
    Page("groups/{group}/numbers/", "manager"),
    Page("groups/{group}/numbers/{number}/", "manager"),
    Page("groups/{group}/members/", "manager"),
    Page("groups/{group}/queues/{queue}/", "manager"),
    Page("groups/{group}/queues/new/", "manager"),
    Page("groups/{group}/hearing/", "manager"),
    Page("calendars/", "manager"),
    Page("calendars/new/", "manager"),
    Page("calendars/{calendar}/", "manager"),
    Page("calendars/{calendar}/holidays/", "manager"),
    Page("clips/", "manager"),
    Page("clips/{clip}/", "manager"),
    Page("clips/{clip}/audio.wav", "manager"),
    Page("pause-reasons/", "manager"),
    Page("pause-reasons/{reason}/", "manager"),
    Page("outgoing/", "manager"),
    Page("audit/", "manager"),
    Page("agents/", "admin"),
    Page("agents/new/", "admin"),
    Page("agents/{agent}/", "admin"),
    Page("phones/", "admin"),
    Page("phones/new/", "admin"),
    Page("phones/{device}/", "admin"),
]
# done by POST alone
ORDERS = [
    Page("groups/{group}/switch/", "manager"),
    Page("groups/{group}/numbers/{number}/remove/", "manager"),
    Page("groups/{group}/members/{member}/", "manager"),
    Page("groups/{group}/members/{member}/remove/", "manager"),
    Page("groups/{group}/queues/{queue}/delete/", "manager"),
    Page("calendars/{calendar}/delete/", "manager"),
    Page("calendars/{calendar}/hours/", "manager"),
    Page("calendars/{calendar}/hours/copy/", "manager"),
    Page("calendars/{calendar}/hours/{hours}/remove/", "manager"),
    Page("calendars/{calendar}/exceptions/", "manager"),
    Page("calendars/{calendar}/exceptions/{exception}/remove/", "manager"),
    Page("calendars/{calendar}/force/", "manager"),
    Page("clips/{clip}/replace/", "manager"),
    Page("clips/{clip}/delete/", "manager"),
    Page("pause-reasons/{reason}/up/", "manager"),
    Page("outgoing/{prefix}/forbid/", "manager"),
    Page("phones/{device}/secret/", "admin"),
]


def signed_in(company: Company, role: str) -> Client:
    client = Client()
    client.force_login(company.people[role], "allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def alices() -> Company:
    return make_company("alice", number="+3726001000")


@pytest.fixture
def bobs() -> Company:
    return make_company("bob", number="+3726002000")


def status_of(client: Client, page: Page, ids: dict[str, int], tenant: str = "alice") -> int:
    return client.get(f"/t/{tenant}/manage/{page.path.format(**ids)}").status_code


def posted(client: Client, page: Page, ids: dict[str, int], tenant: str = "alice") -> int:
    return client.post(f"/t/{tenant}/manage/{page.path.format(**ids)}").status_code


def test_a_page_opens_for_those_with_the_right_only(alices: Company) -> None:
    ids = furnish(alices)
    clients = {role: signed_in(alices, role) for role in alices.people}
    found = {
        page.path: (
            status_of(clients[page.lowest], page, ids),
            status_of(clients[page.others], page, ids),
            status_of(clients["agent"], page, ids),
            status_of(Client(), page, ids),
        )
        for page in PAGES
    }
    assert found == dict.fromkeys(found, (200, 403, 403, 302))


def test_a_stranger_gets_404_by_their_address_and_by_ours(alices: Company, bobs: Company) -> None:
    ids = furnish(alices)
    client = signed_in(bobs, "admin")
    found = {page.path: status_of(client, page, ids) for page in PAGES}
    # and Alice's object below Bob's own address
    found |= {f"bob {p.path}": status_of(client, p, ids, "bob") for p in PAGES if "{" in p.path}
    found |= {page.path: posted(client, page, ids) for page in ORDERS}
    found |= {f"bob {page.path}": posted(client, page, ids, "bob") for page in ORDERS}
    assert found == dict.fromkeys(found, 404)


def test_orders_are_posts_of_those_with_the_right(alices: Company) -> None:
    ids = furnish(alices)
    clients = {role: signed_in(alices, role) for role in alices.people}
    for page in ORDERS:
        assert posted(clients["agent"], page, ids) == 403, page
        assert posted(clients[page.others], page, ids) == 403, page
        assert status_of(clients["admin"], page, ids) == 405, page
        assert posted(clients["admin"], page, ids) in (200, 302, 422), page


def test_rights_may_end_at_some_groups(alices: Company) -> None:
    ids = furnish(alices)
    with tenant_scope(alices.tenant.pk):
        other = groups.create_group(name="Support", **BY)
        membership = alices.people["manager"].memberships.get()
        membership.group_ids = [other.pk]
        membership.save()
    client = signed_in(alices, "manager")
    listed = client.get("/t/alice/manage/groups/").content.decode()
    assert "Support" in listed
    assert "Sales" not in listed
    assert client.get(f"/t/alice/manage/groups/{other.pk}/").status_code == 200
    assert client.get(f"/t/alice/manage/groups/{ids['group']}/").status_code == 403
    assert client.post(f"/t/alice/manage/groups/{ids['group']}/switch/").status_code == 403
    assert client.get("/t/alice/manage/groups/new/").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "calendars/{calendar}/force/",
        "calendars/{calendar}/delete/",
        "calendars/{calendar}/",
        "clips/{clip}/",
        "clips/{clip}/replace/",
    ],
)
def test_what_other_groups_use_too_is_changed_by_those_who_lead_them(
    alices: Company, path: str
) -> None:
    ids = furnish(alices)
    with tenant_scope(alices.tenant.pk):
        other = groups.create_group(name="Support", **BY)
    client, address = signed_in(alices, "manager"), f"/t/alice/manage/{path.format(**ids)}"
    limit_to(alices.people["manager"], other)
    assert client.post(address).status_code == 403
    assert client.get(f"/t/alice/manage/calendars/{ids['calendar']}/").status_code == 200
    limit_to(alices.people["manager"], other, alices.group)
    assert client.post(address).status_code in (200, 302, 422)


def test_no_change_of_other_groups_things_is_undone(alices: Company) -> None:
    ids = furnish(alices)
    with tenant_scope(alices.tenant.pk):
        other = groups.create_group(name="Support", **BY)
        calendar = OpeningCalendar.objects.get(pk=ids["calendar"])
        calendars.change_calendar(calendar=calendar, name="Shop", **BY)
        renamed = AuditEntry.objects.get(action="calendar.renamed")
        clip = Clip.objects.get(pk=ids["clip"])
        groups.change_clip(clip=clip, description="Hello", is_public=True, **BY)
        described = AuditEntry.objects.get(action="clip.changed")
    limit_to(alices.people["manager"], other)
    client = signed_in(alices, "manager")
    for room, entry in (("calendars", renamed), ("groups", described)):
        assert client.post(f"/t/alice/manage/{room}/undo/{entry.pk}/").status_code == 403


def test_management_begins_where_the_person_may(alices: Company) -> None:
    manager = signed_in(alices, "manager").get("/t/alice/manage/")
    assert manager["Location"] == "/t/alice/manage/groups/"
    assert signed_in(alices, "supervisor").get("/t/alice/manage/").status_code == 403
