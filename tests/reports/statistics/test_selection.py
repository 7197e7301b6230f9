"""Periods by the calendar, and one spelling of a selection."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.intervals import By, keys_of, narrowed
from reports.statistics.selection import Selection, even_spans, midnight, of_days

ZONE = "Europe/Tallinn"
SINCE = datetime(2026, 3, 1, 10, tzinfo=UTC)


def days(first: tuple[int, int], last: tuple[int, int]) -> Selection:
    return of_days(date(2026, *first), date(2026, *last), ZONE)


@pytest.mark.parametrize(
    ("chosen", "before"),
    [
        (days((3, 1), (3, 31)), days((2, 1), (2, 28))),  # a month: the month before
        (days((4, 1), (6, 30)), days((1, 1), (3, 31))),  # a quarter
        (days((3, 23), (3, 29)), days((3, 16), (3, 22))),  # a week, with 23 hours in it
        (days((10, 25), (10, 25)), days((10, 24), (10, 24))),  # 25 hours; the day before has 24
    ],
)
def test_the_period_before(chosen: Selection, before: Selection) -> None:
    assert chosen.previous() == before


def test_before_some_hours_are_as_many_hours() -> None:
    chosen = Selection(SINCE, SINCE + timedelta(hours=5), ZONE, group_ids=(4,))
    assert chosen.previous() == Selection(SINCE - timedelta(hours=5), SINCE, ZONE, group_ids=(4,))


IDS = st.none() | st.lists(st.integers(0, 99), max_size=3, unique=True).map(
    lambda ids: tuple(sorted(ids))
)


@given(
    st.builds(
        Selection,
        since=st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        until=st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        zone=st.sampled_from(["UTC", ZONE, "Asia/Kathmandu"]),
        group_ids=IDS,
        agent_ids=IDS,
        queue_names=st.sampled_from([None, (), ("alice-a", "alice-b")]),
        weekdays=st.sampled_from([(1, 2, 3, 4, 5, 6, 7), (), (2, 7)]),
        minutes_from=st.integers(0, 1439),
        minutes_to=st.integers(1, 1440),
        within_minutes=st.sampled_from([None, (0, 60), (1380, 1440)]),
        direction=st.sampled_from(["", "in"]),
    )
)
def test_a_query_is_read_back(selection: Selection) -> None:
    assert Selection.from_query(selection.as_query()) == selection


@pytest.mark.parametrize(
    "words",
    [
        {"since": "yesterday"}, {"until": ""}, {"zone": "Mars/Olympus"}, {"zone": "../etc/passwd"},
        {"groups": "1,x"}, {"groups": "1" * 40}, {"weekdays": "8"}, {"from": "24:30"},
        {"to": "00:00"}, {"from": "1\u0663:00"}, {"within": "09:00"}, {"within": "10:00-09:00"},
        {"since": "2026-03-01T00:00:00"},
    ],
)  # fmt: skip
def test_nonsense_is_refused(words: dict[str, str]) -> None:
    query = Selection(SINCE, SINCE, ZONE).as_query()
    with pytest.raises(ValueError):
        Selection.from_query({**query, **words})


def test_limits_of_a_membership() -> None:
    chosen = Selection(SINCE, SINCE, ZONE)
    assert chosen.for_groups(None) == chosen
    assert chosen.for_groups([3, 1]).group_ids == (1, 3)
    assert replace(chosen, group_ids=(2, 3)).for_groups([3, 1]).group_ids == (3,)


@pytest.mark.parametrize("zone", [ZONE, "America/Havana", "Africa/Cairo", "Asia/Beirut", "UTC"])
def test_a_day_begins_with_its_first_instant(zone: str) -> None:
    day = date(2025, 1, 1)
    while day < date(2026, 1, 1):
        start = midnight(day, zone)
        local = Selection(start, start, zone).local
        assert local(start).date() == day
        assert local(start - timedelta(microseconds=1)).date() == day - timedelta(days=1)
        day += timedelta(days=1)


def test_spans_between_changes_of_clocks() -> None:
    year = of_days(date(2026, 1, 1), date(2026, 12, 31), ZONE)
    spans = even_spans(year.since, year.until, ZONE)
    assert [(since, until) for since, until, _ in spans] == [
        (year.since, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, tzinfo=UTC), year.until),
    ]
    assert even_spans(SINCE, SINCE, ZONE) == []


def test_what_is_no_key_is_refused() -> None:
    chosen = Selection(SINCE, SINCE, ZONE)
    for by, key in ((By.WEEKDAY, 8), (By.HOUR_OF_DAY, 24), (By.QUARTER_OF_DAY, 7), (By.DAY, "x")):
        with pytest.raises(ValueError, match="is no"):
            narrowed(chosen, by, key)


def test_keys_leave_out_what_was_not_asked_for() -> None:
    night = replace(days((3, 2), (3, 4)), minutes_from=1320, minutes_to=90, weekdays=(1, 3))
    assert keys_of(night, By.HOUR_OF_DAY) == [0, 1, 22, 23]
    assert keys_of(night, By.DAY) == [date(2026, 3, 2), date(2026, 3, 4)]
    assert len(keys_of(night, By.WEEKDAY_HOUR)) == 8
