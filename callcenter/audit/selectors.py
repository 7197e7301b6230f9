"""Reading the audit log: newest first, a page at a time, by key and not by offset."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from callcenter.audit.models import AuditEntry

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the filters ask for; the period is half-open. `by`: a user's id, or 0 for Helin and keys."""

    by: int | None = None
    kind: str = ""
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class EntryPage:
    entries: Sequence[AuditEntry]
    older: int | None  # the id to ask for the next page with


def entries(wanted: Wanted, before: int | None = None, limits: Q | None = None) -> EntryPage:
    """The page that follows the entry `before`; the newest without one, or if it is not there.

    `limits`: a condition on AuditEntry, what the reader may see.
    """
    rows = _filtered(wanted).filter(limits or Q())
    last = AuditEntry.objects.filter(pk=before).first() if before else None
    if last is not None:
        rows = rows.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    found = list(rows.select_related("by")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return EntryPage(page, page[-1].pk if len(found) > PAGE_SIZE else None)


def last_change(about_type: str, about_id: int) -> AuditEntry | None:
    return AuditEntry.objects.filter(about_type=about_type, about_id=str(about_id)).first()


def _filtered(wanted: Wanted) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.all()
    if wanted.by is not None:
        rows = rows.filter(by_id=wanted.by) if wanted.by else rows.filter(by__isnull=True)
    if wanted.kind:
        rows = rows.filter(action__startswith=f"{wanted.kind}.")
    if wanted.since is not None:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(at__lt=wanted.until)
    return rows
