"""Management: who changed what."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from callcenter.accounts.doors import needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.audit import selectors
from callcenter.audit.models import AuditEntry
from callcenter.audit.undo import undo_page
from callcenter.audit.words import action_words, differences_in_words
from callcenter.history.forms import AuditFilter
from callcenter.history.permissions import limits_of, undoable_by
from callcenter.history.selectors import choices_of, people_to_filter_by


@require_GET
@needs(Right.AUDIT_SEE)
def audit(request: TenantRequest, slug: str) -> HttpResponse:
    form = AuditFilter(request.GET, people=people_to_filter_by())
    before = request.GET.get("before", "")
    found = selectors.entries(
        form.wanted(ZoneInfo(request.tenant.time_zone)),
        int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None,
        limits_of(request.person),
    )
    undoable = undoable_by(request.person, found.entries)
    rows = [_shown(entry, slug, entry.pk in undoable) for entry in found.entries]
    context = {"form": form, "rows": rows, "older": found.older, "is_later": bool(before)}
    return render(request, "callcenter/history/history.html", context)


def _shown(entry: AuditEntry, slug: str, may_undo: bool) -> dict[str, object]:
    page = undo_page(entry.action) if may_undo else None
    return {
        "entry": entry,
        "what": action_words(entry.action),
        "differences": differences_in_words(
            entry.before, entry.after, choices_of(entry.about_type)
        ),
        "undo_url": reverse(page, args=[slug, entry.pk]) if page else "",
    }
