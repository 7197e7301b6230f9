"""Days on which a calendar differs from its weekly hours."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, record
from callcenter.calendars.clock_times import MIDNIGHT, overlapping
from callcenter.calendars.models import CalendarException, OpeningCalendar
from callcenter.calendars.services.hours import HoursBackwards
from callcenter.tenants.refusals import Refusal

LONGEST_EXCEPTION = datetime.timedelta(days=366)


class ExceptionBackwards(Refusal):
    def __init__(self) -> None:
        super().__init__(_("The last day must not lie before the first."), "last_day")


class ExceptionTooLong(Refusal):
    def __init__(self) -> None:
        words = _("An exception can last a year at most. For longer, change the weekly hours.")
        super().__init__(words, "last_day")


class ExceptionContradicts(Refusal):
    """Of two exceptions the shorter decides; these are for exactly the same days."""

    def __init__(self, other: CalendarException) -> None:
        words = gettext(
            "The exception “%(name)s” is for the same days already and says otherwise, or shares "
            "hours with this one. Remove it first."
        )
        super().__init__(words % {"name": other.name}, "first_day")


class ExceptionNameMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Say what the exception is for, as “Christmas party”."), "name")


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

    Of several exceptions for a day the one for fewer days decides (see opening.py).

    Raises ExceptionNameMissing, ExceptionBackwards, ExceptionTooLong, HoursBackwards,
    ExceptionContradicts.
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
        calendar = OpeningCalendar.objects.select_for_update().get(pk=calendar.pk)
        for other in calendar.exceptions.filter(first_day=first_day, last_day=last_day):
            if _contradicts(other, opens, closes):
                raise ExceptionContradicts(other)
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


def _contradicts(other: CalendarException, opens: int | None, closes: int | None) -> bool:
    """Two rows for the same days may only be two stretches of open hours."""
    if opens is None or closes is None:
        return True
    if other.opens_minute is None or other.closes_minute is None:
        return True
    return overlapping(opens, closes, [(other.opens_minute, other.closes_minute)]) is not None


def _exception_json(row: CalendarException) -> dict[str, Any]:
    return {
        "name": row.name,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "opens_minute": row.opens_minute,
        "closes_minute": row.closes_minute,
    }
