"""What agents did, and who had to call again: worked out by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from reports.statistics.agents import agent_figures, team_of
from reports.statistics.figures import FIGURES
from reports.statistics.intervals import By
from reports.statistics.selection import Selection, of_days
from reports.statistics.selectors import figures, total_of
from telephony.activity.facts import Who
from telephony.activity.models import AgentActivity
from telephony.activity.wrap_up import write_wrap_ups
from telephony.calls.models import QueueVisit
from tests.reports.statistics.history import make_call, make_visit

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = of_days(date(2026, 3, 10), date(2026, 3, 10), "UTC")
MONTH = of_days(date(2026, 3, 1), date(2026, 3, 31), "UTC")
EVENING = NOON + timedelta(hours=8)


@pytest.fixture
def alice() -> Tenant:
    return Tenant.objects.create(slug="alice", name="Alice", time_zone="UTC")


def was(state: str, since: int, until: int | None, reason: str = "", agent: int = 11) -> None:
    """Seconds from noon."""
    AgentActivity.objects.create(
        pbx="pbx1", agent_id=agent, state=state, reason=reason, memory={},
        since=NOON + timedelta(seconds=since),
        until=None if until is None else NOON + timedelta(seconds=until),
        is_logged_in=state != "logged_out", group_ids=[] if state == "logged_out" else [1],
        call_group_id=1 if state == "in_call" else None,
    )  # fmt: skip


def test_an_agents_day(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        was("available", 0, 100)
        was("ringing", 100, 110)
        was("in_call", 110, 170)
        was("wrapping_up", 170, 200)
        was("paused", 200, 500, "lunch")
        was("logged_out", 500, None)
        for wait in (10, 30):
            make_visit(NOON, "answered", wait, ended_at=NOON + timedelta(seconds=170)).save()
        make_visit(NOON, "answered", 1, agent_id=12, talk_seconds=5).save()
        found = agent_figures(DAY, at=EVENING).each
        assert set(found) == {11, 12}
        one = found[11]
        assert one.contacts.visits.answered == 2
        assert one.login_seconds == 500
        assert one.pauses == {"lunch": 300}
        assert (one.busy_seconds, one.idle_seconds) == (90, 110)
        assert one.occupancy == 45
        assert one.average_handling_time == 60
        assert found[12].activity is None
        assert found[12].occupancy is None
        team = team_of(list(found.values()))
        assert team.contacts.visits.answered == 3
        assert team.login_seconds == 500
        # nothing ahead of now
        early = agent_figures(DAY, at=NOON + timedelta(seconds=50)).each
        assert early[11].login_seconds == 50


def test_time_is_not_known_of_chosen_hours(alice: Tenant) -> None:
    hours = Selection(DAY.since, DAY.until, "UTC", minutes_from=60)
    with tenant_scope(alice.pk):
        was("available", 0, 100)
        make_visit(NOON).save()
        found = agent_figures(hours, at=EVENING).each
        assert found[11].contacts.visits.answered == 1
        assert found[11].activity is None


def test_another_companys_agents_are_not_there(alice: Tenant) -> None:
    bob = Tenant.objects.create(slug="bob", name="Bob")
    with tenant_scope(alice.pk):
        was("available", 0, 100)
        make_visit(NOON).save()
    with tenant_scope(bob.pk):
        assert agent_figures(DAY, at=EVENING).each == {}


def test_after_call_work_goes_to_the_visit_before_it(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        first = make_visit(NOON, ended_at=NOON + timedelta(seconds=60))
        second = make_visit(
            NOON + timedelta(seconds=90), ended_at=NOON + timedelta(seconds=120), group_id=2
        )
        other = make_visit(NOON, ended_at=NOON + timedelta(seconds=60), agent_id=12)
        for visit in (first, second, other):
            visit.save()
        was("wrapping_up", 61, 71)
        was("paused", 121, 140, "lunch")
        starts = {Who(alice.pk, agent, ""): NOON for agent in (11, 12)}
        write_wrap_ups("pbx1", starts)
        work = dict(QueueVisit.objects.values_list("pk", "wrap_up_ms"))
        assert work == {first.pk: 10_000, second.pk: 0, other.pk: 0}
        aht = FIGURES["aht"].formula
        by_group = figures(DAY, By.GROUP)
        assert aht(by_group[1]) == (60 + 60 + 10) / 2
        assert aht(by_group[2]) == 60
        AgentActivity.objects.all().delete()
        write_wrap_ups("pbx1", starts)
        assert aht(total_of(DAY)) == 60


# --- who had to call again ----------------------------------------------------------------------
def called(at: datetime, number: str, outcome: str = "answered", **more: object) -> QueueVisit:
    call = more.pop("call", None) or make_call(at, number)
    visit = make_visit(at, outcome, call=call, **more)  # type: ignore[arg-type]
    visit.save()
    return visit


def repeated() -> int:
    return int(FIGURES["repeated"].formula(total_of(MONTH, wanted=("repeated",))) or 0)


@pytest.mark.parametrize(
    ("hours", "number", "expected"),
    [(168, "+3725550001", 1), (168.001, "+3725550001", 0), (1, "+3725550002", 0), (1, "", 0)],
)
def test_a_call_is_repeated_within_a_week(
    alice: Tenant, hours: float, number: str, expected: int
) -> None:
    with tenant_scope(alice.pk):
        called(NOON, number if not number else "+3725550001")
        called(NOON + timedelta(hours=hours), number)
        assert repeated() == expected


def test_what_does_not_count_as_calling_again(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        # one call that overflowed into another queue of the group
        first = called(NOON, "+3725550001", "overflowed", reason="timeout")
        called(NOON + timedelta(seconds=60), "", call=first.call, queue_name="alice-second")
        # another group
        called(NOON + timedelta(hours=1), "+3725550001", group_id=2)
        # those who hide
        for _ in range(2):
            called(NOON, "Anonymous")
        assert repeated() == 0
        assert FIGURES["fcr"].formula(total_of(MONTH, wanted=("fcr",))) == 100


def test_coming_back_while_closed_or_after_the_month_counts(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        called(NOON, "+3725550001")
        called(NOON + timedelta(hours=9), "+3725550001", "overflowed", reason="closed")
        last = MONTH.until - timedelta(minutes=1)
        called(last, "+3725550002")
        called(last + timedelta(days=1), "+3725550002")
        assert repeated() == 2
        assert FIGURES["fcr"].formula(total_of(MONTH, wanted=("fcr",))) == 0
