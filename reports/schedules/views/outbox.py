"""Mail that was kept as files because no mail server is set."""

from __future__ import annotations

from uuid import UUID

from csp.decorators import csp_replace
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from callcenter.accounts.doors import needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from reports.mail import outbox
from reports.mail.outbox import KeptMail
from reports.schedules import selectors
from reports.schedules.models import ReportDelivery
from reports.schedules.views.runs import MAIL_CSP, with_pictures

SHOWN = 100


def _kept(request: TenantRequest, token: UUID) -> tuple[ReportDelivery, KeptMail]:
    """Whose a mail is, is said by its delivery: found only in the tenant, and within one's groups."""
    runs = selectors.runs_led_by(request.person)
    delivery = get_object_or_404(
        ReportDelivery.objects.filter(run__in=runs).select_related("run"), token=token
    )
    found = outbox.kept(request.tenant.slug, delivery.token)
    if found is None:
        raise Http404
    return delivery, found


@require_GET
@needs(Right.REPORTS)
def mails(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    found = selectors.mails_kept(request.person, SHOWN) if outbox.is_kept_here() else []
    context = {"mails": found, "kept_here": outbox.is_kept_here(), "most": SHOWN}
    return render(request, "reports/schedules/outbox.html", context)


@require_GET
@needs(Right.REPORTS)
def mail(request: TenantRequest, slug: str, token: UUID) -> HttpResponse:
    del slug
    delivery, found = _kept(request, token)
    context = {"mail": found, "delivery": delivery}
    return render(request, "reports/schedules/outbox_mail.html", context)


@require_GET
@xframe_options_sameorigin
@csp_replace(MAIL_CSP)
@needs(Right.REPORTS)
def body(request: TenantRequest, slug: str, token: UUID) -> HttpResponse:
    del slug
    _delivery, found = _kept(request, token)
    pictures = {name: picture.content for name, picture in found.pictures.items()}
    return HttpResponse(with_pictures(found.html, pictures))


@require_GET
@needs(Right.REPORTS)
def attachment(request: TenantRequest, slug: str, token: UUID, place: int) -> HttpResponse:
    del slug
    _delivery, found = _kept(request, token)
    if not 0 <= place < len(found.attachments):
        raise Http404
    file = found.attachments[place]
    return HttpResponse(
        file.content,
        content_type=file.content_type,
        headers={"Content-Disposition": f'attachment; filename="{file.name}"'},
    )
