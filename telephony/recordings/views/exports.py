"""Zips of recordings: ordered, watched, fetched."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from callcenter.accounts.doors import actor_of, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from telephony.recordings import selectors
from telephony.recordings.media import in_pieces
from telephony.recordings.models import ExportState, RecordingExport
from telephony.recordings.permissions import sight_of
from telephony.recordings.selectors import RecordingFilter
from telephony.recordings.services import exports
from telephony.recordings.storage.choice import recording_store
from telephony.recordings.storage.port import NotStored
from telephony.recordings.views.recordings import filter_form, wanted_of

MOST_CHOSEN = 500


@require_POST
@needs(Right.RECORDINGS_DOWNLOAD)
def order(request: TenantRequest, slug: str) -> HttpResponse:
    """Of the chosen recordings, or of all that the filters in the address find."""
    sight = sight_of(request.person)
    chosen = [int(one) for one in request.POST.getlist("chosen") if one.isdecimal()][:MOST_CHOSEN]
    form = filter_form(request, sight)
    if chosen:
        wanted = RecordingFilter()
    elif form.is_valid():
        wanted = wanted_of(request, form)
    else:
        messages.error(request, _("Correct the filters first."))
        return redirect("recordings", slug)
    told(
        request,
        lambda: exports.order_export(
            sight=sight,
            wanted=wanted,
            chosen=chosen,
            by=actor_of(request),
            tenant=request.tenant,
            at=timezone.now(),
        ),
        _("The zip is being made."),
    )
    return redirect(f"{request.path.removesuffix('exports/order/')}?{request.GET.urlencode()}")


@require_GET
@needs(Right.RECORDINGS_DOWNLOAD)
def watch(request: TenantRequest, slug: str) -> HttpResponse:
    """One's own exports, as a fragment that asks again while something is being made."""
    return _exports(request)


@require_POST
@needs(Right.RECORDINGS_DOWNLOAD)
def cancel(request: TenantRequest, slug: str, pk: UUID) -> HttpResponse:
    exports.cancel_export(export=_own(request, pk), store=recording_store())
    if not request.headers.get("HX-Request"):
        return redirect("recordings", slug)
    return _exports(request)


def _exports(request: TenantRequest) -> HttpResponse:
    rows = selectors.exports_of(request.person.user_id)
    is_busy = any(row.state in exports.UNFINISHED for row in rows)
    context = {"exports": rows, "is_busy": is_busy}
    return render(request, "telephony/recordings/_exports.html", context)


@require_GET
@needs(Right.RECORDINGS_DOWNLOAD)
def fetch(request: TenantRequest, slug: str, pk: UUID) -> HttpResponseBase:
    export = _own(request, pk)
    if export.state != ExportState.READY:
        raise Http404
    try:
        pieces = exports.sound_of(export, recording_store())
        first = next(pieces, b"")
    except NotStored as error:
        raise Http404 from error
    day = timezone.localtime(export.created_at).strftime("%Y-%m-%d")
    name = f"recordings-{slug}-{day}.zip"
    return StreamingHttpResponse(
        in_pieces(first, pieces),
        content_type="application/zip",
        headers={
            "Content-Length": str(export.bytes),
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def _own(request: TenantRequest, pk: UUID) -> RecordingExport:
    mine = RecordingExport.objects.filter(requested_by_id=request.person.user_id)
    return get_object_or_404(mine, pk=pk, expires_at__gt=timezone.now())
