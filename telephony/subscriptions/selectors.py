"""Reading events after a cursor, and what stands in the way of webhooks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from telephony.subscriptions.models import (
    EventHorizon,
    OutwardEvent,
    Webhook,
    WebhookDelivery,
    WebhookState,
)
from telephony.subscriptions.permissions import Reader
from telephony.subscriptions.wire import Wanted, expired, shape

MOST_SCANNED = 1000
PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """`through`: everything up to there has been looked at. `is_end`: nothing newer stands there
    yet."""

    events: list[dict[str, Any]] = field(default_factory=list)
    through: int = 0
    is_end: bool = True


def latest_cursor() -> int:
    """Of the tenant in scope: from here on only what is told later is read."""
    last: int | None = OutwardEvent.objects.aggregate(last=Max("pk"))["last"]
    return last if last is not None else horizon()


def horizon() -> int:
    row = EventHorizon.objects.first()
    return row.purged_through if row else 0


def kept_after(cursor: int, limit: int = MOST_SCANNED) -> list[OutwardEvent]:
    return list(OutwardEvent.objects.filter(pk__gt=cursor).order_by("pk")[:limit])


def cursor_at(at: datetime) -> int:
    """The cursor from which all that happened at `at` or later is read."""
    first = OutwardEvent.objects.filter(at__gte=at).aggregate(first=Min("pk"))["first"]
    return first - 1 if first is not None else latest_cursor()


def read_page(cursor: int, *, reader: Reader, wanted: Wanted, limit: int = 100) -> Page:
    """At most `limit` events after `cursor`; bounded work however few of them match."""
    rows = kept_after(cursor)
    found: list[dict[str, Any]] = []
    if cursor:
        purged = horizon()
        if cursor < purged:
            found.append(expired(purged, time.time()))
            cursor = purged
    through = cursor
    for row in rows:
        if reader.may_see(row) and wanted.matches(row):
            if len(found) >= limit:
                return Page(found, through, is_end=False)
            hides, own = reader.hides_numbers(row), reader.is_concerned(row)
            found.append(shape(row, hides_numbers=hides, is_own=own))
        through = row.pk
    return Page(found, through, is_end=len(rows) < MOST_SCANNED)


# --- webhooks --------------------------------------------------------------------------------
def deliveries_page(
    webhook: Webhook, before: int | None = None, size: int = PAGE
) -> tuple[list[WebhookDelivery], int | None]:
    """Latest first, with the cursor of the next page, None at the end."""
    rows = WebhookDelivery.objects.filter(webhook=webhook)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


@dataclass(frozen=True, slots=True)
class WebhookHealth:
    """`late`: active ones with something due for over a minute; `lag_seconds` of the worst."""

    active: int = 0
    failed: int = 0
    failing: int = 0
    late: int = 0
    lag_seconds: float = 0.0
    last_hour: int = 0
    last_hour_in_vain: int = 0


LATE_AFTER = timedelta(minutes=1)


def webhook_health() -> WebhookHealth:
    """Of all tenants: in a system scope. What a failing receiver delays is its own."""
    now = timezone.now()
    counts = Webhook.objects.aggregate(
        active=Count("pk", filter=Q(state=WebhookState.ACTIVE)),
        failed=Count("pk", filter=Q(state=WebhookState.FAILED)),
        failing=Count("pk", filter=Q(state=WebhookState.ACTIVE, failing_since__isnull=False)),
    )
    waiting = list(
        OutwardEvent.objects.filter(
            tenant_id__in=Webhook.objects.filter(state=WebhookState.ACTIVE).values("tenant_id")
        )
        .values("tenant_id")
        .annotate(last=Max("pk"))
        .values_list("tenant_id", "last")
    )
    lag, late = 0.0, 0
    healthy = Webhook.objects.filter(state=WebhookState.ACTIVE, failing_since__isnull=True)
    for tenant_id, last in waiting:
        for cursor in healthy.filter(tenant_id=tenant_id, cursor__lt=last).values_list(
            "cursor", flat=True
        ):
            oldest = (
                OutwardEvent.objects.filter(tenant_id=tenant_id, pk__gt=cursor)
                .order_by("pk").values_list("at", flat=True).first()
            )  # fmt: skip
            if oldest is not None:
                behind = (now - oldest).total_seconds()
                lag = max(lag, behind)
                late += behind > LATE_AFTER.total_seconds()
    tried = WebhookDelivery.objects.filter(at__gte=now - timedelta(hours=1)).aggregate(
        every=Count("pk"), vain=Count("pk", filter=Q(is_delivered=False))
    )
    return WebhookHealth(
        **counts,
        late=late,
        lag_seconds=lag,
        last_hour=tried["every"],
        last_hour_in_vain=tried["vain"],
    )


def webhooks() -> list[Webhook]:
    return list(Webhook.objects.select_related("group", "number", "device").order_by("name", "pk"))


def has_moved(webhook: Webhook) -> bool:
    """Whether its number or group is no longer what it was linked to."""
    if webhook.about == "group":
        return webhook.group_id is None
    if webhook.about == "number":
        number = webhook.number
        return number is None or number.queue.group_id != webhook.number_group
    if webhook.about == "phone":
        phone = webhook.device
        return phone is None or not phone.is_active or phone.agent_id != webhook.device_agent
    return False


MOST_COUNTED = 1000


def count_after(cursor: int) -> int:
    """Events after the cursor, of whatever kind; MOST_COUNTED stands for that many and more."""
    return OutwardEvent.objects.filter(pk__gt=cursor).order_by("pk")[:MOST_COUNTED].count()
