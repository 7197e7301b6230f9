"""One run: what was made, to whom it went, its files."""

from __future__ import annotations

import base64
from zoneinfo import ZoneInfo

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from callcenter.accounts.doors import actor_of, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.groups.models import AgentGroup
from reports.mail.composing import CHART
from reports.schedules import selectors, services, wording
from reports.schedules.catalogue import title_of
from reports.schedules.models import ReportDelivery, ReportEdition, ReportRun, RunState

FILES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
# a mail brings styles in its tags, and nothing of it may run, load or lead the page elsewhere
MAIL_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "media-src": ["'none'"],
    "connect-src": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


def led_run(request: TenantRequest, pk: int) -> ReportRun:
    runs = selectors.counted(selectors.runs_led_by(request.person))
    return get_object_or_404(runs.select_related("schedule", "requested_by"), pk=pk)


def _edition(run: ReportRun) -> ReportEdition | None:
    return selectors.edition_for(run, translation.get_language() or "en")


@require_GET
@needs(Right.REPORTS)
def run(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    del slug
    return render(request, "reports/schedules/run.html", _context(request, led_run(request, pk)))


@require_GET
@needs(Right.REPORTS)
def state(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """The part of the page that changes while the report is made and sent; asked by HTMX."""
    del slug
    return render(request, "reports/schedules/_run.html", _context(request, led_run(request, pk)))


def _context(request: TenantRequest, found: ReportRun) -> dict[str, object]:
    deliveries = list(found.deliveries.select_related("user").order_by("pk"))
    is_open = any(one.state in ("queued", "sending") and one.attempts < 2 for one in deliveries)
    edition = _edition(found) if found.state == RunState.MADE else None
    return {
        "run": found,
        "look": wording.look_of_run(found),
        "kind": title_of(found.kind),
        "about": wording.about(found, dict(AgentGroup.objects.values_list("pk", "name"))),
        "edition": edition,
        "is_gone": found.state == RunState.MADE and edition is None,
        "deliveries": [(one, wording.look_of_delivery(one)) for one in deliveries],
        "failed": selectors.FAILED,
        "moves": found.state == RunState.WAITING or is_open,
        "zone": request.tenant.time_zone,
    }


@require_GET
@xframe_options_sameorigin
@csp_replace(MAIL_CSP)
@needs(Right.REPORTS)
def mail(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """The mail as it looks, for a frame that may do nothing."""
    del slug
    edition = _edition(led_run(request, pk))
    if edition is None:
        raise Http404
    chart = bytes(edition.chart) if edition.chart is not None else b""
    return HttpResponse(with_pictures(edition.html, {CHART: chart}))


def with_pictures(html: str, pictures: dict[str, bytes]) -> str:
    """As a mail program shows it: pictures in their places, links in a window of their own."""
    html = html.replace("<head>", '<head><base target="_blank">', 1)
    for name, content in pictures.items():
        data = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        html = html.replace(f"cid:{name}", data)
    return html


@require_GET
@needs(Right.REPORTS)
def download(request: TenantRequest, slug: str, pk: int, form: str) -> HttpResponse:
    found = led_run(request, pk)
    edition = _edition(found)
    if edition is None or form not in {*FILES, "json"}:
        raise Http404
    if form == "json":
        return JsonResponse(edition.document)
    day = found.since.astimezone(ZoneInfo(request.tenant.time_zone))
    name = f"{found.kind}-{day:%Y-%m-%d}-{slug}.{form}"
    how = "inline" if form == "pdf" and request.GET.get("show") else "attachment"
    return HttpResponse(
        bytes(getattr(edition, form)),
        content_type=FILES[form],
        headers={"Content-Disposition": f'{how}; filename="{name}"'},
    )


@require_POST
@needs(Right.REPORTS)
def send_once_more(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    runs = selectors.runs_led_by(request.person)
    delivery = get_object_or_404(ReportDelivery.objects.filter(run__in=runs), pk=pk)
    told(
        request,
        lambda: services.send_again(delivery=delivery, by=actor_of(request), at=timezone.now()),
        _("It is being sent again."),
    )
    return redirect("report_run", slug, delivery.run.pk)
