"""A calendar's weekly hours."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, record
from callcenter.calendars.clock_times import MIDNIGHT, as_clock, overlapping
from callcenter.calendars.models import OpeningCalendar, OpeningHours
from callcenter.tenants.refusals import Refusal


class HoursBackwards(Refusal):
    def __init__(self) -> None:
        words = _(
            "The end must come after the beginning. For hours over midnight add two rows: until "
            "24:00, and from 00:00 on the next day."
        )
        super().__init__(words, "closes")


class HoursOverlap(Refusal):
    def __init__(self, weekday: int, new: tuple[int, int], old: tuple[int, int]) -> None:
        words = gettext(
            "%(day)s %(new)s overlaps with %(old)s, which is there already. "
            "Change the times, or remove the other row first."
        )
        numbers = {"day": weekday_name(weekday), "new": hours_words(*new), "old": hours_words(*old)}
        super().__init__(words % numbers, "opens")


class NoSuchWeekday(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Choose a day of the week."), "weekday")


def weekday_name(weekday: int) -> str:
    """ISO weekday (1 is Monday) in the reader's language."""
    return str(WEEKDAYS[weekday - 1])


def hours_words(opens: int, closes: int) -> str:
    return f"{as_clock(opens)}–{as_clock(closes)}"


def add_hours(
    *, calendar: OpeningCalendar, weekday: int, opens: int, closes: int, by: Actor
) -> OpeningHours:
    """Open every `weekday` (1 is Monday) from minute `opens` of the day until `closes` (1440: 24:00).

    Raises NoSuchWeekday, HoursBackwards, HoursOverlap.
    """
    if not 1 <= weekday <= 7:
        raise NoSuchWeekday
    if not 0 <= opens < closes <= MIDNIGHT:
        raise HoursBackwards
    with transaction.atomic():
        calendar = OpeningCalendar.objects.select_for_update().get(pk=calendar.pk)
        _refuse_overlap(calendar, weekday, opens, closes)
        hours = OpeningHours.objects.create(
            calendar=calendar, weekday=weekday, opens_minute=opens, closes_minute=closes
        )
        after = {"weekday": weekday, "hours": [[opens, closes]]}
        record(action="calendar.hours_added", by=by, about=calendar, after=after)
    return hours


def add_hours_to_days(
    *, calendar: OpeningCalendar, weekdays: Collection[int], opens: int, closes: int, by: Actor
) -> None:
    """`add_hours` for each of the days, or for none of them if one refuses."""
    if not weekdays:
        raise NoSuchWeekday
    with transaction.atomic():
        for weekday in sorted(set(weekdays)):
            add_hours(calendar=calendar, weekday=weekday, opens=opens, closes=closes, by=by)


def remove_hours(*, hours: OpeningHours, by: Actor) -> None:
    with transaction.atomic():
        before = {
            "weekday": hours.weekday,
            "hours": [[hours.opens_minute, hours.closes_minute]],
        }
        record(action="calendar.hours_removed", by=by, about=hours.calendar, before=before)
        hours.delete()


def copy_day(*, calendar: OpeningCalendar, weekday: int, to: Collection[int], by: Actor) -> None:
    """Gives the days `to` exactly the hours of `weekday`: what they had goes. One audit entry."""
    days = sorted(set(to) - {weekday})
    if not days or not all(1 <= day <= 7 for day in [weekday, *days]):
        raise NoSuchWeekday
    with transaction.atomic():
        calendar = OpeningCalendar.objects.select_for_update().get(pk=calendar.pk)
        week = _week(calendar)
        calendar.hours.filter(weekday__in=days).delete()
        OpeningHours.objects.bulk_create(
            OpeningHours(calendar=calendar, weekday=day, opens_minute=opens, closes_minute=closes)
            for day in days
            for opens, closes in week.get(weekday, [])
        )
        before = {str(day): week.get(day, []) for day in days}
        after = {str(day): week.get(weekday, []) for day in days}
        record(
            action="calendar.day_copied",
            by=by,
            about=calendar,
            before={"week": before},
            after={"weekday": weekday, "week": after},
        )


def _refuse_overlap(calendar: OpeningCalendar, weekday: int, opens: int, closes: int) -> None:
    other = overlapping(opens, closes, _week(calendar).get(weekday, []))
    if other is not None:
        raise HoursOverlap(weekday, (opens, closes), other)


def _week(calendar: OpeningCalendar) -> dict[int, list[tuple[int, int]]]:
    week: dict[int, list[tuple[int, int]]] = {}
    for row in calendar.hours.order_by("weekday", "opens_minute"):
        week.setdefault(row.weekday, []).append((row.opens_minute, row.closes_minute))
    return week
