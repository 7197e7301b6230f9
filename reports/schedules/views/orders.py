"""The list of orders, and what is done to one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.audit.models import AuditEntry
from callcenter.groups.models import AgentGroup
from reports.mail import outbox
from reports.schedules import selectors, services, wording
from reports.schedules.catalogue import CATALOGUE, title_of
from reports.schedules.forms import OrderForm, as_it_stands, first_choice
from reports.schedules.models import Purpose, ReportRun, ReportSchedule
from reports.schedules.permissions import limits_of

PAGE = 50
GET_POST = ["GET", "HEAD", "POST"]


def led(request: TenantRequest, pk: int) -> ReportSchedule:
    """404 for another company's, for one of groups that the person's rights do not reach."""
    return get_object_or_404(selectors.schedules_led_by(request.person), pk=pk)


@require_GET
@needs(Right.REPORTS)
def reports(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    found = selectors.by_title(selectors.with_last_run(selectors.schedules_led_by(request.person)))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    last = selectors.runs_by_id(row.last_run_id for row in rows if row.last_run_id)  # type: ignore[attr-defined]
    groups = dict(AgentGroup.objects.values_list("pk", "name"))
    lines = []
    for row in rows:
        run = last.get(row.last_run_id)  # type: ignore[attr-defined]
        lines.append(
            {
                "schedule": row,
                "kind": title_of(row.kind),
                "about": wording.about(row, groups),
                "rhythm": wording.rhythm(row),
                "run": run,
                "look": wording.look_of_run(run) if run else None,
            }
        )
    context = {"page": page, "lines": lines, "kept_here": outbox.is_kept_here()}
    return render(request, "reports/schedules/reports.html", context)


@require_http_methods(GET_POST)
@needs(Right.REPORTS)
def new_report(request: TenantRequest, slug: str) -> HttpResponse:
    initial = first_choice(request.GET.get("kind", ""), request.person.user_id)
    form = OrderForm(request.POST or None, person=request.person, initial=initial)
    made: list[ReportSchedule] = []

    def order() -> None:
        made.append(
            services.order_report(
                order=form.order(),
                by=actor_of(request),
                within=request.person.group_ids,
                at=timezone.now(),
            )
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, order):
        messages.success(request, _("Ordered."))
        return redirect("report", slug, made[0].pk)
    return _form(request, form, None)


@require_http_methods(GET_POST)
@needs(Right.REPORTS)
def change(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = led(request, pk)
    form = OrderForm(request.POST or None, person=request.person, initial=as_it_stands(row))

    def act() -> None:
        services.change_report(
            schedule=row,
            order=form.order(),
            by=actor_of(request),
            within=request.person.group_ids,
            at=timezone.now(),
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, act):
        messages.success(request, _("Saved. It counts from the next report on."))
        return redirect("report", slug, row.pk)
    return _form(request, form, row)


def _form(request: TenantRequest, form: OrderForm, row: ReportSchedule | None) -> HttpResponse:
    context = {
        "form": form,
        "schedule": row,
        "kinds": CATALOGUE.values(),
        "zone": request.tenant.time_zone,
    }
    status = 422 if form.errors else 200
    return render(request, "reports/schedules/order.html", context, status=status)


@require_http_methods(GET_POST)
@needs(Right.REPORTS)
def preview(request: TenantRequest, slug: str) -> HttpResponse:
    """Of the order form as it is filled in; made by a worker, shown on the run's page."""
    if request.method != "POST":
        return redirect("report_new", slug)
    form = OrderForm(request.POST, person=request.person)
    made: list[ReportRun] = []

    def ask() -> None:
        made.append(
            services.request_preview(
                order=form.order(),
                user_id=request.person.user_id,
                within=request.person.group_ids,
                at=timezone.now(),
            )
        )

    if form.is_valid() and carried_out(form, ask):
        return redirect("report_run", slug, made[0].pk)
    return _form(request, form, None)


@require_GET
@needs(Right.REPORTS)
def report(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """The order, and the history of its runs."""
    del slug
    row = led(request, pk)
    cursor = selectors.RunCursor.read(request.GET.get("older", ""))
    page = selectors.page_of_runs(row.runs.exclude(purpose=Purpose.PREVIEW), cursor)
    people = dict(selectors.people_to_choose())
    context: dict[str, Any] = {
        "schedule": row,
        "kind": title_of(row.kind),
        "about": wording.about(row, dict(AgentGroup.objects.values_list("pk", "name"))),
        "rhythm": wording.rhythm(row),
        "people": [people[one] for one in row.user_ids if one in people],
        "gone": sum(one not in people for one in row.user_ids),
        "runs": [(run, wording.look_of_run(run)) for run in page.runs],
        "page": page,
        "zone": request.tenant.time_zone,
    }
    return render(request, "reports/schedules/report.html", context)


@require_POST
@needs(Right.REPORTS)
def test(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """To the one who asks, now."""
    row = led(request, pk)
    run = services.request_test(schedule=row, user_id=request.person.user_id, at=timezone.now())
    return redirect("report_run", slug, run.pk)


@require_POST
@needs(Right.REPORTS)
def pause(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = led(request, pk)
    services.pause_report(schedule=row, by=actor_of(request))
    messages.success(request, _("Paused. Nothing is sent until you resume it."))
    return redirect("report", slug, pk)


@require_POST
@needs(Right.REPORTS)
def resume(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = led(request, pk)
    services.resume_report(schedule=row, by=actor_of(request), at=timezone.now())
    messages.success(request, _("Resumed."))
    return redirect("report", slug, pk)


@require_POST
@needs(Right.REPORTS)
def delete(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = led(request, pk)
    services.delete_report(schedule=row, by=actor_of(request), at=timezone.now())
    messages.success(request, _("Deleted. It can be brought back from the audit log."))
    return redirect("reports", slug)


@require_POST
@needs(Right.REPORTS)
def restore(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    found = ReportSchedule.objects.filter(limits_of(request.person))
    row = get_object_or_404(found, pk=pk)
    services.restore_report(schedule=row, by=actor_of(request), at=timezone.now())
    messages.success(request, _("The order is back."))
    return redirect("report", slug, pk)


@require_POST
@needs(Right.REPORTS)
def undo(request: TenantRequest, slug: str, entry_id: int) -> HttpResponse:
    """Takes a change back, or a deletion, from the audit log."""
    entry = get_object_or_404(
        AuditEntry.objects.filter(action__in=["report.changed", "report.deleted"]), pk=entry_id
    )
    row = ReportSchedule.objects.filter(limits_of(request.person), pk=entry.about_id).first()
    if row is None:
        if request.person.group_ids:
            raise PermissionDenied
        raise Http404
    by, now = actor_of(request), timezone.now()
    if entry.action == "report.deleted":
        services.restore_report(schedule=row, by=by, at=now)
        messages.success(request, _("The order is back."))
    else:
        told(
            request,
            lambda: services.undo_change(
                schedule=row, entry=entry, by=by, within=request.person.group_ids, at=now
            ),
            _("Undone."),
        )
    may_see_log = request.person.may(Right.AUDIT_SEE)
    return redirect("manage_audit", slug) if may_see_log else redirect("reports", slug)
