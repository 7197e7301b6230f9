"""Open until when, opens when: in words, in the company's own time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from callcenter.calendars.opening import DaysThatDiffer, Rules
from callcenter.calendars.opening import Hours as Weekly
from callcenter.dashboard.hours import hours_at, hours_of_day, next_change

WEEK = tuple(Weekly(day, 540, 1080) for day in range(1, 6))
RULES = Rules("Europe/Tallinn", WEEK)  # +2 in winter
FRIDAY = date(2026, 11, 20)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An hour of November 2026 in Tallinn."""
    return datetime(2026, 11, day, hour - 2, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "state", "words"),
    [
        (at(20, 10), "open", "until 18:00"),
        (at(20, 8, 59), "closed", "opens 9:00"),
        (at(20, 18), "closed", "opens Monday 9:00"),
        (at(22, 12), "closed", "opens Monday 9:00"),
    ],
)
def test_the_week(moment: datetime, state: str, words: str) -> None:
    found = hours_at(RULES, moment)
    assert (found.state, found.words) == (state, words)


def test_no_calendar_and_no_hours() -> None:
    assert hours_at(None, at(20, 10)).state == "always"
    empty = hours_at(Rules("Europe/Tallinn"), at(20, 10))
    assert (empty.state, empty.words, empty.changes_at) == ("closed", "", None)


def test_forced_and_holidays_say_so() -> None:
    forced = Rules("Europe/Tallinn", WEEK, forced="closed", forced_until=at(20, 12))
    found = hours_at(forced, at(20, 10))
    assert (found.state, found.words) == ("closed", "closed by hand, opens 12:00")
    assert found.changes_at == at(20, 12).timestamp()
    for_ever = hours_at(Rules("Europe/Tallinn", WEEK, forced="open"), at(22, 12))
    assert (for_ever.state, for_ever.words) == ("open", "opened by hand")
    holiday = hours_at(Rules("Europe/Tallinn", WEEK, frozenset({FRIDAY})), at(20, 10))
    assert (holiday.state, holiday.words) == ("closed", "holiday, opens Monday 9:00")


def test_the_change_of_clocks_does_not_move_opening_time() -> None:
    sunday = Rules("Europe/Tallinn", (Weekly(7, 540, 600),))
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert next_change(sunday, before) == datetime(2026, 3, 29, 6, tzinfo=UTC)  # +3 by then


@pytest.mark.parametrize(
    ("rules", "shown"),
    [
        (RULES, ["9:00–18:00"]),
        (
            Rules("Europe/Tallinn", (Weekly(5, 0, 60), Weekly(5, 600, 1440))),
            ["0:00–1:00", "10:00–24:00"],
        ),
        (Rules("Europe/Tallinn", (Weekly(5, 0, 1440),)), ["open all day"]),
        (Rules("Europe/Tallinn", (Weekly(1, 0, 1440),)), ["closed all day"]),
        (None, ["around the clock"]),
        (
            Rules("Europe/Tallinn", WEEK, exceptions=(DaysThatDiffer(FRIDAY, FRIDAY, 600, 720),)),
            ["10:00–12:00"],
        ),
    ],
)
def test_hours_of_today(rules: Rules | None, shown: list[str]) -> None:
    assert hours_of_day(rules, at(20, 11)) == shown
