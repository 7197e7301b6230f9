"""After-call work, kept with the visit that it followed, so that figures can sum it like the talk.

It lasts until the agent is neither at it nor rung or talking, and is that without the ringing and
talking. Where calls of one agent end at once it is the last one's: no second is counted twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from telephony.activity.facts import Who

# the queue log tells whole seconds, so the talk may have ended up to one later, and the pause takes
# a moment to follow; what still goes on is not counted yet
_AFTER = "interval '3 seconds'"
_BEFORE = "interval '0.5 seconds'"
_LONGEST_VISIT = timedelta(days=1)

_WHO = (
    "unnest(%(tenants)s::bigint[], %(agents)s::bigint[], %(at)s::timestamptz[])"
    " WITH ORDINALITY AS who (tenant_id, agent_id, at, n)"
)
# since when after-call work may have gone on at each one's instant
_BEGINS = f"""
SELECT least(who.at, coalesce(calm.until, first.since)) FROM {_WHO}
LEFT JOIN LATERAL (
  SELECT one.until FROM telephony_agentactivity one
  WHERE one.tenant_id = who.tenant_id AND one.agent_id = who.agent_id AND one.member = ''
    AND one.pbx = %(pbx)s AND one.since < who.at
    AND one.state NOT IN ('wrapping_up', 'ringing', 'in_call')
    AND NOT coalesce(jsonb_path_exists(one.pauses, '$.* ? (@ == "wrap-up")'), false)
  ORDER BY one.since DESC LIMIT 1) calm ON true
LEFT JOIN LATERAL (
  SELECT one.since FROM telephony_agentactivity one
  WHERE one.tenant_id = who.tenant_id AND one.agent_id = who.agent_id AND one.member = ''
    AND one.pbx = %(pbx)s
  ORDER BY one.since LIMIT 1) first ON calm.until IS NULL
ORDER BY who.n
"""  # noqa: S608
_OF_AGENT = """{0}.tenant_id = answered.tenant_id AND {0}.agent_id = answered.agent_id
    AND {0}.member = '' AND {0}.pbx = %(pbx)s"""
_IS_WORK = "({0}.state = 'wrapping_up' OR {0}.pauses ->> answered.group_id::text = 'wrap-up')"
# OFFSET: else PostgreSQL does not see that the index leads from one instant to the other
_WRITE = f"""
WITH answered AS (
  SELECT visit.* FROM {_WHO}
  JOIN telephony_queuevisit visit
    ON visit.tenant_id = who.tenant_id AND visit.agent_id = who.agent_id
    AND visit.entered_at >= %(earliest)s AND visit.ended_at >= who.at - {_AFTER}
  WHERE visit.pbx = %(pbx)s
),
done AS (
  SELECT DISTINCT ON (work.id) answered.id AS visit_id, work.since, work.until
  FROM answered
  CROSS JOIN LATERAL (
    SELECT one.since FROM telephony_agentactivity one
    WHERE {_OF_AGENT.format("one")} AND {_IS_WORK.format("one")}
      AND one.since >= answered.ended_at - {_BEFORE} AND one.since < answered.ended_at + {_AFTER}
    ORDER BY one.since LIMIT 1) begun
  CROSS JOIN LATERAL (
    SELECT coalesce((
      SELECT one.since FROM telephony_agentactivity one
      WHERE {_OF_AGENT.format("one")} AND one.since > begun.since
        AND one.state NOT IN ('ringing', 'in_call')
        AND NOT coalesce({_IS_WORK.format("one")}, false)
      ORDER BY one.since LIMIT 1), 'infinity') AS since OFFSET 0) over
  CROSS JOIN LATERAL (
    SELECT one.id, one.since, one.until FROM telephony_agentactivity one
    WHERE {_OF_AGENT.format("one")} AND {_IS_WORK.format("one")} AND one.until IS NOT NULL
      AND one.since >= begun.since AND one.since < over.since OFFSET 0) work
  ORDER BY work.id, answered.ended_at DESC, answered.left_at DESC, answered.callid DESC,
           answered.stay DESC
),
found AS (
  SELECT answered.id, coalesce(
    round(extract(epoch FROM sum(done.until - done.since)) * 1000)::int, 0) AS ms
  FROM answered LEFT JOIN done ON done.visit_id = answered.id GROUP BY answered.id
)
UPDATE telephony_queuevisit visit SET wrap_up_ms = found.ms
FROM found WHERE visit.id = found.id AND visit.wrap_up_ms <> found.ms
"""  # noqa: S608 - every word is our own
# a late line may say that nobody answered it, or somebody who is no agent here
_NOBODYS = """
UPDATE telephony_queuevisit SET wrap_up_ms = 0
WHERE pbx = %(pbx)s AND callid = ANY(%(callids)s) AND agent_id IS NULL AND wrap_up_ms <> 0
"""


def write_wrap_ups(pbx: str, starts: Mapping[Who, datetime], callids: Collection[str] = ()) -> None:
    """Of visits that these agents answered and whose after-call work may go on at their instant or
    later; `callids`: whose visits are new, and perhaps no agent's any longer."""
    known = [(who, at) for who, at in starts.items() if who.agent_id is not None]
    parameters: dict[str, Any] = {
        "pbx": pbx,
        "callids": list(callids),
        "tenants": [who.tenant_id for who, _ in known],
        "agents": [who.agent_id for who, _ in known],
        "at": [at for _, at in known],
    }
    with connection.cursor() as cursor:
        if callids:
            cursor.execute(_NOBODYS, parameters)
        if not known:
            return
        cursor.execute(_BEGINS, parameters)
        parameters["at"] = [row[0] for row in cursor.fetchall()]
        parameters["earliest"] = min(parameters["at"]) - _LONGEST_VISIT
        cursor.execute(_WRITE, parameters)
