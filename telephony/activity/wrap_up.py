"""After-call work, kept with the visit that it followed, so that figures can sum it like the talk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from telephony.activity.facts import Who

# the queue log tells whole seconds, so the talk may have ended up to one later, and the pause takes
# a moment to follow; what still goes on is not counted yet
_AFTER = "interval '3 seconds'"
_BEFORE = "interval '0.5 seconds'"
_LONGEST_VISIT = timedelta(days=1)

_WRITE = f"""
UPDATE telephony_queuevisit visit SET wrap_up_ms = found.ms
FROM (
  SELECT answered.id, coalesce((
    SELECT round(extract(epoch FROM done.until - done.since) * 1000)::int
    FROM telephony_agentactivity done
    WHERE done.tenant_id = answered.tenant_id AND done.agent_id = answered.agent_id
      AND done.member = '' AND done.until IS NOT NULL
      AND done.since >= answered.ended_at - {_BEFORE} AND done.since < answered.ended_at + {_AFTER}
      AND (done.state = 'wrapping_up' OR done.pauses ->> answered.group_id::text = 'wrap-up')
    ORDER BY done.since LIMIT 1), 0) AS ms
  FROM unnest(%(tenants)s::bigint[], %(agents)s::bigint[], %(at)s::timestamptz[])
    AS who (tenant_id, agent_id, at)
  JOIN telephony_queuevisit answered
    ON answered.tenant_id = who.tenant_id AND answered.agent_id = who.agent_id
    AND answered.entered_at >= %(earliest)s AND answered.ended_at >= who.at - {_AFTER}
  WHERE answered.pbx = %(pbx)s
) found
WHERE visit.id = found.id AND visit.wrap_up_ms <> found.ms
"""  # noqa: S608 - every word is our own


def write_wrap_ups(pbx: str, starts: Mapping[Who, datetime]) -> None:
    """Of visits that these agents answered and that ended at their instant or later."""
    known = [(who, at) for who, at in starts.items() if who.agent_id is not None]
    if not known:
        return
    earliest = min(at for _, at in known)
    parameters: dict[str, Any] = {
        "pbx": pbx,
        "tenants": [who.tenant_id for who, _ in known],
        "agents": [who.agent_id for who, _ in known],
        "at": [at for _, at in known],
        "earliest": earliest - _LONGEST_VISIT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, parameters)
