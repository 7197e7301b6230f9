"""Imported calls whose end is in no file: ended as what they are, not known, rather than never.

No call lasts a day: where a history goes on for longer than that after a call's last line, the end is
not merely in a file to come. If one turns up all the same, the call is built again with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from telephony.calls.models import BuildProgress, Call, QueueVisit
from telephony.calls.services import build_these
from telephony.ledger.queue_events import LOST

LONGEST_CALL = timedelta(hours=24)
_AT_ONCE = 10_000

# who waited is in the figures as overflowed for a reason that nobody said
_VISITS = """
UPDATE telephony_queuevisit SET
  ended_at = coalesce(left_at, entered_at), left_at = coalesce(left_at, entered_at), reason = %(lost)s,
  outcome = CASE WHEN outcome = 'waiting' THEN 'overflowed' ELSE outcome END
WHERE pbx = %(pbx)s AND ended_at IS NULL AND coalesce(left_at, entered_at) < %(before)s
"""
_CALLS = """
UPDATE telephony_call call SET reason = %(lost)s,
  ended_at = greatest(call.started_at, call.answered_at, known.ended_at, leg.ended_at),
  outcome = CASE WHEN call.answered_at IS NOT NULL THEN 'answered'
                 WHEN known.ended_at IS NOT NULL THEN 'overflowed'
                 WHEN call.direction = 'in' THEN 'abandoned' ELSE 'failed' END
FROM telephony_call old
LEFT JOIN LATERAL (SELECT max(ended_at) AS ended_at FROM telephony_queuevisit
                   WHERE call_id = old.id AND tenant_id = old.tenant_id) known ON true
LEFT JOIN LATERAL (SELECT max(greatest(started_at, answered_at, ended_at)) AS ended_at
                   FROM telephony_callleg WHERE call_id = old.id) leg ON true
WHERE call.id = old.id AND old.pbx = %(pbx)s AND old.ended_at IS NULL
  AND greatest(old.started_at, old.answered_at, known.ended_at, leg.ended_at) < %(before)s
"""

_SPANNING = """
SELECT DISTINCT visit.callid
FROM telephony_queuelogline restart JOIN telephony_queuevisit visit
  ON visit.tenant_id = restart.tenant_id AND visit.pbx = restart.pbx
  AND visit.entered_at BETWEEN restart.at - %(longest)s AND restart.at
  AND visit.ended_at >= restart.at
WHERE restart.pbx = %(pbx)s AND restart.event = 'QUEUESTART' AND restart.id > %(built)s
"""


@dataclass(frozen=True, slots=True)
class Unended:
    """`calls`: how many ended so. `changed`: ids of calls and channels that end otherwise than before."""

    calls: int
    changed: frozenset[str]


def spanning_new_restarts(pbx: str) -> set[str]:
    """Calls that stood in a queue or talked across a restart that is not built yet: a later one, of a
    file that was read before, may be taken to have ended them."""
    progress = BuildProgress.objects.filter(pbx=pbx).first() or BuildProgress(pbx=pbx)
    words: dict[str, Any] = {"pbx": pbx, "longest": LONGEST_CALL, "built": progress.queue_line}
    with connection.cursor() as cursor:
        cursor.execute(_SPANNING, words)
        return {row[0] for row in cursor.fetchall()}


def end_what_went_on(*, pbx: str) -> Unended:
    """After everything of an imported history is built; in a system scope.

    What was ended so before is built again first: lines may have come that say more.
    """
    with transaction.atomic():
        before = _lost(pbx)
        again = sorted({name for name, *_ in before})
        for start in range(0, len(again), _AT_ONCE):
            part = set(again[start : start + _AT_ONCE])
            build_these(pbx, part, part)
        latest = max(
            filter(
                None,
                (
                    QueueVisit.objects.filter(pbx=pbx).aggregate(last=Max("entered_at"))["last"],
                    Call.objects.filter(pbx=pbx).aggregate(last=Max("started_at"))["last"],
                ),
            ),
            default=None,
        )
        if latest is None:
            return Unended(0, frozenset())
        words = {"pbx": pbx, "lost": LOST, "before": latest - LONGEST_CALL}
        with connection.cursor() as cursor:
            cursor.execute(_VISITS, words)
            cursor.execute(_CALLS, words)
            calls = int(cursor.rowcount)
        return Unended(calls, frozenset(name for name, *_ in before ^ _lost(pbx)))


def _lost(pbx: str) -> set[tuple[str, int, datetime | None]]:
    visits = QueueVisit.objects.filter(pbx=pbx, reason=LOST)
    calls = Call.objects.filter(pbx=pbx, reason=LOST)
    return set(visits.values_list("callid", "stay", "ended_at")) | {
        (linkedid, 0, ended_at) for linkedid, ended_at in calls.values_list("linkedid", "ended_at")
    }
