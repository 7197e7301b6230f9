"""Figures against a slow count in Python; days against visits; lists against figures."""

import random
from collections.abc import Hashable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from reports.statistics.behind import NothingBehind, count_behind, visits_behind
from reports.statistics.figures import FIGURES
from reports.statistics.intervals import By
from reports.statistics.selection import Selection
from reports.statistics.selectors import figures, values
from reports.statistics.services import sum_days
from telephony.calls.models import QueueVisit
from tests.reports.statistics.history import counted, invent

pytestmark = pytest.mark.django_db
ZONE = "Europe/Tallinn"
SINCE = datetime(2026, 10, 20, tzinfo=UTC)
UNTIL = datetime(2026, 11, 2, tzinfo=UTC)  # clocks go back on 25 October
SPRING = datetime(2026, 3, 26, tzinfo=UTC)  # clocks go forward on the 29th
LATER = UNTIL + timedelta(days=30)


@pytest.fixture
def alice() -> Tenant:
    return Tenant.objects.create(slug="alice", name="Alice", time_zone=ZONE)


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    hours = st.integers(-30, 13 * 24)
    edges = sorted((draw(hours), draw(hours)))
    minutes = draw(
        st.sampled_from(
            [(0, 1440), (0, 1440), (180, 240), (480, 1020), (555, 1021), (1320, 120), (1320, 125)]
        )
    )
    groups = draw(st.sampled_from([None, None, (1,), (1, 3), (0, 2), (), (7,)]))
    # local midnights too
    offset = draw(st.sampled_from([0, 21, 22])) if draw(st.booleans()) else 0
    step = 24 if offset else 1
    since, until = (SINCE + timedelta(hours=edge // step * step + offset) for edge in edges)
    return Selection(
        since,
        until,
        draw(st.sampled_from([ZONE, ZONE, ZONE, "Asia/Kathmandu", "UTC"])),
        group_ids=groups,
        agent_ids=draw(st.sampled_from([None, None, None, (11,), (0, 12)])),
        queue_names=draw(st.sampled_from([None, None, ("alice-q1a", "alice-q2b")])),
        weekdays=draw(st.sampled_from([(1, 2, 3, 4, 5, 6, 7), (7,), (1, 5)])),
        minutes_from=minutes[0],
        minutes_to=minutes[1],
    )


many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def history(alice: Tenant, busy: None) -> list[QueueVisit]:
    with tenant_scope(alice.pk):
        return invent(seed=3, count=700, since=SINCE, until=UNTIL)


WAITS = ("answered_bucket_0", "unanswered_bucket_0")
SUMMED = [key for key, figure in FIGURES.items() if not figure.needs]


@many
@given(selection=selections(), by=st.sampled_from(list(By)))
def test_sql_counts_as_one_would_by_hand(
    alice: Tenant, history: list[QueueVisit], selection: Selection, by: By
) -> None:
    with tenant_scope(alice.pk):
        found = figures(selection, by, wanted=WAITS, from_days=False)
    expected = counted(history, selection, by)
    for key, known in expected.items():
        assert {name: FIGURES[name].formula(found[key]) for name in known} == known
    assert all(not any(found[key].visits) for key in found.keys() - expected.keys())
    if by not in (By.GROUP, By.QUEUE, By.AGENT, By.TOTAL) and expected:
        assert list(found) == sorted(found)


@settings(many, max_examples=30)
@given(
    hours=st.integers(0, 7 * 24),
    by=st.sampled_from([By.HOUR_OF_DAY, By.WEEKDAY_HOUR, By.HOUR, By.DAY, By.GROUP]),
    minutes=st.sampled_from([(0, 1440), (150, 270), (1380, 200)]),
    weekdays=st.sampled_from([(1, 2, 3, 4, 5, 6, 7), (6, 7)]),
)
def test_the_day_without_an_hour_too(
    alice: Tenant, hours: int, by: By, minutes: tuple[int, int], weekdays: tuple[int, ...]
) -> None:
    with tenant_scope(alice.pk):
        if not QueueVisit.objects.exists():
            invent(seed=4, count=300, since=SPRING, until=SPRING + timedelta(days=7))
        selection = Selection(
            SPRING, SPRING + timedelta(hours=hours), ZONE, weekdays=weekdays,
            minutes_from=minutes[0], minutes_to=minutes[1],
        )  # fmt: skip
        found = figures(selection, by, wanted=WAITS, from_days=False)
        expected = counted(QueueVisit.objects.all(), selection, by)
    for key, known in expected.items():
        assert {name: FIGURES[name].formula(found[key]) for name in known} == known
    assert all(not any(found[key].visits) for key in found.keys() - expected.keys())


@many
@given(selection=selections(), by=st.sampled_from(list(By)), seed=st.integers(0, 10**6))
def test_days_and_visits_give_the_same(
    alice: Tenant, history: list[QueueVisit], selection: Selection, by: By, seed: int
) -> None:
    chance = random.Random(seed)
    with tenant_scope(alice.pk):
        sum_days(tenant_id=alice.pk, at=chance.choice((LATER, SINCE + timedelta(days=5))))
        if chance.random() < 0.5:  # a late line, not yet summed
            visit = chance.choice(history)
            QueueVisit.objects.filter(pk=visit.pk).update(wait_seconds=chance.randrange(900))
        from_visits = figures(selection, by, wanted=WAITS, from_days=False)
        assert figures(selection, by, wanted=WAITS) == from_visits
        wanted = chance.sample(SUMMED, 4)
        assert values(selection, by, wanted) == {
            key: tuple(FIGURES[one].formula(known) for one in wanted)
            for key, known in from_visits.items()
        }


def agrees(selection: Selection, figure: str, by: By, most: int) -> None:
    one = FIGURES[figure]
    found = figures(selection, by, wanted=(figure,))
    for key in sorted(found, key=lambda key: not any(found[key].visits))[:most]:
        if not one.behind:
            with pytest.raises(NothingBehind):
                count_behind(selection, figure, by, key)
            continue
        expected = one.counted(found[key])
        assert count_behind(selection, figure, by, key) == expected, (by, key)


@many
@given(
    selection=selections(), by=st.sampled_from(list(By)), figure=st.sampled_from(sorted(FIGURES))
)
def test_a_list_has_as_many_rows_as_the_figure_says(
    alice: Tenant, history: list[QueueVisit], selection: Selection, by: By, figure: str
) -> None:
    with tenant_scope(alice.pk):
        agrees(selection, figure, by, 8)
        if FIGURES[figure].behind:
            expected = FIGURES[figure].counted(figures(selection, wanted=(figure,))[""])
            assert len(listed(selection, figure, By.TOTAL, "")) == expected


@pytest.mark.parametrize("by", list(By))
def test_every_figure_leads_to_its_calls(alice: Tenant, history: list[QueueVisit], by: By) -> None:
    selection = Selection(SINCE, UNTIL, ZONE)
    with tenant_scope(alice.pk):
        for figure in FIGURES:
            agrees(selection, figure, by, 3)


def listed(selection: Selection, figure: str, by: By, key: Hashable) -> set[int]:
    """Ids of every page, to the last and back."""
    ids: list[int] = []
    page = visits_behind(selection, figure, by, key, size=7)
    while True:
        ids += [visit.pk for visit in page.visits]
        if page.older is None:
            break
        page = visits_behind(selection, figure, by, key, cursor=page.older, size=7)
    assert len(ids) == len(set(ids))
    return set(ids)
