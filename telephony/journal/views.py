"""The journal: a window over every page with one's own calls of this session."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from callcenter.accounts.doors import needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.accounts.telling import tell_user
from phonebook.notes.selectors import projects
from telephony.calls.selectors import Cursor
from telephony.journal import services
from telephony.journal.forms import PlaceForm
from telephony.journal.selectors import (
    MOST_MISSED,
    count_missed,
    journal_kept,
    journal_of,
    seen_until,
)

_LAST = 253_402_300_799.0  # the end of the year 9999


@require_GET
@needs(Right.CALLS_OWN)
def journal(request: TenantRequest, slug: str) -> HttpResponse:
    """`?since=<epoch seconds>`: when this session began; without it all calls. A fragment."""
    del slug
    cursor = Cursor.read(request.GET.get("older", ""))
    entries, older = journal_of(
        request.person, request.tenant, since=_since(request), cursor=cursor
    )
    context = {
        "entries": entries,
        "older": older,
        "is_first": cursor is None,
        "has_projects": bool(entries) and projects().exists(),
        "seen_until": seen_until(journal_kept(request.person.user_id), timezone.now()),
    }
    return render(request, "telephony/journal/_entries.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@needs(Right.CALLS_OWN)
def place(request: TenantRequest, slug: str) -> HttpResponse:
    """GET: where the window was left last, {} for nowhere yet; POST: it is left here."""
    del slug
    if request.method == "POST":
        form = PlaceForm(request.POST)
        if not form.is_valid():
            return HttpResponse(status=422)
        services.remember_place(user_id=request.person.user_id, **form.cleaned_data)
        return HttpResponse(status=204)
    kept = journal_kept(request.person.user_id)
    if kept is None or kept.x is None:
        return JsonResponse({})
    return JsonResponse({"x": kept.x, "y": kept.y, "width": kept.width, "height": kept.height})


@require_GET
@never_cache
@needs(Right.CALLS_OWN)
def missed(request: TenantRequest, slug: str) -> HttpResponse:
    """How many of one's calls nobody answered and nobody has marked as seen; a fragment."""
    del slug
    return _counted(request)


@require_POST
@needs(Right.CALLS_OWN)
def seen(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    services.mark_all_seen(user_id=request.person.user_id, at=timezone.now())
    frame = {"type": "missed-seen"}  # the other tabs count anew, too
    tell_user(tenant_id=request.tenant.pk, user_id=request.person.user_id, frame=frame)
    return trigger_client_event(_counted(request), "missed-seen", {})


def _counted(request: TenantRequest) -> HttpResponse:
    agent_id, count = request.person.agent_id, 0
    if agent_id is not None:
        since = seen_until(journal_kept(request.person.user_id), timezone.now())
        count = count_missed(agent_id, since)
    context = {"count": count, "is_more": count >= MOST_MISSED}
    return render(request, "telephony/journal/_missed.html", context)


def _since(request: HttpRequest) -> datetime | None:
    try:
        seconds = float(request.GET.get("since", ""))
    except ValueError:
        return None
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds <= _LAST else None
