"""Calendars: made, changed, forced open or closed, deleted."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.changes import earlier_values
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor, change_row, record
from callcenter.calendars import holiday_table
from callcenter.calendars.models import Forced, OpeningCalendar
from callcenter.calendars.services.holidays import fill_holidays
from callcenter.tenants.refusals import Refusal, refusing


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


class CountryUnknown(Refusal):
    def __init__(self) -> None:
        words = _("The holidays of this country or region are not known to Helin.")
        super().__init__(words, "holiday_country")


class ForcedUntilPast(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This moment has passed already: choose a later one."), "forced_until")


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


def undo_change(*, calendar: OpeningCalendar, entry: AuditEntry, by: Actor) -> OpeningCalendar:
    """Takes back a change of the name or of the holidays' country. Raises as `change_calendar`,
    and ChangedSince.
    """
    with transaction.atomic():
        values = earlier_values(calendar, entry.before, entry.after)
        wanted: dict[str, Any] = {"name": values["name"]} if "name" in values else {}
        if values.keys() - {"name"}:
            wanted["holiday_country"] = values.get("holiday_country", calendar.holiday_country)
            wanted["holiday_region"] = values.get("holiday_region", calendar.holiday_region)
        return change_calendar(calendar=calendar, by=by, **wanted)


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
