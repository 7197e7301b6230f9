"""The worklist: what is on it, for whom, and what people do to a promise."""

import itertools
import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from callcenter.accounts.models import Membership
from callcenter.groups.models import AgentGroup
from callcenter.tenants.scope import tenant_scope
from telephony.callbacks.keeping import keep_callbacks
from telephony.callbacks.models import Callback
from tests.cast import Company, limit_to, make_company
from tests.telephony.calls.made import make_call

pytestmark = pytest.mark.django_db
PAGE = "/t/alice/callbacks/"
_numbers = itertools.count(37255510000)


@pytest.fixture
def alice(db: None) -> Company:
    return make_company("alice", number="+3726001000")


def lost(company: Company, minutes_ago: float = 5, **fields: Any) -> Callback:
    """One caller more whom nobody answered."""
    at = timezone.now() - timedelta(minutes=minutes_ago)
    digits = str(next(_numbers))
    call = make_call(company, **{
        "at": at, "answered_at": None, "ended_at": at, "outcome": "abandoned", "agent_ids": [],
        "agent_id": None, "talk_seconds": 0, "caller_number": f"+{digits}", "party_digits": digits,
        "caller_name": "", **fields,
    })  # fmt: skip
    keep_callbacks()
    with tenant_scope(company.tenant.pk):
        return Callback.objects.get(linkedid=call.linkedid)


def client_of(company: Company, role: str) -> Client:
    client = Client()
    client.force_login(company.people[role])
    return client


def ids(client: Client, query: str = "", page: str = PAGE) -> list[int]:
    answer = client.get(f"{page}{query}")
    assert answer.status_code == 200
    return [row.id for row in answer.context["rows"]]


def act(client: Client, row: Callback, what: str, **values: Any) -> Any:
    return client.post(f"{PAGE}{row.pk}/{what}/", values, headers={"HX-Request": "true"})


def now_of(company: Company, row: Callback) -> Callback:
    with tenant_scope(company.tenant.pk):
        return Callback.objects.get(pk=row.pk)


def test_the_last_eight_hours_and_what_is_asked_for(alice: Company) -> None:
    new, old = lost(alice, 5), lost(alice, 9 * 60)
    client = client_of(alice, "agent")
    assert ids(client) == [new.pk]
    assert ids(client, "?period=all") == [new.pk, old.pk]
    assert ids(client, "?period=all&sort=oldest") == [old.pk, new.pk]
    assert ids(client, f"?period=all&number={old.number.replace('+372', '')}") == [old.pk]
    day = timezone.localdate(old.last_lost_at, ZoneInfo(alice.tenant.time_zone))
    assert old.pk in ids(client, f"?since={day}&until={day}")
    act(client, new, "give-up", reason="wrong number")
    assert ids(client, "?shown=open&period=all") == [old.pk]
    assert ids(client, "?shown=handled&period=all") == [new.pk]
    assert "every 10s" in client.get(PAGE).content.decode()
    assert "every 30s" in client.get(f"{PAGE}?refresh=30").content.decode()
    assert client.get(f"{PAGE}?period=nonsense").status_code == 200


def heading(client: Client, query: str = "") -> str:
    page = client.get(f"{PAGE}{query}").content.decode()
    return page.split("<h2>")[1].split("</h2>")[0]


def test_the_heading_counts_the_rows_below_it(alice: Company) -> None:
    client = client_of(alice, "agent")
    assert heading(client) == "Nobody waits to be called back"
    handled = lost(alice, 5)
    lost(alice, 6)
    lost(alice, 7)
    lost(alice, 9 * 60)
    assert heading(client) == "3 callers to call back"
    act(client, handled, "give-up", reason="wrong number")
    assert heading(client) == "3 callers, 2 of them to call back"
    assert len(ids(client)) == 3
    assert heading(client, "?shown=handled") == "1 caller, 0 of them to call back"
    assert heading(client, "?shown=open&period=all") == "3 callers to call back"
    assert heading(client, "?period=yesterday&number=5") == "Nobody to call back in this list"
    assert "All that are open: 3" in client.get(PAGE).content.decode()


def test_pages_hold_every_row_once_in_every_order(alice: Company) -> None:
    for minutes in range(1, 56):
        lost(alice, minutes, wait_seconds=minutes % 3)
    client = client_of(alice, "manager")
    for sort in ("newest", "oldest", "due", "calls", "wait"):
        first = client.get(f"{PAGE}?sort={sort}")
        older = first.context["older"]
        rest = client.get(f"{PAGE}?sort={sort}&older={older}")
        found = [row.id for row in (*first.context["rows"], *rest.context["rows"])]
        assert len(found) == len(set(found)) == 55
        assert rest.context["older"] is None


def test_as_many_queries_for_many_rows(alice: Company) -> None:
    client = client_of(alice, "manager")

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(PAGE).status_code == 200
        return len(counted)

    lost(alice)
    queries()
    few = queries()
    for _ in range(20):
        lost(alice)
    assert queries() == few


def test_an_agent_sees_his_groups_and_what_he_was_given(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        other = AgentGroup.objects.create(slug="vip", name="VIP")
    mine, theirs = lost(alice), lost(alice, group_id=other.pk, group_ids=[other.pk])
    agent, boss = client_of(alice, "agent"), client_of(alice, "manager")
    assert ids(agent) == [mine.pk]
    assert agent.get(f"{PAGE}{theirs.pk}/").status_code == 404
    assert act(agent, theirs, "give-up", reason="x").status_code == 404
    assert act(boss, theirs, "assign", to=alice.people["agent"].pk).status_code == 200
    assert set(ids(agent)) == {mine.pk, theirs.pk}
    assert ids(agent, "?mine=on") == [theirs.pk]
    limit_to(alice.people["manager"], other)
    assert ids(boss) == [theirs.pk]


def test_another_company_sees_nothing(alice: Company) -> None:
    row = lost(alice)
    bob = make_company("bob", number="+3726002000", first_extension=201)
    stranger = client_of(bob, "admin")
    assert stranger.get(PAGE).status_code == 404
    assert stranger.get(f"/t/bob/callbacks/{row.pk}/").status_code == 404
    assert ids(stranger, page="/t/bob/callbacks/") == []


def test_who_may_not_see_numbers_sees_none(alice: Company) -> None:
    row = lost(alice)
    client = client_of(alice, "agent")
    with tenant_scope(alice.tenant.pk):
        Membership.objects.filter(user=alice.people["agent"]).update(
            denied_rights=["calls.see_numbers"]
        )
    for url in (PAGE, f"{PAGE}{row.pk}/"):
        text = client.get(url).content.decode()
        assert row.number[-4:] not in text
        assert "••••" in text
    assert ids(client, f"?number={row.number}") == []
    assert act(client, row, "call").status_code == 404


def test_without_the_right_there_is_no_list(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        Membership.objects.filter(user=alice.people["agent"]).update(
            denied_rights=["callbacks.work"]
        )
    assert client_of(alice, "agent").get(PAGE).status_code == 403


def test_opening_takes_it_and_closing_gives_it_back(alice: Company) -> None:
    row = lost(alice)
    agent, other = client_of(alice, "agent"), client_of(alice, "supervisor")
    assert act(agent, row, "open").status_code == 200
    held = now_of(alice, row)
    assert held.leased_by_id == alice.people["agent"].pk
    assert held.leased_until is not None
    assert timedelta(seconds=110) < held.leased_until - timezone.now() <= timedelta(minutes=2)
    answer = act(other, row, "open")
    assert "Already in contact with Agent." in answer.content.decode()
    assert act(other, row, "release").status_code == 204
    assert now_of(alice, row).leased_by_id == alice.people["agent"].pk, "another's lease stays"
    asked = act(other, row, "call")
    assert "Already in contact with Agent." in asked.content.decode()
    assert "HX-Trigger" not in asked.headers
    forced = act(other, row, "call", force="1")
    called = json.loads(forced.headers["HX-Trigger"])["call-back"]
    assert called == {"number": row.key, "about": f"callback:{row.pk}"}
    assert now_of(alice, row).leased_by_id == alice.people["supervisor"].pk
    act(other, row, "release")
    assert now_of(alice, row).leased_until is None
    assert "call-back" in act(agent, row, "call").headers["HX-Trigger"]


def test_a_lease_ends_by_itself(alice: Company) -> None:
    row = lost(alice)
    act(client_of(alice, "agent"), row, "open")
    with tenant_scope(alice.tenant.pk):
        Callback.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    answer = act(client_of(alice, "supervisor"), row, "call")
    assert "call-back" in answer.headers["HX-Trigger"]


def test_somebody_who_talks_with_the_caller_is_named(
    alice: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telephony.callbacks import selectors
    from telephony.live.selectors import LiveSnapshot

    row, agent = lost(alice), alice.agents[1].pk
    call: dict[str, Any] = {
        "direction": "out", "dialled": row.number, "agents": [agent], "ringing": [],
    }  # fmt: skip
    document: dict[str, Any] = {"call:1": call, f"agent:{agent}": {"name": "Sue"}}
    live = LiveSnapshot(document, 1, 1.0, is_live=True)
    monkeypatch.setattr(selectors, "live_snapshot", lambda *_: live)
    client = client_of(alice, "agent")
    assert "Already in contact with Sue." in act(client, row, "call").content.decode()
    call["dialled"] = "+37255500000"
    assert "call-back" in act(client, row, "call").headers["HX-Trigger"]
    call.update(direction="in", caller={"number": row.number, "name": ""})
    assert "Already in contact with Sue." in act(client, row, "call").content.decode()


def test_snoozed_until_then_or_until_he_calls_again(alice: Company) -> None:
    row = lost(alice)
    client = client_of(alice, "agent")
    assert act(client, row, "snooze", how_long="60").status_code == 200
    assert ids(client, "?shown=open") == []
    assert ids(client, "?shown=snoozed") == [row.pk]
    assert act(client, row, "snooze", how_long="at").status_code == 422
    assert act(client, row, "snooze", how_long="at", until="2001-01-01T10:00").status_code == 422
    with tenant_scope(alice.tenant.pk):
        # as if it had been put off before the last call came
        Callback.objects.update(snoozed_at=row.last_lost_at - timedelta(minutes=1))
    assert ids(client, "?shown=open") == [row.pk]
    act(client, row, "snooze", how_long="")
    assert now_of(alice, row).snoozed_until is None


def test_given_up_with_a_reason_and_taken_up_again(alice: Company) -> None:
    row = lost(alice)
    client = client_of(alice, "agent")
    assert act(client, row, "give-up", reason="").status_code == 422
    act(client, row, "give-up", reason="sells windows")
    gone = now_of(alice, row)
    assert (gone.state, gone.given_up_by, gone.given_up_reason) == (
        "given_up", "Agent", "sells windows",
    )  # fmt: skip
    assert act(client, row, "give-up", reason="again").status_code == 422
    assert "sells windows" in client.get(f"{PAGE}{row.pk}/").content.decode()
    act(client, row, "take-up")
    assert now_of(alice, row).state == "open"


def test_only_people_of_the_company_are_given_one(alice: Company) -> None:
    bob = make_company("bob", number="+3726002000", first_extension=201)
    row = lost(alice)
    client = client_of(alice, "agent")
    assert act(client, row, "assign", to=bob.people["agent"].pk).status_code == 422
    assert act(client, row, "assign", to=alice.people["supervisor"].pk).status_code == 200
    assert act(client, row, "assign", to="").status_code == 200
    assert now_of(alice, row).assigned_to_id is None


def test_the_desk_shows_what_is_due(alice: Company) -> None:
    first, later, handled = lost(alice, 50), lost(alice, 5), lost(alice, 20)
    client = client_of(alice, "agent")
    act(client, handled, "give-up", reason="x")
    assert ids(client, page=f"{PAGE}due/") == [first.pk, later.pk]
    act(client_of(alice, "manager"), first, "assign", to=alice.people["supervisor"].pk)
    assert ids(client, page=f"{PAGE}due/") == [later.pk], "somebody else has it"


def test_the_desk_words_the_time_that_is_due(alice: Company) -> None:
    row = lost(alice)
    client = client_of(alice, "agent")
    zone = ZoneInfo(alice.tenant.time_zone)
    due_at = timezone.localtime(row.due_at, zone)
    page = client.get(f"{PAGE}due/").content.decode()
    assert f">due {due_at:%H:%M}</time>" in page
    with tenant_scope(alice.tenant.pk):
        Callback.objects.filter(pk=row.pk).update(due_at=row.due_at + timedelta(days=2))
    page = client.get(f"{PAGE}due/").content.decode()
    day = date_format(due_at + timedelta(days=2), "SHORT_DATE_FORMAT")
    assert f'>due {due_at:%H:%M}</time><span class="list-sub">{day}</span>' in page


def test_how_soon_and_whom_never(alice: Company) -> None:
    row = lost(alice)
    client = client_of(alice, "manager")
    setup = f"{PAGE}settings/"
    assert client.post(setup, {"company": "30", f"group_{alice.group.pk}": ""}).status_code == 302
    fresh = lost(alice)
    assert fresh.due_at - fresh.first_lost_at == timedelta(minutes=30)
    assert client.post(setup, {"company": "0"}).status_code == 422
    never = client.post(f"{setup}numbers/", {"number": row.number, "reason": "spam"})
    assert never.status_code == 302
    assert now_of(alice, row).state == "blocked"
    assert client.post(f"{setup}numbers/", {"number": row.number}).status_code == 422
    assert client.post(f"{setup}numbers/", {"number": "anonymous"}).status_code == 422
    listed = client.get(setup).context["numbers"][0]
    assert client.post(f"{setup}numbers/{listed.pk}/").status_code == 302
    assert now_of(alice, row).state == "open"
    assert client_of(alice, "agent").get(setup).status_code == 403
