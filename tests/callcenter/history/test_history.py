"""The audit log: what it says, how it is paged and filtered, and what can be undone from it."""

from __future__ import annotations

import datetime
import re

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from callcenter.accounts.models import Membership
from callcenter.accounts.permissions import Right
from callcenter.agents.models import PauseReason
from callcenter.agents.services import change_agent, change_pause_reason
from callcenter.audit import selectors
from callcenter.audit.models import AuditEntry
from callcenter.audit.selectors import Wanted
from callcenter.audit.services import HELIN_ITSELF, Actor, record
from callcenter.audit.words import ACTIONS, KINDS, action_words, differences_in_words
from callcenter.calendars.services import change_calendar, create_calendar
from callcenter.groups.models import AgentGroup, Clip
from callcenter.groups.services import change_clip, change_group, change_queue, create_group
from callcenter.runtime.folders import ROOT
from callcenter.tenants.scope import tenant_scope
from tests.callcenter.groups.test_management_doors import signed_in
from tests.cast import Company, limit_to, make_company

pytestmark = pytest.mark.django_db
PAGE = "/t/alice/manage/audit/"


@pytest.fixture
def alices() -> Company:
    return make_company("alice", number="+3726001000")


@pytest.fixture
def client(alices: Company) -> Client:
    return signed_in(alices, "manager")


def test_a_change_is_told_in_words_with_undo(client: Client, alices: Company) -> None:
    edit = client.post(f"/t/alice/manage/groups/{alices.group.pk}/", settings_of(alices, "Müük"))
    assert edit.status_code == 302
    page = client.get(PAGE).content.decode()
    assert "Manager" in page
    assert re.search(r"<del>Sales</del>.*<ins>Müük</ins>", page, re.DOTALL)
    with tenant_scope(alices.tenant.pk):
        entry = AuditEntry.objects.get()
    assert entry.address == "127.0.0.1"
    url = f"/t/alice/manage/groups/undo/{entry.pk}/"
    assert url in page
    assert client.post(url).status_code == 302
    with tenant_scope(alices.tenant.pk):
        alices.group.refresh_from_db()
    assert alices.group.name == "Sales"


def settings_of(company: Company, name: str) -> dict[str, object]:
    group = company.group
    return {
        "name": name,
        "calendar": "",
        "greeting": "",
        "closed_clip": "",
        "caller_id": "",
        "wrap_up_seconds": group.wrap_up_seconds,
        "answer_within_seconds": group.answer_within_seconds,
        "service_level_target": group.service_level_target,
        "service_level_mode": group.service_level_mode,
        "short_abandon_seconds": group.short_abandon_seconds,
    }


def test_undo_asks_for_the_right_of_what_was_changed(alices: Company) -> None:
    with tenant_scope(alices.tenant.pk):
        change_group(group=alices.group, wrap_up_seconds=9, by=HELIN_ITSELF)
        change_agent(agent=alices.agents[0], name="Bobby", by=HELIN_ITSELF)
        calendar = create_calendar(name="Office", by=HELIN_ITSELF)
        change_calendar(calendar=calendar, name="Desk", by=HELIN_ITSELF)
        ids = {
            entry.action: entry.pk
            for entry in AuditEntry.objects.exclude(action="calendar.created")
        }
    manager, supervisor = signed_in(alices, "manager"), signed_in(alices, "supervisor")
    urls = {
        f"/t/alice/manage/groups/undo/{ids['group.changed']}/": 302,
        f"/t/alice/manage/calendars/undo/{ids['calendar.renamed']}/": 302,
        f"/t/alice/manage/agents/undo/{ids['agent.changed']}/": 403,  # people are the admin's
        # an entry by another room's address
        f"/t/alice/manage/agents/undo/{ids['group.changed']}/": 403,
        f"/t/alice/manage/calendars/undo/{ids['group.changed']}/": 404,
    }
    for url, status in urls.items():
        assert supervisor.post(url).status_code == 403, url
        assert manager.post(url).status_code == status, url
    bobs = signed_in(make_company("bob", number="+3726002000"), "admin")
    for url in urls:
        assert bobs.post(url).status_code == 404
        assert bobs.post(url.replace("/alice/", "/bob/")).status_code == 404
    with tenant_scope(alices.tenant.pk):
        alices.group.refresh_from_db()
        calendar.refresh_from_db()
    assert (alices.group.wrap_up_seconds, calendar.name) == (5, "Office")


def test_pages_follow_each_other_without_gap_or_repeat(alices: Company) -> None:
    with tenant_scope(alices.tenant.pk), time_machine.travel("2026-11-02T10:00Z", tick=False):
        for number in range(120):  # all at the same instant: the id decides
            record(action="group.changed", by=HELIN_ITSELF, about=alices.group, after={"n": number})
        seen: list[int] = []
        older: int | None = None
        while True:
            page = selectors.entries(Wanted(), older)
            seen += [entry.after["n"] for entry in page.entries]
            older = page.older
            if older is None:
                break
        assert seen == list(range(119, -1, -1))


def test_filters_by_person_kind_and_period(alices: Company) -> None:
    manager = alices.people["manager"]
    bob = Actor(name="Manager", user_id=manager.pk)
    with tenant_scope(alices.tenant.pk):
        for day, by, action in (
            (1, bob, "group.changed"),
            (2, HELIN_ITSELF, "queue.changed"),
            (3, bob, "queue.changed"),
        ):
            with time_machine.travel(datetime.datetime(2026, 11, day, 23, tzinfo=datetime.UTC)):
                record(action=action, by=by, about=alices.queue, after={"day": day})

        def days(wanted: Wanted) -> list[int]:
            return [entry.after["day"] for entry in selectors.entries(wanted).entries]

        assert days(Wanted(by=manager.pk)) == [3, 1]
        assert days(Wanted(by=0)) == [2]
        assert days(Wanted(kind="queue")) == [3, 2]
        second = datetime.datetime(2026, 11, 2, tzinfo=datetime.UTC)
        assert days(Wanted(since=second, until=second + datetime.timedelta(days=1))) == [2]
    client = signed_in(alices, "manager")

    def shown(**filters: str | int) -> int:
        page = client.get(PAGE, filters).content.decode()
        return page.count("log-entry")

    assert shown() == 3
    assert shown(by=manager.pk, kind="queue") == 1
    # 23:00 UTC is the next day in Tallinn
    assert shown(since="2026-11-03", until="2026-11-03") == 1
    assert shown(by="nobody", kind="x", since="never", before="x' OR 1=1") == 3


def test_strangers_entries_are_never_shown(alices: Company) -> None:
    bobs = make_company("bob", number="+3726002000")
    with tenant_scope(bobs.tenant.pk):
        change_group(group=bobs.group, name="Secret Garden", by=HELIN_ITSELF)
    assert "Secret" not in signed_in(alices, "admin").get(PAGE).content.decode()


def test_values_are_told_as_people_say_them() -> None:
    before = {"calendar": {"id": 1, "name": "Office"}, "is_active": True, "closes_minute": 1440}
    after = {"calendar": None, "is_active": False, "closes_minute": 510, "sha256": "abc"}
    found = [(one.before, one.after) for one in differences_in_words(before, after)]
    assert found == [("Office", "–"), ("yes", "no"), ("24:00", "08:30")]
    days = {"first_day": "2026-12-18", "name": "Party", "strategy": "ringall"}
    choices = {"strategy": {"ringall": "all at once"}}
    found = [(one.before, one.after) for one in differences_in_words({}, days, choices)]
    assert found == [(None, "Party"), (None, "all at once"), (None, "2026-12-18")]
    week = differences_in_words({"week": {"1": [[540, 720], [780, 1020]]}}, {"week": {"1": []}})
    assert (week[0].before, week[0].after) == ("Monday 09:00–12:00, 13:00–17:00", "Monday –")
    assert action_words("person.invited_twice") == "person: invited twice"
    assert all(str(words) for words in ACTIONS.values())


def recorded_actions() -> set[str]:
    """Whatever the code writes to the audit log, as far as it stands there as it is."""
    found = set()
    for room in ("callcenter", "phonebook", "telephony", "reports"):
        for file in (ROOT / room).rglob("*.py"):
            found |= set(re.findall(r'action="([a-z_]+\.[a-z_]+)"', file.read_text()))
    return found


def test_every_action_is_a_sentence() -> None:
    found = recorded_actions()
    assert {"work.exported", "statistics.exported", "recording.deleted"} <= found
    assert found - set(ACTIONS) == set()
    assert {action.partition(".")[0] for action in found} - set(KINDS) == set()


@pytest.mark.parametrize("language", ["en", "et", "de", "it"])
def test_nothing_stands_twice_in_the_filter(language: str) -> None:
    with translation.override(language):
        words = [str(word) for word in KINDS.values()]
    assert [word for word in words if words.count(word) > 1] == []


@pytest.mark.parametrize("order", ["log_in", "log_out", "pause", "resume", "hang_up"])
def test_orders_are_told_in_words(order: str) -> None:
    assert ":" not in action_words(f"agent.{order}")


def test_a_hostile_name_is_shown_as_it_is(client: Client, alices: Company) -> None:
    name = "<script>alert(1)</script>"
    client.post(f"/t/alice/manage/groups/{alices.group.pk}/", settings_of(alices, name))
    for path in ("audit/", "groups/", f"groups/{alices.group.pk}/"):
        page = client.get(f"/t/alice/manage/{path}").content.decode()
        assert name not in page
        assert "&lt;script&gt;" in page


# --- who sees what, and who may take it back ------------------------------------------------------
def change_and_log(company: Company) -> AgentGroup:
    """Entries about Sales, its queue, another group, another's private clip and a pause reason."""
    with tenant_scope(company.tenant.pk):
        other = create_group(name="Legal", by=HELIN_ITSELF)
        change_group(group=other, name="Lawyers", by=HELIN_ITSELF)
        change_group(group=company.group, name="Shop", by=HELIN_ITSELF)
        change_queue(queue=company.queue, name="Line", by=HELIN_ITSELF)
        change_queue(queue=other.queues.get(), name="Bar", by=HELIN_ITSELF)
        clip = Clip.objects.create(
            description="Secret", audio=b"RIFF", sha256="0" * 64, seconds=1,
            owner=company.people["admin"], is_public=False,
        )  # fmt: skip
        change_clip(clip=clip, description="Hush", is_public=False, by=HELIN_ITSELF)
        change_pause_reason(reason=PauseReason.objects.get(), name="Dinner", by=HELIN_ITSELF)
    return other


def undo_urls(client: Client) -> list[str]:
    return re.findall(r'action="(/t/alice/[^"]*undo/\d+/)"', client.get(PAGE).content.decode())


def test_a_limited_manager_reads_of_the_own_groups_only(alices: Company) -> None:
    change_and_log(alices)
    limit_to(alices.people["manager"], alices.group)
    page = signed_in(alices, "manager").get(PAGE).content.decode()
    assert "Shop" in page
    assert "Line" in page
    assert "Dinner" in page
    for hidden in ("Legal", "Lawyers", "Bar"):
        assert hidden not in page
    whole = signed_in(alices, "admin").get(PAGE).content.decode()
    assert "Lawyers" in whole


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("role", ["manager", "admin"])
def test_what_is_offered_to_undo_can_be_undone(alices: Company, role: str, limited: bool) -> None:
    change_and_log(alices)
    if limited:
        limit_to(alices.people[role], alices.group)
    client = signed_in(alices, role)
    offered = undo_urls(client)
    assert offered
    assert [client.post(url).status_code for url in offered] == [302] * len(offered)


def test_who_may_only_read_is_offered_nothing(alices: Company) -> None:
    change_and_log(alices)
    with tenant_scope(alices.tenant.pk):
        readers = Membership.objects.filter(user=alices.people["agent"])
        readers.update(extra_rights=[Right.AUDIT_SEE.value])
    assert undo_urls(signed_in(alices, "agent")) == []


def test_anothers_private_clip_is_not_there_to_undo(alices: Company) -> None:
    change_and_log(alices)
    with tenant_scope(alices.tenant.pk):
        entry = AuditEntry.objects.get(action="clip.changed")
    url = f"/t/alice/manage/groups/undo/{entry.pk}/"
    assert url not in undo_urls(signed_in(alices, "manager"))
    assert signed_in(alices, "manager").post(url).status_code == 404
    assert signed_in(alices, "admin").post(url).status_code == 302
