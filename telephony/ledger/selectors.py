"""How well the ledger is."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db.models import Max, Sum
from redis.exceptions import RedisError

from callcenter.tenants.models import Tenant
from telephony.calls.models import BuildProgress
from telephony.ledger.completeness import Completeness, Gap, completeness_within
from telephony.ledger.models import LedgerFile, LedgerGap, LedgerMark
from telephony.ledger.owners import import_pbx

SILENT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class LedgerHealth:
    """`lag_seconds`: between the PBX's writing a line and its row; None while catching up or when
    the ledger was not heard of. `silent_seconds`: since it was last heard of; None: never.
    """

    pbx: str
    is_running: bool
    silent_seconds: float | None
    lag_seconds: float | None
    last_line_at: datetime | None
    lines: int
    unreadable: int
    unbuilt_calls: int
    unknown: int  # lines by events that Helin does not know: kept, and in no figure


def health_key(pbx: str) -> str:
    return f"ledger:{pbx}"


def ledger_health(pbx: str) -> LedgerHealth:
    """Three queries and one look into Valkey; works in any scope or none."""
    try:
        heard = cache.get(health_key(pbx)) or {}
    except (RedisError, OSError):
        heard = {}
    silent = max(0.0, time.time() - heard["seen_at"]) if heard else None
    is_running = silent is not None and silent < SILENT_SECONDS
    totals = LedgerFile.objects.filter(pbx=pbx).aggregate(
        last=Max("last_line_at"), lines=Sum("lines"), unreadable=Sum("unreadable")
    )
    progress = BuildProgress.objects.filter(pbx=pbx).first()
    return LedgerHealth(
        pbx=pbx,
        is_running=is_running,
        silent_seconds=silent,
        lag_seconds=heard.get("lag_seconds") if is_running else None,
        last_line_at=totals["last"],
        lines=totals["lines"] or 0,
        unreadable=totals["unreadable"] or 0,
        unbuilt_calls=progress.failed if progress else 0,
        unknown=sum(unknown_events(pbx).values()),
    )


def unknown_events(pbx: str) -> dict[str, int]:
    """How many lines of each event that Helin does not know, the most first. One query."""
    found: Counter[str] = Counter()
    for counts in (
        LedgerFile.objects.filter(pbx=pbx).exclude(unknown={}).values_list("unknown", flat=True)
    ):
        found.update(counts)
    return dict(found.most_common())


def completeness_of(tenant: Tenant, since: datetime, until: datetime) -> Completeness:
    """Of the tenant's figures in [since, until): its PBX's gaps and those of its imported history.
    Two queries; in any scope."""
    gaps = LedgerGap.objects.filter(
        pbx__in=(tenant.pbx, import_pbx(tenant.slug)),
        closed_at=None,
        since__lt=until,
        until__gt=since,
    )
    found = [Gap(*row) for row in gaps.values_list("since", "until", "cause")]
    return completeness_within(found, since, until, complete_to(tenant))


def complete_to(tenant: Tenant) -> datetime | None:
    """Everything that the tenant's PBX wrote before is in the figures; None: not known. One query."""
    marks = LedgerMark.objects.filter(pbx=tenant.pbx)
    return marks.values_list("complete_to", flat=True).first()
