"""Activities and time entries: their list, their forms, what they may be booked on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.audit.services import record
from phonebook.contacts.permissions import reader_of
from phonebook.notes import selectors, services
from phonebook.notes.export import WorkExport
from phonebook.notes.forms import ActivityForm, TimeForm
from phonebook.notes.models import Work, WorkKind
from phonebook.notes.selectors import Cursor
from phonebook.notes.subjects import Asked, asked_about
from phonebook.notes.views.notes import WRITES

SEES_ALL = (Right.CALLS_ALL, Right.SETTINGS)
MOST_IN_MENU = 50
_AN_HOUR = timedelta(hours=1)


@require_GET
@needs(*WRITES)
def work(request: TenantRequest, slug: str) -> HttpResponse:
    wanted = _wanted(request)
    page = selectors.page_of_work(**wanted, cursor=Cursor.read(request.GET.get("older", "")))
    context = {
        "page": page,
        "kinds": WorkKind.choices,
        "projects": selectors.projects(),
        "sees_all": _sees_all(request),
        "user_id": request.person.user_id,
    }
    return render(request, "phonebook/notes/work.html", context)


@require_GET
@needs(*WRITES)
def export(request: TenantRequest, slug: str) -> HttpResponseBase:
    record(action="work.exported", by=actor_of(request), about=request.tenant)
    stream = WorkExport(
        tenant_id=request.tenant.pk,
        wanted=_wanted(request),
        zone=timezone.get_current_timezone(),
        language=translation.get_language() or "en",
    )
    name = f"work-{request.tenant.slug}-{timezone.localdate()}.csv"
    return StreamingHttpResponse(
        stream.lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "POST"])
@needs(*WRITES)
def new_activity(request: TenantRequest, slug: str) -> HttpResponse:
    asked = _asked(request)
    form = ActivityForm(
        request.POST or None,
        projects=list(selectors.projects()),
        initial={
            "began_at": timezone.localtime(asked.began_at or timezone.now()),
            "project": request.GET.get("project", ""),
        },
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.record_activity(
                subject=asked.subject, by=actor_of(request), at=timezone.now(), **form.cleaned_data
            ),
        )
    ):
        return _recorded(request, slug)
    return _form_page(request, form, asked, _("Record an activity"))


@require_http_methods(["GET", "POST"])
@needs(*WRITES)
def new_time(request: TenantRequest, slug: str) -> HttpResponse:
    """From a call: its beginning and end, and the kind of work that calls are booked on."""
    asked = _asked(request)
    usual = selectors.task_type_for_calls()
    began, ended = _span(asked)
    form = TimeForm(
        request.POST or None,
        projects=list(selectors.projects()),
        task_types=list(selectors.task_types()),
        initial={
            "began_at": timezone.localtime(began),
            "ended_at": timezone.localtime(ended),
            "task_type": usual.pk if usual else "",
            "project": request.GET.get("project", ""),
        },
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.record_time(
                subject=asked.subject, by=actor_of(request), at=timezone.now(), **form.cleaned_data
            ),
        )
    ):
        return _recorded(request, slug)
    return _form_page(request, form, asked, _("Record time"))


@require_GET
@needs(*WRITES)
def projects_of(request: TenantRequest, slug: str) -> HttpResponse:
    """The forms with each project filled in, as items of a menu. `?what=time` or activity."""
    name = "work_time" if request.GET.get("what") == "time" else "work_activity"
    context = {
        "way": reverse(name, args=[slug]),
        "query": _asked(request).query,
        "projects": selectors.projects()[:MOST_IN_MENU],
    }
    return render(request, "phonebook/notes/_projects.html", context)


@require_POST
@needs(*WRITES)
def delete(request: TenantRequest, slug: str, work_id: int) -> HttpResponse:
    row = Work.objects.filter(pk=work_id).first()
    if row is None or not (_sees_all(request) or row.by_id == request.person.user_id):
        raise Http404
    told(request, lambda: services.delete_work(work=row, by=actor_of(request)), _("Deleted."))
    return redirect("work", slug)


def _asked(request: TenantRequest) -> Asked:
    return asked_about(request.GET, reader_of(request.person), request.tenant.country)


def _span(asked: Asked) -> tuple[datetime, datetime]:
    """Of the call; to the second, and at least one, as an entry of no time is none."""
    ended = (asked.ended_at or timezone.now()).replace(microsecond=0)
    began = (asked.began_at or ended - _AN_HOUR / 4).replace(microsecond=0)
    return began, max(ended, began + timedelta(seconds=1))


def _sees_all(request: TenantRequest) -> bool:
    return any(request.person.may(right) for right in SEES_ALL)


def _wanted(request: TenantRequest) -> dict[str, Any]:
    """Own entries; everybody's for those who may see all calls and ask for it."""
    values = request.GET
    is_everybody = values.get("by") == "all" and _sees_all(request)
    since, until = (_day(values.get(name, "")) for name in ("since", "until"))
    project = values.get("project", "")
    return {
        "kind": values.get("kind", "") if values.get("kind") in WorkKind.values else "",
        "by_id": None if is_everybody else request.person.user_id,
        "project_id": int(project) if project.isdecimal() and len(project) < 19 else None,
        "since": since,
        "until": until + timedelta(days=1) if until else None,
    }


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is None or day.year > 9990:
        return None
    return datetime.combine(day, datetime.min.time(), timezone.get_current_timezone())


def _recorded(request: TenantRequest, slug: str) -> HttpResponse:
    messages.success(request, _("Recorded."))
    return redirect("work", slug)


def _form_page(request: TenantRequest, form: Any, asked: Asked, title: str) -> HttpResponse:
    context = {"form": form, "asked": asked, "title": title}
    status = 422 if form.errors else 200
    return render(request, "phonebook/notes/work_form.html", context, status=status)
