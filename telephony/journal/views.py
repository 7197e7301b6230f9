"""The journal: a window over every page with one's own calls of this session."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from callcenter.accounts.doors import needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from telephony.calls.selectors import Cursor
from telephony.journal.selectors import journal_of

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
    context = {"entries": entries, "older": older, "is_first": cursor is None}
    return render(request, "telephony/journal/_entries.html", context)


def _since(request: HttpRequest) -> datetime | None:
    try:
        seconds = float(request.GET.get("since", ""))
    except ValueError:
        return None
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds <= _LAST else None
