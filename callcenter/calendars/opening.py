"""When a calendar is open. Pure; the SQL function `asterisk.calendar_is_open` says the same.

The strongest rule decides: forced, else the exception of that day, else a holiday, else the weekly
hours. Of several exceptions on one day the shortest wins (one closed day inside a summer's short
hours); equally short ones are open together. Minutes are those of the wall clock: on the day the
clocks go forward 02:30 never comes, on the day they go back it comes twice, and is open both times.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

Reason = Literal["no calendar", "forced", "exception", "holiday", "hours"]


@dataclass(frozen=True, slots=True)
class Hours:
    """Open on an ISO weekday (1 is Monday) from a minute of the day up to another (1440: midnight)."""

    weekday: int
    opens_minute: int
    closes_minute: int


@dataclass(frozen=True, slots=True)
class DaysThatDiffer:
    """From `first_day` to `last_day`, both included; without minutes closed all day."""

    first_day: date
    last_day: date
    opens_minute: int | None = None
    closes_minute: int | None = None

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    def is_open_at(self, minute: int) -> bool:
        if self.opens_minute is None or self.closes_minute is None:
            return False
        return self.opens_minute <= minute < self.closes_minute


@dataclass(frozen=True, slots=True)
class Rules:
    """A calendar as the decision needs it. `forced_until` None: until undone."""

    time_zone: str
    hours: tuple[Hours, ...] = ()
    holidays: frozenset[date] = frozenset()
    exceptions: tuple[DaysThatDiffer, ...] = ()
    forced: Literal["", "open", "closed"] = ""
    forced_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    is_open: bool
    reason: Reason


def opening_at(rules: Rules | None, at: datetime) -> Opening:
    """Open or closed at an aware instant, and which rule says so; no calendar is always open."""
    if rules is None:
        return Opening(True, "no calendar")
    if rules.forced and (rules.forced_until is None or at < rules.forced_until):
        return Opening(rules.forced == "open", "forced")
    local = at.astimezone(ZoneInfo(rules.time_zone))
    day, minute = local.date(), local.hour * 60 + local.minute
    if ruling := _shortest(rules.exceptions, day):
        return Opening(any(one.is_open_at(minute) for one in ruling), "exception")
    if day in rules.holidays:
        return Opening(False, "holiday")
    is_open = any(
        one.weekday == day.isoweekday() and one.opens_minute <= minute < one.closes_minute
        for one in rules.hours
    )
    return Opening(is_open, "hours")


def is_open(rules: Rules | None, at: datetime) -> bool:
    """See `opening_at`."""
    return opening_at(rules, at).is_open


def _shortest(exceptions: Iterable[DaysThatDiffer], day: date) -> list[DaysThatDiffer]:
    ruling = [one for one in exceptions if one.first_day <= day <= one.last_day]
    least = min((one.days for one in ruling), default=0)
    return [one for one in ruling if one.days == least]
