"""Open or closed, until when, worded for the live screens. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from callcenter.calendars.opening import Rules, opening_at
from callcenter.dashboard.tiles import Hours

DAYS_AHEAD = 8


def hours_at(rules: Rules | None, at: datetime) -> Hours:
    """What a group's calendar says at an aware instant; without a calendar it is always open."""
    if rules is None:
        return Hours("always", _("around the clock"))
    now = opening_at(rules, at)
    change = next_change(rules, at)
    if now.is_open:
        words = _("until %(time)s") % {"time": _when(change, at, rules)} if change else ""
    else:
        words = _("opens %(time)s") % {"time": _when(change, at, rules)} if change else ""
    if now.reason == "forced":
        forced = _("opened by hand") if now.is_open else _("closed by hand")
        words = f"{forced}, {words}" if words else forced
    elif now.reason == "holiday":
        holiday = _("holiday")
        words = f"{holiday}, {words}" if words else holiday
    return Hours("open" if now.is_open else "closed", words, change.timestamp() if change else None)


def next_change(rules: Rules, at: datetime) -> datetime | None:
    """When open next turns to closed or back; None if not within eight days."""
    now = opening_at(rules, at).is_open
    for moment in sorted(_moments(rules, at)):
        if moment > at and opening_at(rules, moment).is_open != now:
            return moment
    return None


def _moments(rules: Rules, at: datetime) -> Iterator[datetime]:
    """Every instant of the days ahead at which a rule begins or ends."""
    if rules.forced_until is not None:
        yield rules.forced_until
    zone = ZoneInfo(rules.time_zone)
    today = at.astimezone(zone).date()
    minutes = {0}
    for hours in rules.hours:
        minutes.update((hours.opens_minute, hours.closes_minute))
    for day in rules.exceptions:
        minutes.update(m for m in (day.opens_minute, day.closes_minute) if m is not None)
    for ahead in range(DAYS_AHEAD + 1):
        for minute in minutes:
            yield _instant(today + timedelta(days=ahead), minute, zone)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A wall clock's minute of the day; 1440 is the next midnight."""
    days, rest = divmod(minute, 1440)
    return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone)


def _when(moment: datetime, at: datetime, rules: Rules) -> str:
    zone = ZoneInfo(rules.time_zone)
    local = moment.astimezone(zone)
    clock = f"{local.hour}:{local.minute:02d}"
    if local.date() == at.astimezone(zone).date():
        return clock
    return f"{WEEKDAYS[local.weekday()]} {clock}"


def hours_of_day(rules: Rules | None, at: datetime) -> list[str]:
    """The stretches in which the day of `at` is open, as its calendar decides."""
    if rules is None:
        return [_("around the clock")]
    zone = ZoneInfo(rules.time_zone)
    day = at.astimezone(zone).date()
    begin, end = _instant(day, 0, zone), _instant(day, 1440, zone)
    edges = sorted({begin, end, *(one for one in _moments(rules, begin) if begin < one < end)})
    stretches: list[list[datetime]] = []
    for start, stop in pairwise(edges):
        if not opening_at(rules, start).is_open:
            continue
        if stretches and stretches[-1][1] == start:
            stretches[-1][1] = stop
        else:
            stretches.append([start, stop])
    if not stretches:
        return [_("closed all day")]
    if stretches == [[begin, end]]:
        return [_("open all day")]
    return [f"{_clock(start, zone)}–{_clock(stop, zone, end)}" for start, stop in stretches]


def _clock(moment: datetime, zone: ZoneInfo, end: datetime | None = None) -> str:
    if moment == end:
        return "24:00"
    local = moment.astimezone(zone)
    return f"{local.hour}:{local.minute:02d}"
