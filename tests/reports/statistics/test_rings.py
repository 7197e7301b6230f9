"""Whom queues rang in vain: worked out by hand, and with as many calls behind it as it says."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from reports.statistics.agents import agent_figures
from reports.statistics.behind import count_behind, visits_behind
from reports.statistics.intervals import By
from reports.statistics.selection import Selection, of_days
from reports.statistics.selectors import figures, total_of, values
from telephony.calls.models import QueueVisit
from tests.reports.statistics.history import make_visit

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = of_days(date(2026, 3, 10), date(2026, 3, 10), "UTC")
FIGURE = "left_ringing"


@pytest.fixture
def alice() -> Iterator[Tenant]:
    tenant = Tenant.objects.create(slug="alice", name="Alice", time_zone="UTC")
    with tenant_scope(tenant.pk):
        yield tenant


def stay(begins: int = 0, seconds: int = 60, **more: object) -> QueueVisit:
    """Seconds from noon; abandoned unless said otherwise."""
    at = NOON + timedelta(seconds=begins)
    visit = make_visit(at, **{"outcome": "abandoned", "wait": seconds, **more})  # type: ignore[arg-type]
    visit.left_at = at + timedelta(seconds=seconds)
    visit.save()
    return visit


def rang(visit: QueueVisit, *agents: int) -> None:
    visit.left_by = sorted({*(visit.left_by or ()), *agents})
    visit.save()


def by_agent(selection: Selection = DAY) -> dict[int, int]:
    found = {
        agent: int(one[0] or 0)
        for agent, one in values(selection, By.AGENT, (FIGURE,)).items()
        if one[0]
    }
    for agent, number in found.items():
        assert count_behind(selection, FIGURE, By.AGENT, agent) == number
        assert len(visits_behind(selection, FIGURE, By.AGENT, agent).visits) == number
    return found


def test_each_agent_once_in_a_stay_and_all_of_them_as_calls(alice: Tenant) -> None:
    both, his, _nobodys = stay(), stay(100, outcome="answered"), stay(200)
    # of what counts in no figure: given up at once, while closed, not settled yet
    rang(stay(300, 3, outcome="short_abandoned"), 11, 12)
    rang(stay(310, 0, outcome="overflowed", reason="closed"), 11)
    rang(stay(320, outcome="waiting"), 12)
    rang(both, 11, 12)
    rang(his, 12)
    assert by_agent() == {11: 1, 12: 2}
    assert total_of(DAY, wanted=(FIGURE,)).left_ringing == 2
    assert count_behind(DAY, FIGURE) == 2
    assert {one.pk for one in visits_behind(DAY, FIGURE).visits} == {both.pk, his.pk}
    # of those chosen, whoever answered
    chosen = Selection(DAY.since, DAY.until, "UTC", agent_ids=(12,))
    assert by_agent(chosen) == {12: 2}
    assert total_of(chosen, wanted=(FIGURE,)).left_ringing == 2
    agents = agent_figures(DAY, at=NOON + timedelta(hours=8))
    found = agents.each
    assert {one: of.contacts.left_ringing for one, of in found.items()} == {11: 1, 12: 2}
    assert agents.together.contacts.left_ringing == 2
    assert found[12].contacts.visits.answered == 0
    assert found[11].contacts.visits.answered == 1


def test_groups_and_whom_nobody_knows(alice: Tenant) -> None:
    stay()
    rang(stay(100, group_id=2), 0)
    rang(stay(70, 20, queue_name="alice-other", group_id=3), 0, 11)
    groups = figures(DAY, By.GROUP, wanted=(FIGURE,))
    assert {group: one.left_ringing for group, one in groups.items()} == {1: 0, 2: 1, 3: 1}
    assert by_agent() == {0: 2, 11: 1}
    assert by_agent(Selection(DAY.since, DAY.until, "UTC", queue_names=("alice-other",))) == {
        0: 1, 11: 1
    }  # fmt: skip


def test_hours_groups_and_periods_are_those_of_the_stay(alice: Tenant) -> None:
    late = stay(12 * 3600 - 10)  # rings in the day after
    rang(late, 11)
    assert by_agent() == {11: 1}
    assert by_agent(of_days(date(2026, 3, 11), date(2026, 3, 11), "UTC")) == {}
    assert by_agent(Selection(DAY.since, DAY.until, "UTC", group_ids=(2,))) == {}
    assert by_agent(Selection(DAY.since, DAY.until, "UTC", weekdays=(1,))) == {}
    evening = Selection(DAY.since, DAY.until, "UTC", minutes_from=1380, minutes_to=1440)
    assert by_agent(evening) == {11: 1}
    hours = figures(DAY, By.HOUR_OF_DAY, wanted=(FIGURE,))
    assert [hour for hour, one in hours.items() if one.left_ringing] == [23]


def test_another_companys_rings_are_in_no_figure(alice: Tenant) -> None:
    bob = Tenant.objects.create(slug="bob", name="Bob")
    rang(stay(), 11)
    with tenant_scope(bob.pk):
        assert by_agent() == {}
        assert total_of(DAY, wanted=(FIGURE,)).left_ringing == 0
        rang(stay(), 12)
    assert by_agent() == {11: 1}
