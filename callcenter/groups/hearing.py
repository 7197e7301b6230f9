"""What a caller of a group hears at a moment, and which rule says so, in words."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from callcenter.calendars.clock_times import as_clock
from callcenter.calendars.models import CalendarException, Forced, OpeningCalendar
from callcenter.calendars.selectors import Ruling, ruling_at
from callcenter.calendars.services.hours import hours_words, weekday_name
from callcenter.groups.models import AgentGroup, Clip, Number, Queue


@dataclass(frozen=True, slots=True)
class Heard:
    """`clip` is played first, if there is one; then the caller waits in `queue`, or the call ends."""

    is_open: bool
    why: str
    clip: Clip | None
    queue: Queue | None
    then: str


def heard_at(
    group: AgentGroup, at: datetime.datetime, time_zone: str, number: Number | None = None
) -> Heard:
    """As the dialplan decides (`asterisk.route_inbound`): a group out of use is closed."""
    queue = number.queue if number is not None else group.queues.order_by("pk").first()
    if not group.is_active:
        return _closed(group, _("The group is out of use."))
    ruling = ruling_at(group.calendar, at, time_zone)
    why = rule_in_words(group.calendar, ruling)
    if not ruling.opening.is_open:
        return _closed(group, why)
    clip = _clip(group.greeting_id)
    waits = _("The caller waits in the queue “%(queue)s”.")
    return Heard(True, why, clip, queue, waits % {"queue": queue})


def rule_in_words(calendar: OpeningCalendar | None, ruling: Ruling) -> str:
    """Which rule of the calendar decided, as one sentence."""
    if calendar is None or ruling.opening.reason == "no calendar":
        return _("No calendar is chosen: the group is always open.")
    names = {"calendar": calendar.name, "day": weekday_name(ruling.weekday)}
    if ruling.opening.reason == "forced":
        return _forced(calendar)
    if ruling.opening.reason == "exception":
        rows = " · ".join(exception_words(row) for row in ruling.exceptions)
        return _("The exception %(exception)s decides.") % {"exception": rows}
    if ruling.opening.reason == "holiday" and ruling.holiday is not None:
        return _("It is a public holiday: %(holiday)s.") % {"holiday": ruling.holiday.name}
    hours = [
        hours_words(row.opens_minute, row.closes_minute)
        for row in calendar.hours.filter(weekday=ruling.weekday)
    ]
    if not hours:
        return _("The weekly hours of “%(calendar)s” have no hours on %(day)s.") % names
    words = _("The weekly hours of “%(calendar)s” on %(day)s are %(hours)s.")
    return words % {**names, "hours": ", ".join(hours)}


def exception_words(row: CalendarException) -> str:
    """ "Christmas party" (24/12/2026: closed)"""
    first = date_format(row.first_day, "SHORT_DATE_FORMAT")
    last = date_format(row.last_day, "SHORT_DATE_FORMAT")
    days = first if row.first_day == row.last_day else f"{first}–{last}"
    if row.opens_minute is None or row.closes_minute is None:
        return _("“%(name)s” (%(days)s: closed)") % {"name": row.name, "days": days}
    words = _("“%(name)s” (%(days)s: open %(opens)s–%(closes)s)")
    clocks = {"opens": as_clock(row.opens_minute), "closes": as_clock(row.closes_minute)}
    return words % {"name": row.name, "days": days, **clocks}


def _forced(calendar: OpeningCalendar) -> str:
    is_open = calendar.forced == Forced.OPEN
    if calendar.forced_until is None:
        words = (
            _("“%(calendar)s” is forced open until somebody undoes it.")
            if is_open
            else _("“%(calendar)s” is forced closed until somebody undoes it.")
        )
        return words % {"calendar": calendar.name}
    words = (
        _("“%(calendar)s” is forced open until %(until)s.")
        if is_open
        else _("“%(calendar)s” is forced closed until %(until)s.")
    )
    until = date_format(localtime(calendar.forced_until), "SHORT_DATETIME_FORMAT")
    return words % {"calendar": calendar.name, "until": until}


def _closed(group: AgentGroup, why: str) -> Heard:
    clip = _clip(group.closed_clip_id)
    then = (
        _("The call ends.")
        if clip
        else _("The call ends without a word: no closed message is chosen.")
    )
    return Heard(False, why, clip, None, then)


def _clip(pk: int | None) -> Clip | None:
    return None if pk is None else Clip.objects.defer("audio").filter(pk=pk).first()
