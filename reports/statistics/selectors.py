"""Figures out of queue visits, summed by PostgreSQL over one index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, Max, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from callcenter.groups.models import Queue
from callcenter.tenants.models import Tenant
from reports.statistics.kpi import (
    Share,
    Visits,
    abandon_rate,
    answer_rate,
    average_speed_of_answer,
    average_wait,
    service_level,
)
from telephony.calls.models import QueueVisit, VisitOutcome

_CLOSED = Q(outcome=VisitOutcome.OVERFLOWED, reason="closed")
_SHORT = Q(outcome=VisitOutcome.SHORT_ABANDONED)
_WAITING = Q(outcome=VisitOutcome.WAITING)
_OFFERED = ~(_CLOSED | _SHORT | _WAITING)
_ANSWERED = Q(outcome=VisitOutcome.ANSWERED)
_ABANDONED = Q(outcome=VisitOutcome.ABANDONED)
_IN_TIME = Q(wait_seconds__lte=F("answer_within_seconds"))


@dataclass(frozen=True, slots=True)
class Figures:
    """What kpi.py makes of a set of visits. Rates are per cent, times are seconds; None: no calls.

    `share` keeps the service level's parts, for sums over several. `longest_wait_seconds` is of
    ended visits.
    """

    visits: Visits
    share: Share
    longest_wait_seconds: int | None

    @property
    def service_level(self) -> float | None:
        return self.share.per_cent

    def as_json(self) -> dict[str, float | int | None]:
        return {
            "offered": self.visits.offered,
            "answered": self.visits.answered,
            "abandoned": self.visits.abandoned,
            "short_abandoned": self.visits.short_abandoned,
            "overflowed": self.visits.overflowed,
            "closed": self.visits.closed,
            "service_level": _rounded(self.service_level),
            "answer_rate": _rounded(answer_rate(self.visits)),
            "abandon_rate": _rounded(abandon_rate(self.visits)),
            "asa_seconds": _rounded(average_speed_of_answer(self.visits)),
            "average_wait_seconds": _rounded(average_wait(self.visits)),
            "longest_wait_seconds": self.longest_wait_seconds,
        }


NO_FIGURES = Figures(Visits(), Share(), None)


def day_of(tenant: Tenant, at: datetime) -> tuple[datetime, datetime]:
    """The tenant's day that `at` is in, half-open; 23 or 25 hours when clocks change."""
    zone = ZoneInfo(tenant.time_zone)
    today = at.astimezone(zone).date()
    start = datetime.combine(today, time.min, zone)
    return start, datetime.combine(today + timedelta(days=1), time.min, zone)


def todays_figures(tenant: Tenant, at: datetime) -> dict[str, Figures]:
    """By PBX queue name, every queue of the tenant, those without calls too. Two queries."""
    names = Queue.objects.values_list("slug", flat=True)
    found = dict.fromkeys((f"{tenant.slug}-{name}" for name in names), NO_FIGURES)
    since, until = day_of(tenant, at)
    visits = QueueVisit.objects.filter(entered_at__gte=since, entered_at__lt=until)
    return {**found, **_by(visits, "queue_name")}


def figures_by_group(
    group_ids: Collection[int], since: datetime, until: datetime
) -> dict[int, Figures]:
    """Of visits that entered in [since, until); every group asked for is in the answer. One query.

    A visit counts for the group that it was in, by the threshold and mode in force then.
    """
    visits = QueueVisit.objects.filter(
        group_id__in=group_ids, entered_at__gte=since, entered_at__lt=until
    )
    return {**dict.fromkeys(group_ids, NO_FIGURES), **_by(visits, "group_id")}


def figures_of(visits: QuerySet[QueueVisit]) -> Figures:
    """Of any set of visits together."""
    found = _by(visits.annotate(everything=Value("all")), "everything")
    return found.get("all", NO_FIGURES)


def _by(visits: QuerySet[QueueVisit], key: str) -> dict[Any, Figures]:
    """The mode is part of the grouping, as it may have changed within the period."""
    rows = (
        visits.order_by()
        .values(key, "service_level_mode")
        .annotate(
            answered=Count("pk", filter=_ANSWERED),
            answered_in_time=Count("pk", filter=_ANSWERED & _IN_TIME),
            abandoned=Count("pk", filter=_ABANDONED),
            abandoned_in_time=Count("pk", filter=_ABANDONED & _IN_TIME),
            overflowed=Count("pk", filter=_OFFERED & Q(outcome=VisitOutcome.OVERFLOWED)),
            short_abandoned=Count("pk", filter=_SHORT),
            closed=Count("pk", filter=_CLOSED),
            wait_answered=_seconds(_ANSWERED),
            wait_all=_seconds(_OFFERED),
            longest=Max("wait_seconds", filter=_OFFERED),
        )
    )
    totals: defaultdict[Any, Visits] = defaultdict(Visits)
    shares: defaultdict[Any, Share] = defaultdict(Share)
    longest: dict[Any, int | None] = {}
    for row in rows:
        name, mode, most = row.pop(key), row.pop("service_level_mode"), row.pop("longest")
        part = Visits(**row)
        totals[name] += part
        shares[name] += service_level(part, mode)
        known = longest.get(name)
        longest[name] = most if known is None else max(known, most or 0)
    return {name: Figures(totals[name], shares[name], longest[name]) for name in totals}


def _seconds(which: Q) -> Coalesce:
    return Coalesce(Sum(Case(When(which, then="wait_seconds"))), 0)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
