"""Calls that an agent sent into another queue after asking there: two names in the queue log for one.

The agent's own call waits in the second queue; when he puts the caller through, the caller takes its
place. Asterisk then writes that the first talk ended (ATTENDEDTRANSFER APP) under the name of the
agent's call, and what becomes of the stay in the second queue under the caller's.
"""

from __future__ import annotations

from django.db import connection

_ANY = """
SELECT EXISTS (SELECT FROM telephony_queuelogline
               WHERE pbx = %(pbx)s AND event = 'ATTENDEDTRANSFER' AND data1 = 'APP')
"""
# told: the end of a talk in a queue that the call never entered; begun: where that talk began
_MOVED = """
WITH told AS (
  SELECT pbx, tenant_id, callid, queue, agent, at, data4 FROM telephony_queuelogline
  WHERE pbx = %(pbx)s AND callid = ANY(%(callids)s)
    AND event = 'ATTENDEDTRANSFER' AND data1 = 'APP'
  UNION
  SELECT told.pbx, told.tenant_id, told.callid, told.queue, told.agent, told.at, told.data4
  FROM telephony_queuelogline begun JOIN telephony_queuelogline told
    ON told.pbx = begun.pbx AND told.agent = begun.agent AND told.queue = begun.queue
    AND told.at >= begun.at AND told.at < begun.at + interval '1 day'
    AND told.event = 'ATTENDEDTRANSFER' AND told.data1 = 'APP'
  WHERE begun.pbx = %(pbx)s AND begun.callid = ANY(%(callids)s) AND begun.event = 'CONNECT'
)
SELECT DISTINCT ON (told.callid) told.callid, begun.callid
FROM told JOIN telephony_queuelogline begun
  ON begun.pbx = told.pbx AND begun.tenant_id = told.tenant_id AND begun.agent = told.agent
  AND begun.event = 'CONNECT' AND begun.queue = told.queue AND begun.callid <> told.callid
  AND begun.at BETWEEN told.at - make_interval(secs => told.data4::int + 2)
               AND told.at - make_interval(secs => told.data4::int - 2)
WHERE told.data4 ~ '^[0-9]{1,8}$' AND NOT EXISTS (
  SELECT FROM telephony_queuelogline entry
  WHERE entry.pbx = told.pbx AND entry.callid = told.callid AND entry.queue = told.queue
    AND entry.event = 'ENTERQUEUE')
ORDER BY told.callid, begun.at DESC, begun.callid
"""


def moved_stays(*, pbx: str, callids: set[str]) -> dict[str, str]:
    """Callers' calls by the agents' calls whose place they took, as far as `callids` are concerned."""
    if not callids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ANY, {"pbx": pbx})
        (is_any,) = cursor.fetchone() or (False,)
        if not is_any:
            return {}
        cursor.execute(_MOVED, {"pbx": pbx, "callids": sorted(callids)})
        return dict(cursor.fetchall())
