"""By when a caller was promised to be called back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callcenter.calendars.opening import Rules, is_open

LOOK_AHEAD_DAYS = 60


def due_at(rules: Rules | None, lost_at: datetime, minutes: int) -> datetime:
    """So many minutes after the call was lost; after the next opening if that was while closed.

    A calendar that opens no more within two months is as none.
    """
    begins = lost_at if is_open(rules, lost_at) else next_opening(rules, lost_at) or lost_at
    return begins + timedelta(minutes=minutes)


def next_opening(rules: Rules | None, after: datetime) -> datetime | None:
    """The first instant later than `after` at which the calendar opens; None: not in two months."""
    if rules is None:
        return None
    moments = sorted(at for at in _changes(rules, after) if at > after)
    return next((at for at in moments if is_open(rules, at)), None)


def _changes(rules: Rules, after: datetime) -> Iterator[datetime]:
    """Whenever it may begin to be open."""
    if rules.forced_until is not None:
        yield rules.forced_until.astimezone(UTC)
    zone = ZoneInfo(rules.time_zone)
    first = after.astimezone(zone).date()
    for number in range(LOOK_AHEAD_DAYS + 1):
        day = first + timedelta(days=number)
        for minute in _minutes(rules, day):
            yield _instant(day, minute, zone)


def _minutes(rules: Rules, day: date) -> set[int]:
    found = {0}  # a day that differs ends at midnight
    found |= {one.opens_minute for one in rules.hours if one.weekday == day.isoweekday()}
    found |= {
        one.opens_minute
        for one in rules.exceptions
        if one.opens_minute is not None and one.first_day <= day <= one.last_day
    }
    return found


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(minute // 60 % 24, minute % 60), zone).astimezone(UTC)
