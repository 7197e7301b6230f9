"""Hours and quarter-hours cover a period without hole and overlap, whatever clocks do."""

from collections.abc import Hashable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.statistics.intervals import STEPS, By, keys_of, narrowed
from reports.statistics.selection import Selection, even_spans, of_days
from reports.statistics.tables import labelled
from reports.statistics.wording import period_words

LORD_HOWE = "Australia/Lord_Howe"  # changes its clocks by half an hour
BACK, FORTH = date(2025, 4, 6), date(2025, 10, 5)


def rows_of(selection: Selection, by: By) -> list[tuple[datetime, datetime]]:
    """From when to when each goes."""
    parts = [narrowed(selection, by, key) for key in keys_of(selection, by)]
    return [(part.since, part.until) for part in parts]


def clocks_of(day: date, by: By = By.HOUR) -> list[str]:
    chosen = of_days(day, day, LORD_HOWE)
    return [f"{chosen.local(since):%H:%M}" for since, _ in rows_of(chosen, by)]


def lengths_of(day: date) -> list[int]:
    rows = rows_of(of_days(day, day, LORD_HOWE), By.HOUR)
    return [(until - since) // timedelta(minutes=1) for since, until in rows]


def test_the_half_hour_that_comes_twice_has_a_row_of_its_own() -> None:
    # from 2:00 back to 1:30
    assert clocks_of(BACK) == ["00:00", "01:00", "01:30", *(f"{n:02}:00" for n in range(2, 24))]
    assert lengths_of(BACK) == [60, 60, 30, *[60] * 22]
    quarters = clocks_of(BACK, By.QUARTER_HOUR)
    assert len(quarters) == 98
    assert quarters[4:12] == ["01:00", "01:15", *["01:30", "01:45"] * 2, "02:00", "02:15"]


def test_of_the_hour_that_is_half_skipped_half_a_row_is_left() -> None:
    # from 2:00 forth to 2:30
    assert clocks_of(FORTH) == ["00:00", "01:00", "02:30", *(f"{n:02}:00" for n in range(3, 24))]
    assert lengths_of(FORTH) == [60, 60, 30, *[60] * 21]
    assert len(clocks_of(FORTH, By.QUARTER_HOUR)) == 94


def test_a_period_that_begins_within_the_half_hour_has_its_key() -> None:
    day = of_days(BACK, BACK, LORD_HOWE)
    keys = keys_of(day, By.HOUR)
    inside = replace(day, since=datetime(2025, 4, 5, 15, 10, tzinfo=UTC))
    assert keys_of(inside, By.HOUR) == keys[2:]
    assert keys_of(replace(day, minutes_from=90, minutes_to=120), By.HOUR) == keys[1:3]
    assert keys_of(replace(day, minutes_from=60, minutes_to=90), By.HOUR) == keys[1:2]


@pytest.mark.parametrize("by", STEPS)
@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Tallinn", date(2026, 3, 29), 23),
        ("Europe/Tallinn", date(2026, 10, 25), 25),
        ("America/St_Johns", date(2026, 3, 8), 23),
        ("America/St_Johns", date(2026, 11, 1), 25),
        ("Asia/Kathmandu", date(2026, 3, 29), 24),
    ],
)
def test_where_clocks_change_by_an_hour_rows_are_whole(
    zone: str, day: date, hours: int, by: By
) -> None:
    rows = rows_of(of_days(day, day, zone), by)
    assert len(rows) == hours * timedelta(hours=1) // STEPS[by]
    assert {until - since for since, until in rows} == {STEPS[by]}


@pytest.mark.parametrize("by", STEPS)
@pytest.mark.parametrize(
    ("zone", "day"),
    [(LORD_HOWE, BACK), (LORD_HOWE, FORTH), ("Europe/Tallinn", date(2026, 10, 25)),
     ("America/St_Johns", date(2026, 11, 1)), ("UTC", BACK)],
)  # fmt: skip
def test_no_two_rows_are_called_the_same(zone: str, day: date, by: By) -> None:
    chosen = of_days(day, day, zone)
    names = [labelled(by, chosen)(key) for key in keys_of(chosen, by)]
    assert len(set(names)) == len(names)


def test_a_time_that_comes_twice_says_by_which_clock() -> None:
    chosen = of_days(BACK, BACK, LORD_HOWE)
    names = [labelled(By.HOUR, chosen)(key) for key in keys_of(chosen, By.HOUR)]
    assert names[1].endswith(" 01:00")
    assert names[2].endswith(" 01:30 UTC+10:30")
    assert names[3].endswith(" 02:00")
    second = narrowed(chosen, By.HOUR, keys_of(chosen, By.HOUR)[1])
    assert period_words(second).endswith(" 01:00 \N{EN DASH} 01:30 UTC+10:30")


ZONES = [LORD_HOWE, "Europe/Tallinn", "America/St_Johns", "Asia/Kathmandu", "Africa/Cairo",
         "America/Havana", "Antarctica/Troll"]  # fmt: skip


@st.composite
def days_near_changes(draw: st.DrawFn) -> tuple[str, date]:
    zone, year = draw(st.sampled_from(ZONES)), draw(st.integers(2008, 2036))
    whole = of_days(date(year, 1, 1), date(year, 12, 31), zone)
    change, _, _ = draw(st.sampled_from(even_spans(whole.since, whole.until, zone)))
    return zone, whole.local(change).date() - timedelta(days=draw(st.integers(0, 2)))


@given(
    where=days_near_changes(),
    days=st.integers(0, 3),
    cut=st.tuples(st.integers(0, 600), st.integers(0, 600)),
    by=st.sampled_from(list(STEPS)),
)
@example((LORD_HOWE, BACK), 0, (0, 0), By.HOUR)
@example((LORD_HOWE, BACK), 0, (100, 0), By.HOUR)
@example((LORD_HOWE, FORTH), 1, (0, 0), By.QUARTER_HOUR)
@example(("America/St_Johns", date(2010, 11, 6)), 1, (0, 0), By.HOUR)  # at 0:01 to the day before
def test_every_instant_has_one_row(
    where: tuple[str, date], days: int, cut: tuple[int, int], by: By
) -> None:
    """`cut`: minutes that the period begins later and ends earlier."""
    zone, first = where
    whole = of_days(first, first + timedelta(days=days), zone)
    early, late = (timedelta(minutes=one) for one in cut)
    chosen = replace(whole, since=whole.since + early, until=whole.until - late)
    rows = rows_of(chosen, by)
    assert rows[0][0] == chosen.since
    assert rows[-1][1] == chosen.until
    assert all(one[1] == other[0] for one, other in pairwise(rows))
    assert all(timedelta() < until - since <= STEPS[by] for since, until in rows)
    # one more where clocks change within it, and one that the period begins and one that it ends in
    changes = len(even_spans(chosen.since, chosen.until, zone)) - 1
    least = -(-(chosen.until - chosen.since) // STEPS[by])
    assert len(rows) <= least + changes + bool(early) + bool(late)
    keys: list[Hashable] = keys_of(chosen, by)
    inside = [since + (until - since) / 2 for since, until in rows]
    assert [keys_of(replace(chosen, since=at, until=at + timedelta(seconds=1)), by)
            for at in inside] == [[key] for key in keys]  # fmt: skip


def test_a_moment_after_the_change_its_place_is_found() -> None:
    change = datetime(2026, 10, 25, 1, tzinfo=UTC)
    late = change + timedelta(milliseconds=300)
    spans = even_spans(change - timedelta(hours=1), late, "Europe/Tallinn")
    assert [(since, until) for since, until, _ in spans] == [
        (change - timedelta(hours=1), change), (change, late)
    ]  # fmt: skip
