"""Stays in queues out of queue_log lines: one statement, however many calls.

The order of lines decides, never their clock. Formats, of Asterisk 13 to 22: ENTERQUEUE
url|number|position; CONNECT hold|channel|ring; ABANDON and EXITEMPTY position|first|wait;
EXITWITHTIMEOUT the same; EXITWITHKEY key|position|first|wait; COMPLETEAGENT and COMPLETECALLER
hold|talk|first; BLINDTRANSFER and TRANSFER exten|context|hold|talk|first; ATTENDEDTRANSFER
BRIDGE or APP|what|hold|talk|first, or LINK|one|other|hold|talk|first. Our dialplan adds HELIN_CLOSED
and HELIN_OVERFLOW status|..., because app_queue says nothing of those whom it does not take; others'
dialplans write CLOSED, FULL and JOINEMPTY.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db import connection

ENTRY = ("ENTERQUEUE",)
REFUSED = {
    "FULL": "full",
    "JOINEMPTY": "no_agents",
    "JOINUNAVAIL": "no_agents",
    "CLOSED": "closed",
}
LEFT = {
    "EXITWITHTIMEOUT": "timeout",
    "EXITEMPTY": "agents_left",
    "EXITWITHKEY": "key",
}
COMPLETED = (
    "COMPLETEAGENT", "COMPLETECALLER", "TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER",
)  # fmt: skip
OURS = ("HELIN_CLOSED", "HELIN_OVERFLOW")
EVENTS = (*ENTRY, *REFUSED, *OURS, "CONNECT", "ABANDON", *LEFT, *COMPLETED)

_DIGEST = r"""
WITH line AS (
  SELECT id, at, tenant_id, callid, queue, agent, data1, data2, data3, data4, data5,
         CASE event WHEN 'HELIN_CLOSED' THEN 'CLOSED' WHEN 'HELIN_OVERFLOW' THEN data1
                    ELSE event END AS event
  FROM telephony_queuelogline
  WHERE pbx = %(pbx)s AND callid = ANY(%(callids)s) AND event = ANY(%(events)s)
    -- an overflow of those who were in the queue is told by the queue itself
    AND (event <> 'HELIN_OVERFLOW' OR data1 = ANY(%(refused)s))
),
told AS (
  SELECT line.*,
         count(*) FILTER (WHERE event = ANY(%(entries)s))
           OVER (PARTITION BY callid ORDER BY id) AS stay,
         CASE WHEN event IN ('CONNECT', 'COMPLETEAGENT', 'COMPLETECALLER') THEN data1
              WHEN event IN ('ABANDON', 'EXITEMPTY', 'EXITWITHTIMEOUT') THEN data3
              WHEN event = 'EXITWITHKEY' THEN data4
              WHEN event IN ('TRANSFER', 'BLINDTRANSFER') THEN data3
              WHEN event = 'ATTENDEDTRANSFER' AND data1 = 'LINK' THEN data4
              WHEN event = 'ATTENDEDTRANSFER' THEN data3 END AS said_wait,
         CASE WHEN event IN ('COMPLETEAGENT', 'COMPLETECALLER') THEN data2
              WHEN event IN ('TRANSFER', 'BLINDTRANSFER') THEN data4
              WHEN event = 'ATTENDEDTRANSFER' AND data1 = 'LINK' THEN split_part(data5, '|', 1)
              WHEN event = 'ATTENDEDTRANSFER' THEN data4 END AS said_talk
  FROM line
),
number AS (
  SELECT told.*,
         CASE WHEN said_wait ~ '^[0-9]{1,8}$' THEN said_wait::int END AS hold,
         CASE WHEN said_talk ~ '^[0-9]{1,8}$' THEN said_talk::int END AS talk
  FROM told
),
first AS (  -- how the stay began; lines without a beginning come of a history that was cut
  SELECT DISTINCT ON (callid, stay) callid, stay, id, event, queue,
         CASE WHEN event = ANY(%(entries)s) THEN at
              ELSE at - make_interval(secs => coalesce(hold, 0) + coalesce(talk, 0)) END AS at,
         CASE WHEN event = 'ENTERQUEUE' THEN data2 ELSE '' END AS caller
  FROM number ORDER BY callid, stay, id
),
owner AS (
  SELECT callid, stay, min(tenant_id) AS tenant_id FROM number GROUP BY callid, stay
),
settled AS (  -- what ended the waiting
  SELECT DISTINCT ON (callid, stay) callid, stay, id, at, event, agent, hold, talk
  FROM number WHERE event <> 'ENTERQUEUE' ORDER BY callid, stay, id
),
completed AS (
  SELECT DISTINCT ON (callid, stay) callid, stay, at, talk, agent
  FROM number WHERE event = ANY(%(completed)s) ORDER BY callid, stay, id
),
seen AS (
  SELECT first.callid, first.stay, owner.tenant_id, first.queue, first.at AS entered_at,
         first.caller, settled.event, settled.at AS settled_at, settled.hold, settled.agent,
         completed.at AS completed_at, completed.talk, restart.at AS restarted_at,
         settled.event = 'CONNECT' OR settled.event = ANY(%(completed)s) AS is_answered,
         coalesce((fact.facts->>'short_abandon_seconds')::int, 5) AS short_abandon,
         coalesce((fact.facts->>'answer_within_seconds')::int, 20) AS answer_within,
         coalesce(fact.facts->>'service_level_mode', 'abandons_negative') AS mode,
         (fact.facts->>'queue_id')::bigint AS queue_id,
         (fact.facts->>'group_id')::bigint AS group_id
  FROM first
  JOIN owner USING (callid, stay)
  LEFT JOIN settled USING (callid, stay)
  LEFT JOIN completed USING (callid, stay)
  LEFT JOIN LATERAL (
    SELECT min(start.at) AS at FROM telephony_queuelogline start
    WHERE completed.at IS NULL AND start.pbx = %(pbx)s AND start.event = 'QUEUESTART'
      AND start.id > first.id
  ) restart ON true
  LEFT JOIN LATERAL (
    SELECT facts FROM telephony_companyfact known
    WHERE known.tenant_id = owner.tenant_id AND known.kind = 'queue'
      AND known.name = left(first.queue, 80) AND known.since <= first.at
    ORDER BY known.since DESC LIMIT 1
  ) fact ON true
  WHERE owner.tenant_id IS NOT NULL
),
timed AS (
  SELECT seen.*,
         CASE WHEN event = ANY(%(refused)s) THEN 0
              WHEN event IS NOT NULL
                THEN greatest(0, coalesce(hold, extract(epoch FROM settled_at - entered_at)::int))
              WHEN restarted_at IS NOT NULL
                THEN greatest(0, extract(epoch FROM restarted_at - entered_at)::int)
              ELSE 0 END AS wait
  FROM seen
),
visit AS (
  SELECT timed.*,
    CASE WHEN is_answered THEN 'answered'
         WHEN event = 'ABANDON' AND wait <= short_abandon THEN 'short_abandoned'
         WHEN event = 'ABANDON' THEN 'abandoned'
         WHEN event IS NOT NULL THEN 'overflowed'
         WHEN restarted_at IS NOT NULL THEN 'abandoned'
         ELSE 'waiting' END AS outcome,
    CASE WHEN is_answered OR event = 'ABANDON' THEN ''
         WHEN event IS NOT NULL THEN coalesce(%(reasons)s::jsonb->>event, '')
         WHEN restarted_at IS NOT NULL THEN 'restart'
         ELSE '' END AS reason,
    coalesce(settled_at, restarted_at) AS left_at
  FROM timed
),
gone AS (
  DELETE FROM telephony_queuevisit old
  WHERE old.pbx = %(pbx)s AND old.callid = ANY(%(callids)s)
    AND NOT EXISTS (SELECT FROM visit WHERE visit.callid = old.callid AND visit.stay = old.stay)
)
INSERT INTO telephony_queuevisit (
  tenant_id, pbx, callid, stay, queue_name, queue_id, group_id, agent_id, member, caller_number,
  entered_at, left_at, ended_at, wait_seconds, talk_seconds, outcome, reason,
  short_abandon_seconds, answer_within_seconds, service_level_mode)
SELECT tenant_id, %(pbx)s, callid, stay, queue, queue_id, group_id,
       CASE WHEN is_answered
            THEN nullif(substring(agent FROM '^[a-z][a-z0-9]{1,30}-a([0-9]{1,18})$'), '')::bigint END,
       CASE WHEN is_answered THEN agent ELSE '' END,
       left(caller, 80), entered_at, left_at,
       CASE WHEN is_answered THEN coalesce(completed_at, restarted_at) ELSE left_at END,
       wait,
       CASE WHEN NOT is_answered THEN 0
            ELSE greatest(0, coalesce(
              talk, extract(epoch FROM completed_at - settled_at)::int, 0)) END,
       outcome, reason, short_abandon, answer_within, mode
FROM visit
ON CONFLICT (pbx, callid, stay) DO UPDATE SET
  tenant_id = excluded.tenant_id, queue_name = excluded.queue_name,
  queue_id = excluded.queue_id, group_id = excluded.group_id, agent_id = excluded.agent_id,
  member = excluded.member, caller_number = excluded.caller_number,
  entered_at = excluded.entered_at, left_at = excluded.left_at, ended_at = excluded.ended_at,
  wait_seconds = excluded.wait_seconds, talk_seconds = excluded.talk_seconds,
  outcome = excluded.outcome, reason = excluded.reason,
  short_abandon_seconds = excluded.short_abandon_seconds,
  answer_within_seconds = excluded.answer_within_seconds,
  service_level_mode = excluded.service_level_mode
"""


def digest_visits(*, pbx: str, callids: Sequence[str]) -> None:
    """Makes the visits of these calls anew from all their lines; run inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DIGEST,
            {
                "pbx": pbx,
                "callids": list(callids),
                "events": list(EVENTS),
                "entries": [*ENTRY, *REFUSED],
                "refused": list(REFUSED),
                "completed": list(COMPLETED),
                "reasons": json.dumps({**REFUSED, **LEFT}),
            },
        )
