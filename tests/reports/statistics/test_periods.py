"""Named periods and what they are compared with, also where clocks change."""

from datetime import UTC, date, datetime

import pytest

from reports.statistics.periods import PERIODS, compared_with, days_of
from reports.statistics.selection import Selection, of_days

ZONE = "Europe/Tallinn"


@pytest.mark.parametrize(
    ("period", "first", "beyond"),
    [
        ("today", "2026-01-01", "2026-01-02"),
        ("yesterday", "2025-12-31", "2026-01-01"),
        ("this_week", "2025-12-29", "2026-01-05"),
        ("last_week", "2025-12-22", "2025-12-29"),
        ("this_month", "2026-01-01", "2026-02-01"),
        ("last_month", "2025-12-01", "2026-01-01"),
        ("this_year", "2026-01-01", "2027-01-01"),
    ],
)
def test_a_named_periods_days(period: str, first: str, beyond: str) -> None:
    found = days_of(period, date(2026, 1, 1))  # a Thursday
    assert found == (date.fromisoformat(first), date.fromisoformat(beyond))


def test_every_period_offered_has_days() -> None:
    for period, _word in PERIODS:
        if period != "dates":
            assert days_of(period, date(2024, 2, 29))


def test_a_past_period_is_compared_whole() -> None:
    week = of_days(date(2026, 11, 9), date(2026, 11, 15), ZONE)
    before = compared_with(week, datetime(2026, 11, 22, 12, tzinfo=UTC))
    assert before == of_days(date(2026, 11, 2), date(2026, 11, 8), ZONE)


def test_a_running_week_is_compared_up_to_the_same_moment() -> None:
    week = of_days(date(2026, 11, 16), date(2026, 11, 22), ZONE)
    before = compared_with(week, datetime(2026, 11, 18, 10, 30, 40, tzinfo=UTC))
    assert before.since == of_days(date(2026, 11, 9), date(2026, 11, 15), ZONE).since
    assert before.until == datetime(2026, 11, 11, 10, 30, tzinfo=UTC)


def test_the_same_moment_is_that_of_the_clock_on_the_wall() -> None:
    # Tallinn's clocks went forward on 29 March 2026: this Monday is at +3, the one before at +2
    today = of_days(date(2026, 3, 30), date(2026, 3, 30), ZONE)
    before = compared_with(today, datetime(2026, 3, 30, 9, tzinfo=UTC))  # 12:00
    assert before.local(before.until) == datetime(2026, 3, 29, 12, tzinfo=before.tz)
    assert (before.until - before.since).total_seconds() == 11 * 3600


def test_a_period_that_has_not_begun_is_compared_whole() -> None:
    ahead = Selection(datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC), "UTC")
    assert compared_with(ahead, datetime(2026, 1, 1, tzinfo=UTC)) == ahead.previous()
