"""Stays in queues by cursor, the latest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from telephony.calls.models import QueueVisit
from telephony.calls.selectors import Cursor


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """Everything may be left out; [since, until) is of the entering."""

    since: datetime | None = None
    until: datetime | None = None
    group_id: int | None = None
    agent_id: int | None = None
    queue_name: str = ""
    outcome: str = ""
    reason: str = ""


def page_of_visits(
    wanted: VisitFilter, cursor: Cursor | None, size: int
) -> tuple[list[QueueVisit], Cursor | None]:
    """The visits that the cursor leads to, and the cursor of those after them. One query."""
    conditions = {
        "entered_at__gte": wanted.since,
        "entered_at__lt": wanted.until,
        "group": wanted.group_id,
        "agent": wanted.agent_id,
        "queue_name": wanted.queue_name or None,
        "outcome": wanted.outcome or None,
        "reason": wanted.reason or None,
    }
    visits = QueueVisit.objects.filter(
        **{name: value for name, value in conditions.items() if value is not None}
    )
    if cursor is not None:
        at, pk = cursor.started_at, cursor.id
        visits = visits.filter(Q(entered_at__lte=at) & (Q(entered_at__lt=at) | Q(pk__lt=pk)))
    found = list(visits.order_by("-entered_at", "-pk")[: size + 1])
    page = found[:size]
    after = Cursor(page[-1].entered_at, page[-1].pk) if len(found) > size else None
    return page, after
