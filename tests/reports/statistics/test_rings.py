"""Whom queues rang in vain: worked out by hand, and with as many calls behind it as it says."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from reports.statistics.agents import agent_figures
from reports.statistics.behind import count_behind, visits_behind
from reports.statistics.intervals import By
from reports.statistics.selection import Selection, of_days
from reports.statistics.selectors import figures, total_of, values
from telephony.calls.models import QueueVisit
from telephony.ledger.models import CompanyFact, LedgerFile, QueueLogLine, Source
from tests.reports.statistics.history import make_visit

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = of_days(date(2026, 3, 10), date(2026, 3, 10), "UTC")
FIGURE = "left_ringing"
_places = count()


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


def rang(visit: QueueVisit, after: int, member: str = "alice-a11", **more: object) -> None:
    file, _ = LedgerFile.objects.get_or_create(
        pbx=visit.pbx, source=Source.QUEUE_LOG, name="queue_log", inode=0
    )
    values = {
        "event": "RINGNOANSWER", "queue": visit.queue_name, "tenant_id": visit.tenant_id, **more
    }  # fmt: skip
    QueueLogLine.objects.create(
        pbx=visit.pbx, file=file, byte_offset=next(_places), callid=visit.callid,
        at=visit.entered_at + timedelta(seconds=after), agent=member, data1="5000", data2="",
        data3="", data4="", data5="", **values,
    )  # fmt: skip


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
    both, his, nobodys = stay(), stay(100, outcome="answered"), stay(200)
    for after in (10, 25, 40):
        rang(both, after)
    rang(both, 60, "alice-a12")  # in the second in which the caller left
    rang(his, 5, "alice-a12")
    rang(nobodys, 5, event="RINGCANCELED")
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


def test_only_the_stay_in_the_queue_that_rang(alice: Tenant) -> None:
    first = stay()
    again = stay(100, group_id=2)
    QueueVisit.objects.filter(pk=again.pk).update(callid=first.callid, stay=2)
    other = stay(70, 20, queue_name="alice-other", group_id=3)
    QueueVisit.objects.filter(pk=other.pk).update(callid=first.callid, stay=3)
    rang(first, 110)
    rang(first, 75, queue="alice-other")
    groups = figures(DAY, By.GROUP, wanted=(FIGURE,))
    assert {group: one.left_ringing for group, one in groups.items()} == {1: 0, 2: 1, 3: 1}


def test_hours_groups_and_periods_are_those_of_the_stay(alice: Tenant) -> None:
    late = stay(12 * 3600 - 10)  # rings in the day after
    rang(late, 30)
    assert by_agent() == {11: 1}
    assert by_agent(of_days(date(2026, 3, 11), date(2026, 3, 11), "UTC")) == {}
    assert by_agent(Selection(DAY.since, DAY.until, "UTC", group_ids=(2,))) == {}
    assert by_agent(Selection(DAY.since, DAY.until, "UTC", weekdays=(1,))) == {}
    evening = Selection(DAY.since, DAY.until, "UTC", minutes_from=1380, minutes_to=1440)
    assert by_agent(evening) == {11: 1}
    hours = figures(DAY, By.HOUR_OF_DAY, wanted=(FIGURE,))
    assert [hour for hour, one in hours.items() if one.left_ringing] == [23]


def test_members_of_an_imported_pbx_and_of_nobody_known(alice: Tenant) -> None:
    CompanyFact.objects.create(
        kind="oldagent", name="SIP/2001", since=NOON - timedelta(days=999), facts={"agent_id": 11}
    )
    imported = stay()
    QueueVisit.objects.filter(pk=imported.pk).update(pbx="@alice")
    imported.refresh_from_db()
    rang(imported, 5, "SIP/2001")
    rang(imported, 6, "SIP/2002")
    rang(imported, 7, "bob-a12")  # another company's agent is nobody here
    assert by_agent() == {0: 1, 11: 1}


def test_another_companys_rings_are_in_no_figure(alice: Tenant) -> None:
    bob = Tenant.objects.create(slug="bob", name="Bob")
    visit = stay()
    with tenant_scope(bob.pk):
        rang(visit, 5, tenant_id=bob.pk)  # of the same name in the same PBX
        assert total_of(DAY, wanted=(FIGURE,)).left_ringing == 0
    assert by_agent() == {}
    rang(visit, 5)
    with tenant_scope(bob.pk):
        assert total_of(DAY, wanted=(FIGURE,)).left_ringing == 0
