"""Calendars: weekly hours, holidays, exceptions, forced open or closed."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, change_row, record
from callcenter.calendars import holiday_table
from callcenter.calendars.clock_times import MIDNIGHT, as_clock, overlapping
from callcenter.calendars.models import (
    CalendarException,
    Forced,
    Holiday,
    OpeningCalendar,
    OpeningHours,
)
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal, refusing

LONGEST_EXCEPTION = datetime.timedelta(days=366)


class CalendarNameMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Give the calendar a name."), "name")


class CalendarNameTaken(Refusal):
    def __init__(self, name: str) -> None:
        words = gettext("There is already a calendar with the name “%(name)s”.")
        super().__init__(words % {"name": name}, "name")


class CalendarInUse(Refusal):
    def __init__(self, groups: list[str]) -> None:
        words = gettext(
            "The calendar opens and closes %(groups)s. Give them another calendar first."
        )
        super().__init__(words % {"groups": ", ".join(groups)})


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


class CountryUnknown(Refusal):
    def __init__(self) -> None:
        words = _("The holidays of this country or region are not known to Helin.")
        super().__init__(words, "holiday_country")


class ExceptionBackwards(Refusal):
    def __init__(self) -> None:
        super().__init__(_("The last day must not lie before the first."), "last_day")


class ExceptionTooLong(Refusal):
    def __init__(self) -> None:
        words = _("An exception can last a year at most. For longer, change the weekly hours.")
        super().__init__(words, "last_day")


class ExceptionsOverlap(Refusal):
    def __init__(self, other: CalendarException) -> None:
        words = gettext(
            "These days overlap with the exception “%(name)s” (%(first)s – %(last)s). "
            "Only one exception can decide about a day."
        )
        days = {
            "first": date_format(other.first_day, "SHORT_DATE_FORMAT"),
            "last": date_format(other.last_day, "SHORT_DATE_FORMAT"),
        }
        super().__init__(words % {"name": other.name, **days}, "first_day")


class ExceptionNameMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Say what the exception is for, as “Christmas party”."), "name")


class ForcedUntilPast(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This moment has passed already: choose a later one."), "forced_until")


def weekday_name(weekday: int) -> str:
    """ISO weekday (1 is Monday) in the reader's language."""
    return str(WEEKDAYS[weekday - 1])


def hours_words(opens: int, closes: int) -> str:
    return f"{as_clock(opens)}–{as_clock(closes)}"


def create_calendar(
    *, name: str, by: Actor, holiday_country: str = "", holiday_region: str = ""
) -> OpeningCalendar:
    """A calendar without hours: closed all week until hours are added.

    With a country, its holidays of this and the next two years are filled in.
    Raises CalendarNameMissing, CalendarNameTaken, CountryUnknown.
    """
    name = _named(name)
    _check_country(holiday_country, holiday_region)
    with refusing({"calendar_name_once": CalendarNameTaken(name)}):
        calendar = OpeningCalendar.objects.create(
            name=name, holiday_country=holiday_country, holiday_region=holiday_region
        )
        after = {"name": name, "holiday_country": holiday_country, "holiday_region": holiday_region}
        record(action="calendar.created", by=by, about=calendar, after=after)
        fill_holidays(calendar=calendar)
    return calendar


def change_calendar(
    *,
    calendar: OpeningCalendar,
    by: Actor,
    name: str | None = None,
    holiday_country: str | None = None,
    holiday_region: str | None = None,
) -> OpeningCalendar:
    """Renames it or changes whose holidays it keeps (filled in at once); None leaves a value.

    Raises CalendarNameMissing, CalendarNameTaken, CountryUnknown.
    """
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = _named(name)
    if holiday_country is not None:
        changes["holiday_country"] = holiday_country
        changes["holiday_region"] = holiday_region or ""
        _check_country(holiday_country, holiday_region or "")
    with refusing({"calendar_name_once": CalendarNameTaken(changes.get("name", ""))}):
        calendar = _locked(calendar)
        action = "calendar.renamed" if set(changes) == {"name"} else "calendar.changed"
        change_row(row=calendar, changes=changes, action=action, by=by)
        if holiday_country is not None:
            fill_holidays(calendar=calendar)
    return calendar


def delete_calendar(*, calendar: OpeningCalendar, by: Actor) -> None:
    """Raises CalendarInUse, naming the groups."""
    try:
        with transaction.atomic():
            record(action="calendar.deleted", by=by, about=calendar, before={"name": calendar.name})
            calendar.delete()
    except ProtectedError as error:
        raise CalendarInUse(sorted({str(row) for row in error.protected_objects})) from error


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
    with refusing({}):
        calendar = _locked(calendar)
        _refuse_overlap(calendar, weekday, opens, closes)
        hours = OpeningHours.objects.create(
            calendar=calendar, weekday=weekday, opens_minute=opens, closes_minute=closes
        )
        after = {"weekday": weekday, "hours": [[opens, closes]]}
        record(action="calendar.hours_added", by=by, about=calendar, after=after)
    return hours


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
        calendar = _locked(calendar)
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


def add_exception(
    *,
    calendar: OpeningCalendar,
    name: str,
    first_day: datetime.date,
    last_day: datetime.date,
    by: Actor,
    opens: int | None = None,
    closes: int | None = None,
) -> CalendarException:
    """Closed on all these days, or (with both minutes) open at these hours instead of the weekly.

    Raises ExceptionNameMissing, ExceptionBackwards, ExceptionTooLong, HoursBackwards,
    ExceptionsOverlap.
    """
    name = " ".join(name.split())
    if not name:
        raise ExceptionNameMissing
    if last_day < first_day:
        raise ExceptionBackwards
    if last_day - first_day > LONGEST_EXCEPTION:
        raise ExceptionTooLong
    if (opens is None) != (closes is None) or (
        opens is not None and closes is not None and not 0 <= opens < closes <= MIDNIGHT
    ):
        raise HoursBackwards
    with transaction.atomic():
        calendar = _locked(calendar)
        other = calendar.exceptions.filter(first_day__lte=last_day, last_day__gte=first_day).first()
        if other is not None:
            raise ExceptionsOverlap(other)
        row = CalendarException.objects.create(
            calendar=calendar,
            name=name,
            first_day=first_day,
            last_day=last_day,
            opens_minute=opens,
            closes_minute=closes,
        )
        record(action="calendar.exception_added", by=by, about=calendar, after=_exception_json(row))
    return row


def remove_exception(*, exception: CalendarException, by: Actor) -> None:
    with transaction.atomic():
        before = _exception_json(exception)
        about = exception.calendar
        record(action="calendar.exception_removed", by=by, about=about, before=before)
        exception.delete()


def force_calendar(
    *,
    calendar: OpeningCalendar,
    forced: Forced,
    until: datetime.datetime | None,
    by: Actor,
    now: datetime.datetime,
) -> OpeningCalendar:
    """Open or closed whatever the calendar says, until then (None: until undone); NOT undoes it.

    Raises ForcedUntilPast.
    """
    if forced == Forced.NOT:
        until = None
    if until is not None and until <= now:
        raise ForcedUntilPast
    with transaction.atomic():
        calendar = _locked(calendar)
        changes = {"forced": forced, "forced_until": until}
        change_row(row=calendar, changes=changes, action="calendar.forced", by=by)
    return calendar


def fill_holidays(*, calendar: OpeningCalendar, today: datetime.date | None = None) -> int:
    """Makes this and the next two years' holidays those of the country; the past stays as it was.

    Returns how many days it wrote or removed: 0 when they were there already. The words are in
    the tenant's language.
    """
    first = datetime.date((today or datetime.datetime.now(datetime.UTC).date()).year, 1, 1)
    wanted: dict[datetime.date, str] = {}
    if calendar.holiday_country:
        language = Tenant.objects.get(pk=calendar.tenant_id).language
        wanted = holiday_table.public_holidays(
            calendar.holiday_country,
            calendar.holiday_region,
            range(first.year, first.year + 3),
            language,
        )
    with transaction.atomic():
        rows = calendar.holidays.filter(day__gte=first)
        kept = {row.day: row.name for row in rows}
        gone = [day for day, name in kept.items() if wanted.get(day) != name]
        removed = rows.filter(day__in=gone).delete()[0] if gone else 0
        new = [
            Holiday(calendar=calendar, tenant_id=calendar.tenant_id, day=day, name=name)
            for day, name in wanted.items()
            if kept.get(day) != name
        ]
        Holiday.objects.bulk_create(new, ignore_conflicts=True)
    return removed + len(new)


def _locked(calendar: OpeningCalendar) -> OpeningCalendar:
    return OpeningCalendar.objects.select_for_update().get(pk=calendar.pk)


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise CalendarNameMissing
    return name


def _check_country(country: str, region: str) -> None:
    if country and not holiday_table.is_known(country, region):
        raise CountryUnknown


def _refuse_overlap(calendar: OpeningCalendar, weekday: int, opens: int, closes: int) -> None:
    other = overlapping(opens, closes, _week(calendar).get(weekday, []))
    if other is not None:
        raise HoursOverlap(weekday, (opens, closes), other)


def _week(calendar: OpeningCalendar) -> dict[int, list[tuple[int, int]]]:
    week: dict[int, list[tuple[int, int]]] = {}
    for row in calendar.hours.order_by("weekday", "opens_minute"):
        week.setdefault(row.weekday, []).append((row.opens_minute, row.closes_minute))
    return week


def _exception_json(row: CalendarException) -> dict[str, Any]:
    return {
        "name": row.name,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "opens_minute": row.opens_minute,
        "closes_minute": row.closes_minute,
    }
