"""How well the ledger is."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db.models import Max, Sum
from redis.exceptions import RedisError

from telephony.calls.models import BuildProgress
from telephony.ledger.models import LedgerFile

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
    for counts in LedgerFile.objects.filter(pbx=pbx).exclude(unknown={}).values_list(
        "unknown", flat=True
    ):
        found.update(counts)
    return dict(found.most_common())
