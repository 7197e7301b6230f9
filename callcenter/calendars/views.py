"""Management: the opening calendars."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.audit.models import AuditEntry
from callcenter.audit.undo import UNDOABLE
from callcenter.calendars import holiday_table, selectors, services
from callcenter.calendars.forms import (
    CopyForm,
    ExceptionForm,
    ForceForm,
    HolidaysForm,
    HoursForm,
    NameForm,
)
from callcenter.calendars.models import OpeningCalendar
from callcenter.calendars.services.hours import weekday_name

PAGE_SIZE = 50
GET_POST = ["GET", "HEAD", "POST"]
EXCEPTIONS_SHOWN = 100
HALF_HOURS = tuple(range(0, 1441, 30))


def _calendar(request: TenantRequest, calendar_id: int) -> OpeningCalendar:
    """To be read by all who manage groups; to be changed by those whose rights reach all of its."""
    row = get_object_or_404(OpeningCalendar, pk=calendar_id)
    if request.method == "POST":
        _may_change(request, row)
    return row


def _may_change(request: TenantRequest, row: OpeningCalendar) -> None:
    limits = request.person.group_ids
    if limits and row.groups.exclude(pk__in=limits).exists():
        raise PermissionDenied


@require_GET
@needs(Right.GROUPS_MANAGE)
def calendars(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    found = Paginator(selectors.calendars_with_counts(), PAGE_SIZE)
    page = found.get_page(request.GET.get("page"))
    zone = request.tenant.time_zone
    openings = selectors.openings_at(page.object_list, timezone.now(), zone)
    rows = [(calendar, openings[calendar.pk]) for calendar in page.object_list]
    return render(request, "callcenter/calendars/calendars.html", {"page": page, "rows": rows})


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def new_calendar(request: TenantRequest, slug: str) -> HttpResponse:
    form = NameForm(request.POST or None)
    made: list[OpeningCalendar] = []

    def make() -> None:
        made.append(
            services.create_calendar(
                name=form.cleaned_data["name"],
                holiday_country=_home(request),
                by=actor_of(request),
            )
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, make):
        messages.success(request, _("The calendar is made. Now add the hours of the week."))
        return redirect("manage_calendar", slug, made[0].pk)
    status = 422 if form.errors else 200
    return render(request, "callcenter/calendars/new_calendar.html", {"form": form}, status=status)


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def calendar(request: TenantRequest, slug: str, calendar_id: int) -> HttpResponse:
    row = _calendar(request, calendar_id)
    form = NameForm(request.POST or None, initial={"name": row.name})
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.change_calendar(
                calendar=row, name=form.cleaned_data["name"], by=actor_of(request)
            ),
        )
    ):
        return _saved(request, slug, row, _("Renamed."))
    return _page(request, row, name_form=form)


@require_POST
@needs(Right.GROUPS_MANAGE)
def delete_calendar(request: TenantRequest, slug: str, calendar_id: int) -> HttpResponse:
    row = _calendar(request, calendar_id)
    if told(
        request,
        lambda: services.delete_calendar(calendar=row, by=actor_of(request)),
        _("The calendar %(calendar)s is deleted.") % {"calendar": row.name},
    ):
        return redirect("manage_calendars", slug)
    return redirect("manage_calendar", slug, calendar_id)


@require_POST
@needs(Right.GROUPS_MANAGE)
def add_hours(request: TenantRequest, slug: str, calendar_id: int) -> HttpResponse:
    row = _calendar(request, calendar_id)
    form = HoursForm(request.POST)
    if form.is_valid() and carried_out(
        form,
        lambda: services.add_hours_to_days(calendar=row, by=actor_of(request), **form.cleaned_data),
    ):
        return _saved(request, slug, row, _("The hours are added."))
    return _page(request, row, hours_form=form)


@require_POST
@needs(Right.GROUPS_MANAGE)
def remove_hours(
    request: TenantRequest, slug: str, calendar_id: int, hours_id: int
) -> HttpResponse:
    row = _calendar(request, calendar_id)
    hours = get_object_or_404(row.hours.all(), pk=hours_id)
    told(
        request,
        lambda: services.remove_hours(hours=hours, by=actor_of(request)),
        _("The hours are removed."),
    )
    return redirect("manage_calendar", slug, row.pk)


@require_POST
@needs(Right.GROUPS_MANAGE)
def copy_day(request: TenantRequest, slug: str, calendar_id: int) -> HttpResponse:
    row = _calendar(request, calendar_id)
    form = CopyForm(request.POST)
    if form.is_valid():
        day = form.cleaned_data["weekday"]
        told(
            request,
            lambda: services.copy_day(calendar=row, by=actor_of(request), **form.cleaned_data),
            _("The chosen days have the hours of %(day)s now.") % {"day": weekday_name(day)},
        )
    else:
        messages.error(request, _("Choose the days that shall have these hours."))
    return redirect("manage_calendar", slug, row.pk)


@require_POST
@needs(Right.GROUPS_MANAGE)
def add_exception(request: TenantRequest, slug: str, calendar_id: int) -> HttpResponse:
    row = _calendar(request, calendar_id)
    form = ExceptionForm(request.POST)
    if form.is_valid() and carried_out(
        form,
        lambda: services.add_exception(calendar=row, by=actor_of(request), **form.cleaned_data),
    ):
        return _saved(request, slug, row, _("The exception is added."))
    return _page(request, row, exception_form=form)


@require_POST
@needs(Right.GROUPS_MANAGE)
def remove_exception(
    request: TenantRequest, slug: str, calendar_id: int, exception_id: int
) -> HttpResponse:
    row = _calendar(request, calendar_id)
    exception = get_object_or_404(row.exceptions.all(), pk=exception_id)
    told(
        request,
        lambda: services.remove_exception(exception=exception, by=actor_of(request)),
        _("The exception %(name)s is removed.") % {"name": exception.name},
    )
    return redirect("manage_calendar", slug, row.pk)


@require_POST
@needs(Right.GROUPS_MANAGE)
def force(request: TenantRequest, slug: str, calendar_id: int) -> HttpResponse:
    row = _calendar(request, calendar_id)
    with timezone.override(ZoneInfo(request.tenant.time_zone)):
        form = ForceForm(request.POST)
        is_valid = form.is_valid()
    if is_valid and carried_out(
        form,
        lambda: services.force_calendar(
            calendar=row,
            forced=form.cleaned_data["forced"],
            until=form.cleaned_data["forced_until"],
            by=actor_of(request),
            now=timezone.now(),
        ),
    ):
        return _saved(request, slug, row, _("In force for the next caller."))
    return _page(request, row, force_form=form)


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def holidays(request: TenantRequest, slug: str, calendar_id: int) -> HttpResponse:
    """Whose holidays: looked at first (GET with a country), then kept (POST)."""
    row = _calendar(request, calendar_id)
    kept = {"holiday_country": row.holiday_country, "holiday_region": row.holiday_region}
    asked = request.POST if request.method == "POST" else request.GET or kept
    country = str(asked.get("holiday_country", ""))
    region = str(asked.get("holiday_region", ""))
    if not holiday_table.is_known(country, region):
        region = ""  # of another country, looked at before
    wanted = {"holiday_country": country, "holiday_region": region}
    form = HolidaysForm(wanted, home=request.tenant.country, country=country)
    is_valid = form.is_valid()
    if (
        request.method == "POST"
        and is_valid
        and carried_out(
            form, lambda: services.change_calendar(calendar=row, by=actor_of(request), **wanted)
        )
    ):
        return _saved(request, slug, row, _("The holidays are kept; every year's by themselves."))
    years = _years(request)
    days: dict[datetime.date, str] = {}
    if is_valid and country:
        language = get_language() or "en"
        days = holiday_table.public_holidays(country, region, years, language)
    by_year = [(year, [pair for pair in days.items() if pair[0].year == year]) for year in years]
    context = {"calendar": row, "form": form, "years": by_year, "is_kept": wanted == kept}
    status = 422 if request.method == "POST" else 200
    return render(request, "callcenter/calendars/holidays.html", context, status=status)


@require_POST
@needs(Right.GROUPS_MANAGE)
def undo(request: TenantRequest, slug: str, entry_id: int) -> HttpResponse:
    entry = get_object_or_404(
        AuditEntry, pk=entry_id, action__in=UNDOABLE, about_type="openingcalendar"
    )
    row = OpeningCalendar.objects.filter(pk=int(entry.about_id)).first()
    if row is None:
        messages.error(request, _("This cannot be undone: the calendar does not exist any more."))
    else:
        _may_change(request, row)
        told(
            request,
            lambda: services.undo_change(calendar=row, entry=entry, by=actor_of(request)),
            _("Undone: it is as it was before."),
        )
    return redirect("manage_audit", slug)


def _home(request: TenantRequest) -> str:
    """The tenant's country, if its holidays are known."""
    country = request.tenant.country
    return country if holiday_table.is_known(country) else ""


def _years(request: TenantRequest) -> range:
    this = timezone.localtime(timezone=ZoneInfo(request.tenant.time_zone)).year
    return range(this, this + 2)


def _saved(request: TenantRequest, slug: str, row: OpeningCalendar, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("manage_calendar", slug, row.pk)


def _page(request: TenantRequest, row: OpeningCalendar, **forms: Form) -> HttpResponse:
    zone = ZoneInfo(request.tenant.time_zone)
    with timezone.override(zone):  # a calendar's hours are the company's, wherever its people sit
        now = timezone.now()
        today = timezone.localdate()
        force_initial = {"forced": row.forced or "calendar", "forced_until": row.forced_until}
        context: dict[str, Any] = {
            "name_form": NameForm(initial={"name": row.name}),
            "hours_form": HoursForm(),
            "exception_form": ExceptionForm(),
            "force_form": ForceForm(initial=force_initial),
            **forms,
            "calendar": row,
            "opening": selectors.openings_at([row], now, request.tenant.time_zone)[row.pk],
            "is_forced": row.forced and (row.forced_until is None or now < row.forced_until),
            "week": [
                {"number": number, "name": weekday_name(number), "hours": hours}
                for number, hours in selectors.week_of(row).items()
            ],
            "weekdays": [(number, weekday_name(number)) for number in range(1, 8)],
            "exceptions": row.exceptions.filter(last_day__gte=today)[:EXCEPTIONS_SHOWN],
            "past_exceptions": row.exceptions.filter(last_day__lt=today).count(),
            "holidays": row.holidays.filter(day__gte=today)[:6],
            "country": row.holiday_country,
            "groups": row.groups.all(),
            "clock_times": HALF_HOURS,
        }
        status = 422 if any(form.errors for form in forms.values()) else 200
        return render(request, "callcenter/calendars/calendar.html", context, status=status)
