"""When a report is due, and which days it is about. Pure: wall clocks of one zone in, instants out.

A report keeps its wall-clock time when clocks change. A time that a change leaves out (02:30 when
02:00 becomes 03:00) comes as much later as the clocks jumped, at 03:30; one that happens twice
comes the first time. A day of the month that a month does not have is its last day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule


class Repeats(StrEnum):
    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Span(StrEnum):
    DAY = "day"
    WEEK = "week"  # Monday to Sunday
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Rule:
    """`weekdays`: 1 Monday to 7 Sunday, for weekly. `month_day`: 1 to 31, for monthly. `on`: once."""

    repeats: Repeats
    at: time
    weekdays: tuple[int, ...] = (1,)
    month_day: int = 1
    on: date | None = None


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant of a wall-clock time, in UTC: by the offset in force before a change of clocks."""
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)


def next_run_at(rule: Rule, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first time after `after`; None when there is none any more."""
    return next(occurrences(rule, after, zone), None)


def occurrences(rule: Rule, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """All times after `after`, in order."""
    if rule.repeats is Repeats.ONCE:
        at = instant_of(rule.on, rule.at, zone) if rule.on else None
        if at is not None and at > after:
            yield at
        return
    # a day early: a change of clocks may have moved a time past midnight
    start = after.astimezone(zone).date() - timedelta(days=1)
    for found in _days(rule, start):
        at = instant_of(found.date(), rule.at, zone)
        if at > after:
            yield at


def missed_runs(rule: Rule, first: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """`first` and the times after it that are not later than `until`."""
    found = [first] if first <= until else []
    for at in occurrences(rule, first, zone):
        if at > until:
            break
        found.append(at)
    return found


def period_before(span: Span, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The last whole day, week or month of the zone that had ended at `at`, half-open."""
    today = at.astimezone(zone).date()
    last = _first_day(span, today)
    return _midnight(_first_day(span, last - timedelta(days=1)), zone), _midnight(last, zone)


def period_after(span: Span, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From `at` to the same time a day or a week later; for what looks ahead."""
    local = at.astimezone(zone)
    later = local.date() + timedelta(days=1 if span is Span.DAY else 7)
    return at, instant_of(later, local.time(), zone)


def periods_before(
    span: Span, since: datetime, zone: ZoneInfo, count: int
) -> list[tuple[datetime, datetime]]:
    """What the period that begins at `since` is compared with, latest first: for a day the same
    weekday of the weeks before, for a week or month the ones before it.
    """
    return list(islice(_comparable(span, since.astimezone(zone).date(), zone), count))


def days_between(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first midnight to the one after `last`."""
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def _days(rule: Rule, start: date) -> Iterator[datetime]:
    begin = datetime.combine(start, time.min)
    if rule.repeats is Repeats.DAILY:
        return iter(rrule(DAILY, dtstart=begin))
    if rule.repeats is Repeats.WEEKLY:
        return iter(rrule(WEEKLY, dtstart=begin, byweekday=[day - 1 for day in rule.weekdays]))
    if rule.month_day <= 28:
        return iter(rrule(MONTHLY, dtstart=begin, bymonthday=rule.month_day))
    # the latest of 28, 29, ... that the month has; from its first day on, else a month that is
    # half over would not know that its last day has been
    begin = begin.replace(day=1)
    wanted = range(28, rule.month_day + 1)
    found = rrule(MONTHLY, dtstart=begin, bymonthday=wanted, bysetpos=-1)
    return (day for day in found if day.date() >= start)


def _first_day(span: Span, day: date) -> date:
    if span is Span.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if span is Span.MONTH else day


def _comparable(span: Span, first: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    while True:
        if span is Span.MONTH:
            last = first
            first = _first_day(span, first - timedelta(days=1))
            yield _midnight(first, zone), _midnight(last, zone)
            continue
        first -= timedelta(days=7)
        yield (
            _midnight(first, zone),
            _midnight(first + timedelta(days=1 if span is Span.DAY else 7), zone),
        )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant_of(day, time.min, zone)
