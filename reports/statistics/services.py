"""Keeping the rows of days and hours: those of whose visits a ChangedSpan tells are summed anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Max, Min

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope
from reports.statistics.days import INSERT_AGENT_DAYS, INSERT_QUEUE_DAYS, INSERT_QUEUE_HOURS
from reports.statistics.models import AgentDay, ChangedSpan, QueueDay, QueueHour
from reports.statistics.selection import midnight
from telephony.calls.models import QueueVisit

# the same number stands in the migration: a change of the time zone waits for who is summing
_LOCK = "SELECT pg_advisory_xact_lock(726, %s::int)"
_ROWS = (QueueHour, QueueDay, AgentDay)
BUSY_DAYS = 28
BUSY_VISITS_A_DAY = 200
_VISITS_OF_LATE = """
SELECT coalesce(sum(answered + abandoned + short_abandoned + overflowed + closed), 0)
FROM reports_queueday WHERE tenant_id = %(tenant)s AND day > (
  SELECT max(day) - %(days)s::int FROM reports_queueday WHERE tenant_id = %(tenant)s)
"""


def sum_days(*, tenant_id: int, at: datetime) -> int:
    """Sums the days before today's, as `at` is in, whose visits changed; returns how many.

    One transaction; a second call changes nothing. Today is left to its visits.
    """
    with tenant_scope(tenant_id), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [tenant_id])
            # a year of an imported company at once, and not by way of the disk
            cursor.execute("SET LOCAL work_mem = '128MB'")
        tenant = Tenant.objects.filter(pk=tenant_id).first()
        # read before the sums are made: what changes after this has a span of its own
        spans = list(ChangedSpan.objects.values_list("pk", "first_at", "last_at"))
        if tenant is None or not spans:
            ChangedSpan.objects.filter(pk__in=[pk for pk, _, _ in spans]).delete()
            return 0
        zone = tenant.time_zone
        has_hours = QueueHour.objects.exists()
        today = at.astimezone(ZoneInfo(zone)).date()
        days = _days_of(((first, last) for _, first, last in spans), ZoneInfo(zone))
        days_over = sorted(day for day in days if day < today)
        for first, beyond in together(days_over):
            _sum(tenant_id, zone, first, beyond, with_hours=has_hours)
        if not has_hours and _is_busy(tenant_id):
            _add_hours(tenant_id, zone)
        ahead = [last for _, _, last in spans if last >= midnight(today, zone)]
        if days_over or len(ahead) > 1:
            ChangedSpan.objects.filter(pk__in=[pk for pk, _, _ in spans]).delete()
            if ahead:
                ChangedSpan.objects.create(first_at=midnight(today, zone), last_at=max(ahead))
    return len(days_over)


def sum_days_of_everybody(*, at: datetime) -> int:
    """Of every tenant whose visits changed; returns how many days were summed."""
    with system_scope("days of all tenants are kept by one process"):
        tenant_ids = list(
            ChangedSpan.objects.order_by().values_list("tenant_id", flat=True).distinct()
        )
    return sum(sum_days(tenant_id=tenant_id, at=at) for tenant_id in tenant_ids)


def forget_days(*, tenant_id: int) -> None:
    """Drops every row of days and hours; the visits answer until `sum_days` has made them again."""
    with tenant_scope(tenant_id), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [tenant_id])
        span = QueueVisit.objects.aggregate(first=Min("entered_at"), last=Max("entered_at"))
        for model in _ROWS:
            model.objects.all().delete()
        if span["first"] is not None:
            ChangedSpan.objects.create(first_at=span["first"], last_at=span["last"])


def _sum(tenant_id: int, zone: str, first: date, beyond: date, *, with_hours: bool) -> None:
    for model in _ROWS:
        model.objects.filter(day__gte=first, day__lt=beyond).delete()
    wanted = [INSERT_QUEUE_DAYS, INSERT_AGENT_DAYS, *[INSERT_QUEUE_HOURS] * with_hours]
    _insert(wanted, tenant_id, zone, first, beyond)


def _insert(
    statements: Iterable[str], tenant_id: int, zone: str, first: date, beyond: date
) -> None:
    parameters: dict[str, Any] = {
        "tenant": tenant_id,
        "zone": zone,
        "since": midnight(first, zone),
        "until": midnight(beyond, zone),
    }
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)


def _is_busy(tenant_id: int) -> bool:
    """Whether hours have so many visits each that rows of them are much fewer."""
    with connection.cursor() as cursor:
        cursor.execute(_VISITS_OF_LATE, {"tenant": tenant_id, "days": BUSY_DAYS})
        (visits,) = cursor.fetchone() or (0,)
    return bool(visits >= BUSY_DAYS * BUSY_VISITS_A_DAY)


def _add_hours(tenant_id: int, zone: str) -> None:
    """Of every day that is summed: a company has the hours of all, or of none."""
    days = QueueDay.objects.order_by("day").values_list("day", flat=True).distinct()
    for first, beyond in together(days):
        _insert([INSERT_QUEUE_HOURS], tenant_id, zone, first, beyond)


def _days_of(spans: Iterable[tuple[datetime, datetime]], zone: ZoneInfo) -> set[date]:
    days: set[date] = set()
    for first_at, last_at in spans:
        day, last = first_at.astimezone(zone).date(), last_at.astimezone(zone).date()
        while day <= last:
            days.add(day)
            day += timedelta(days=1)
    return days


def together(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Sorted days as half-open stretches without a gap."""
    first: date | None = None
    beyond: date | None = None
    for day in days:
        if first is None or beyond is None:
            first = day
        elif day != beyond:
            yield first, beyond
            first = day
        beyond = day + timedelta(days=1)
    if first is not None and beyond is not None:
        yield first, beyond
