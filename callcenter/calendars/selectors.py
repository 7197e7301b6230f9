"""Reading calendars: for the pages, and as the rules that decide."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from callcenter.calendars.models import (
    CalendarException,
    Holiday,
    OpeningCalendar,
    OpeningHours,
)
from callcenter.calendars.opening import DaysThatDiffer, Hours, Opening, Rules, opening_at


def rules_by_calendar(calendar_ids: Iterable[int], time_zone: str) -> dict[int, Rules]:
    """What decides, for many calendars: four queries however many there are."""
    ids = set(calendar_ids)
    hours: dict[int, list[Hours]] = {pk: [] for pk in ids}
    for one in OpeningHours.objects.filter(calendar_id__in=ids):
        hours[one.calendar_id].append(Hours(one.weekday, one.opens_minute, one.closes_minute))
    holidays: dict[int, set[datetime.date]] = {pk: set() for pk in ids}
    for pk, day in Holiday.objects.filter(calendar_id__in=ids).values_list("calendar_id", "day"):
        holidays[pk].add(day)
    exceptions: dict[int, list[DaysThatDiffer]] = {pk: [] for pk in ids}
    for row in CalendarException.objects.filter(calendar_id__in=ids):
        exceptions[row.calendar_id].append(_differing(row))
    return {
        calendar.pk: Rules(
            time_zone=time_zone,
            hours=tuple(hours[calendar.pk]),
            holidays=frozenset(holidays[calendar.pk]),
            exceptions=tuple(exceptions[calendar.pk]),
            forced=calendar.forced,  # type: ignore[arg-type]
            forced_until=calendar.forced_until,
        )
        for calendar in OpeningCalendar.objects.filter(pk__in=ids)
    }


def rules_of(calendar: OpeningCalendar, time_zone: str) -> Rules:
    return rules_by_calendar([calendar.pk], time_zone)[calendar.pk]


def openings_at(
    calendars: Iterable[OpeningCalendar], at: datetime.datetime, time_zone: str
) -> dict[int, Opening]:
    """Calendar id -> open or closed at an aware instant."""
    rules = rules_by_calendar([calendar.pk for calendar in calendars], time_zone)
    return {pk: opening_at(one, at) for pk, one in rules.items()}


@dataclass(frozen=True, slots=True)
class Ruling:
    """Open or closed at a moment, and the rows that decided it (which of them: `opening.reason`)."""

    opening: Opening
    exceptions: tuple[CalendarException, ...] = ()
    holiday: Holiday | None = None
    weekday: int = 0


def ruling_at(calendar: OpeningCalendar | None, at: datetime.datetime, time_zone: str) -> Ruling:
    """What the calendar says at an aware instant, with the rows to say it in words."""
    if calendar is None:
        return Ruling(opening_at(None, at))
    rules = rules_of(calendar, time_zone)
    opening = opening_at(rules, at)
    day = at.astimezone(ZoneInfo(time_zone)).date()
    rows = calendar.exceptions.filter(first_day__lte=day, last_day__gte=day)
    shortest = min((_differing(row).days for row in rows), default=0)
    return Ruling(
        opening,
        tuple(row for row in rows if _differing(row).days == shortest),
        calendar.holidays.filter(day=day).first(),
        day.isoweekday(),
    )


def calendars_with_counts() -> QuerySet[OpeningCalendar]:
    """By name, with `groups_count` and `hours_count`."""
    hours = OpeningHours.objects.filter(calendar=OuterRef("pk")).order_by().values("calendar")
    counted = hours.annotate(n=Count("pk")).values("n")
    return OpeningCalendar.objects.annotate(
        groups_count=Count("groups"),
        hours_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
    ).order_by("name")


def week_of(calendar: OpeningCalendar) -> dict[int, list[OpeningHours]]:
    """ISO weekday -> its stretches in order; all seven days."""
    week: dict[int, list[OpeningHours]] = {weekday: [] for weekday in range(1, 8)}
    for row in calendar.hours.all():
        week[row.weekday].append(row)
    return week


def _differing(row: CalendarException) -> DaysThatDiffer:
    return DaysThatDiffer(row.first_day, row.last_day, row.opens_minute, row.closes_minute)
