"""Stays in queues out of queue_log lines: one statement, however many calls.

The order of lines decides, never their clock; imported lines, which come in any order, have it in
their `place`. A line belongs to its call's stay in the queue it names. Formats, of Asterisk 13 to 22: ENTERQUEUE
url|number|position; CONNECT hold|channel|ring; ABANDON and EXITEMPTY position|first|wait;
EXITWITHTIMEOUT the same; EXITWITHKEY key|position|first|wait; COMPLETEAGENT and COMPLETECALLER
hold|talk|first; BLINDTRANSFER and TRANSFER exten|context|hold|talk|first; ATTENDEDTRANSFER
BRIDGE or APP|what|hold|talk|first, or LINK|one|other|hold|talk|first. Our dialplan adds HELIN_CLOSED
and HELIN_OVERFLOW status|..., because app_queue says nothing of those whom it does not take; others'
dialplans write CLOSED, FULL and JOINEMPTY. RINGNOANSWER, of each phone that rang in vain, ends none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from telephony.ledger.owners import is_import
from telephony.ledger.queue_events import COMPLETED, ENTRY, LEFT, REFUSED, RUNG_IN_VAIN
from telephony.ledger.queue_events import OF_VISITS as EVENTS

__all__ = ["EVENTS", "digest_visits", "keep_staged_visits", "stage_visits"]

# of lines that PBXes of our own wrote, and of those that were imported
_ORDERS = {False: ("id", "id"), True: ("place", "identity")}

# Everything up to the rows of telephony_queuevisit, without their calls
_VISITS = r"""
WITH line AS (
  SELECT {first} AS place, {order} AS ordered, at, tenant_id,
         coalesce(moved.caller, line.callid) AS callid, queue, agent,
         data1, data2, data3, data4, data5,
         CASE event WHEN 'HELIN_CLOSED' THEN 'CLOSED' WHEN 'HELIN_OVERFLOW' THEN data1
                    ELSE event END AS event
  FROM telephony_queuelogline line
  LEFT JOIN unnest(%(moved)s::text[], %(callers)s::text[]) AS moved (callid, caller)
    ON moved.callid = line.callid
  WHERE pbx = %(pbx)s AND line.callid = ANY(%(callids)s) AND event = ANY(%(events)s)
    -- an overflow of those who were in the queue is told by the queue itself
    AND (event <> 'HELIN_OVERFLOW' OR data1 = ANY(%(refused)s))
),
plain AS MATERIALIZED (  -- most calls: one entry, then one end; no order to find out
  SELECT callid, min(queue) AS queue, 1::bigint AS turn, min(tenant_id) AS tenant_id,
         min(place) AS place, min(at) FILTER (WHERE event = 'ENTERQUEUE') AS entered_at,
         min(data2) FILTER (WHERE event = 'ENTERQUEUE') AS caller,
         coalesce(min(event) FILTER (WHERE event = 'CONNECT'),
                  min(event) FILTER (WHERE event <> 'ENTERQUEUE')) AS event,
         coalesce(min(at) FILTER (WHERE event = 'CONNECT'),
                  min(at) FILTER (WHERE event <> 'ENTERQUEUE')) AS settled_at,
         min(agent) FILTER (WHERE event <> 'ENTERQUEUE') AS agent,
         min(CASE event WHEN 'CONNECT' THEN data1 WHEN 'ABANDON' THEN data3 END) AS said_wait,
         min(at) FILTER (WHERE event IN ('COMPLETEAGENT', 'COMPLETECALLER')) AS completed_at,
         min(data2) FILTER (WHERE event IN ('COMPLETEAGENT', 'COMPLETECALLER')) AS said_talk
  FROM line WHERE event <> %(rung)s GROUP BY callid
  HAVING count(*) <= 3 AND min(queue) = max(queue)
     AND count(*) FILTER (WHERE event = 'ENTERQUEUE') = 1
     AND CASE count(*)
         WHEN 3 THEN count(*) FILTER (WHERE event = 'CONNECT') = 1
           AND count(*) FILTER (WHERE event IN ('COMPLETEAGENT', 'COMPLETECALLER')) = 1
           AND min(agent) FILTER (WHERE event <> 'ENTERQUEUE') = max(agent) FILTER (
             WHERE event <> 'ENTERQUEUE')
           AND min(place) FILTER (WHERE event = 'ENTERQUEUE')
               < min(place) FILTER (WHERE event = 'CONNECT')
           AND min(place) FILTER (WHERE event = 'CONNECT')
               < min(place) FILTER (WHERE event IN ('COMPLETEAGENT', 'COMPLETECALLER'))
         WHEN 2 THEN count(*) FILTER (WHERE event IN ('CONNECT', 'ABANDON')) = 1
           AND min(place) FILTER (WHERE event = 'ENTERQUEUE')
               < min(place) FILTER (WHERE event <> 'ENTERQUEUE')
         ELSE true END
),
entered AS (  -- a file that has each line twice tells of one stay
  SELECT line.*,
         event = ANY(%(entries)s) AND NOT coalesce(
           event = 'ENTERQUEUE' AND lag(event) OVER told = event AND lag(at) OVER told = at, false
         ) AS is_entry
  FROM line WHERE event <> %(rung)s AND callid NOT IN (SELECT callid FROM plain)
  WINDOW told AS (PARTITION BY callid, queue ORDER BY place, ordered)
),
turned AS (
  SELECT entered.*, count(*) FILTER (WHERE is_entry) OVER told AS turn
  FROM entered WINDOW told AS (PARTITION BY callid, queue ORDER BY place, ordered)
),
told AS (
  SELECT turned.*,
         row_number() OVER stay AS n,
         count(*) FILTER (WHERE event <> 'ENTERQUEUE') OVER stay AS settlings,
         count(*) FILTER (WHERE event = ANY(%(completed)s)) OVER stay AS completions,
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
  FROM turned
  WINDOW stay AS (PARTITION BY callid, queue, turn ORDER BY place, ordered)
),
number AS (
  SELECT told.*,
         CASE WHEN said_wait ~ '^[0-9]{{1,8}}$' THEN said_wait::int END AS hold,
         CASE WHEN said_talk ~ '^[0-9]{{1,8}}$' THEN said_talk::int END AS talk,
         event <> 'ENTERQUEUE' AND settlings = 1 AS settles,
         event = ANY(%(completed)s) AND completions = 1 AS completes
  FROM told
),
stayed AS (
  SELECT callid, queue, turn, min(tenant_id) AS tenant_id, min(place) AS place,
         -- how it began; lines without a beginning come of a history that was cut
         min(CASE WHEN event = ANY(%(entries)s) THEN at
                  ELSE at - make_interval(secs => coalesce(hold, 0) + coalesce(talk, 0)) END
         ) FILTER (WHERE n = 1) AS entered_at,
         coalesce(min(data2) FILTER (WHERE n = 1 AND event = 'ENTERQUEUE'), '') AS caller,
         -- what ended the waiting
         min(event) FILTER (WHERE settles) AS event,
         min(at) FILTER (WHERE settles) AS settled_at,
         min(agent) FILTER (WHERE settles) AS agent,
         min(hold) FILTER (WHERE settles) AS hold,
         min(at) FILTER (WHERE completes) AS completed_at,
         min(talk) FILTER (WHERE completes) AS talk
  FROM number GROUP BY callid, queue, turn
  UNION ALL
  SELECT callid, queue, turn, tenant_id, place, entered_at, caller, event, settled_at, agent,
         CASE WHEN said_wait ~ '^[0-9]{{1,8}}$' THEN said_wait::int END, completed_at,
         CASE WHEN said_talk ~ '^[0-9]{{1,8}}$' THEN said_talk::int END
  FROM plain
),
restart AS MATERIALIZED (  -- and until when the PBX before it was known to run
  SELECT {first} AS place, coalesce((
    SELECT min(gap.since) FROM telephony_ledgergap gap
    WHERE gap.pbx = line.pbx AND gap.cause = 'pbx_away' AND gap.until = line.at), line.at) AS at
  FROM telephony_queuelogline line WHERE line.pbx = %(pbx)s AND line.event = 'QUEUESTART'
),
known AS MATERIALIZED (
  SELECT tenant_id, name, since,
         lead(since, 1, 'infinity') OVER (PARTITION BY tenant_id, name ORDER BY since) AS until,
         (facts->>'short_abandon_seconds')::int AS short_abandon,
         (facts->>'answer_within_seconds')::int AS answer_within,
         facts->>'service_level_mode' AS mode,
         (facts->>'queue_id')::bigint AS queue_id,
         (facts->>'group_id')::bigint AS group_id
  FROM telephony_companyfact
  WHERE kind = %(queue_kind)s AND tenant_id IN (SELECT DISTINCT tenant_id FROM stayed)
),
member AS MATERIALIZED (
  SELECT tenant_id, name, (facts->>'agent_id')::bigint AS agent_id
  FROM telephony_companyfact
  WHERE kind = 'oldagent' AND tenant_id IN (SELECT DISTINCT tenant_id FROM stayed)
    AND %(queue_kind)s = 'oldqueue'
),
seen AS (
  SELECT stayed.callid, stayed.tenant_id, stayed.queue, stayed.entered_at, stayed.caller,
         stayed.event, stayed.settled_at, stayed.hold, stayed.agent, stayed.completed_at,
         stayed.talk, CASE WHEN cut.at IS NOT NULL
           THEN greatest(cut.at, stayed.entered_at, stayed.settled_at) END AS restarted_at,
         row_number() OVER (PARTITION BY stayed.callid
                            ORDER BY stayed.place, stayed.settled_at, stayed.queue) AS stay,
         count(*) OVER (PARTITION BY stayed.callid) AS stays,
         stayed.event = 'CONNECT' OR stayed.event = ANY(%(completed)s) AS is_answered,
         coalesce(known.short_abandon, 5) AS short_abandon,
         coalesce(known.answer_within, 20) AS answer_within,
         coalesce(known.mode, 'abandons_negative') AS mode,
         known.queue_id, known.group_id, member.agent_id AS old_agent_id, tenant.slug
  FROM stayed
  JOIN callcenter_tenant tenant ON tenant.id = stayed.tenant_id
  LEFT JOIN LATERAL (
    SELECT min(restart.at) AS at FROM restart
    WHERE stayed.completed_at IS NULL AND (stayed.event IS NULL OR stayed.event = 'CONNECT')
      AND restart.place > stayed.place
  ) cut ON true
  LEFT JOIN known ON known.tenant_id = stayed.tenant_id AND known.name = left(stayed.queue, 80)
    AND known.since <= stayed.entered_at AND stayed.entered_at < known.until
  LEFT JOIN member ON member.tenant_id = stayed.tenant_id AND member.name = left(stayed.agent, 80)
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
vain AS (  -- each ring is of the first stay that it fits, as two may share a second
  SELECT callid, stay, array_agg(DISTINCT agent_id ORDER BY agent_id) AS left_by FROM (
    SELECT DISTINCT ON (line.callid, line.queue, line.at, line.agent) line.callid, visit.stay,
           coalesce({rung}, 0) AS agent_id
    FROM line
    JOIN visit ON visit.callid = line.callid AND visit.queue = line.queue
      AND visit.tenant_id = line.tenant_id
      AND visit.entered_at <= line.at AND line.at <= coalesce(visit.left_at, 'infinity')
    LEFT JOIN member ON member.tenant_id = line.tenant_id AND member.name = left(line.agent, 80)
    WHERE line.event = %(rung)s
    ORDER BY line.callid, line.queue, line.at, line.agent, visit.stay
  ) rung GROUP BY callid, stay
),
digested AS (
  SELECT tenant_id, callid, stay, queue AS queue_name, queue_id, group_id,
         CASE WHEN is_answered THEN {answered} END AS agent_id,
         CASE WHEN is_answered THEN agent ELSE '' END AS member,
         left(caller, 80) AS caller_number, entered_at, left_at,
         CASE WHEN is_answered THEN coalesce(completed_at, restarted_at) ELSE left_at END
           AS ended_at,
         wait AS wait_seconds,
         CASE WHEN NOT is_answered THEN 0
              ELSE greatest(0, coalesce(
                talk, extract(epoch FROM completed_at - settled_at)::int,
                -- of imported history nobody knows how long before its restart the PBX died
                CASE WHEN NOT %(is_imported)s
                  THEN extract(epoch FROM restarted_at - settled_at)::int END, 0)) END
           AS talk_seconds,
         outcome, reason, short_abandon AS short_abandon_seconds,
         answer_within AS answer_within_seconds, mode AS service_level_mode, left_by, stays
  FROM visit LEFT JOIN vain USING (callid, stay)
)
"""
# a member's name, its company's and whom the import's map says it is, to the agent's id
_AGENT = (
    r"coalesce(CASE WHEN split_part({name}, '-', 1) = slug "
    r"THEN substring({name} FROM '^[a-z0-9]+-a([0-9]{{1,18}})$')::bigint END, {mapped})"
)
_COLUMNS = (
    "tenant_id", "callid", "stay", "queue_name", "queue_id", "group_id", "agent_id", "member",
    "caller_number", "entered_at", "left_at", "ended_at", "wait_seconds", "talk_seconds", "outcome",
    "reason", "short_abandon_seconds", "answer_within_seconds", "service_level_mode", "left_by",
)  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_GONE = """
  DELETE FROM telephony_queuevisit old
  WHERE old.pbx = %(pbx)s AND old.callid = ANY(%(callids)s)
    AND NOT EXISTS (
      SELECT FROM digested WHERE digested.callid = old.callid AND digested.stay = old.stay)
"""
# what identifies a visit, and so never changes
_KEPT = ("callid", "stay")
_UPDATES = "ON CONFLICT (pbx, callid, stay) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in _COLUMNS if name not in _KEPT
)
_DIGEST = (
    f"{_VISITS}, gone AS ({_GONE}) INSERT INTO telephony_queuevisit (pbx, {_NAMES}) "  # noqa: S608
    f"SELECT %(pbx)s, {_NAMES} FROM digested {_UPDATES}"
)


def digest_visits(*, pbx: str, callids: Sequence[str], moved: Mapping[str, str]) -> None:
    """Makes the visits of these calls anew from all their lines; run inside a transaction.

    `moved`: of calls whose lines are another's, that one; see moved_stays. Both are in `callids`.
    """
    with connection.cursor() as cursor:
        cursor.execute(*_digestion(_DIGEST, pbx, callids, moved))


def stage_visits(*, pbx: str, callids: Sequence[str], moved: Mapping[str, str]) -> None:
    """The same visits into `staged_visit`, a table of this transaction; none is written yet, and
    those that are no more are gone."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staged_visit")
        statement, parameters = _digestion(_VISITS, pbx, callids, moved)
        rows = f"{statement} SELECT * FROM digested"  # noqa: S608
        cursor.execute(f"CREATE TEMP TABLE staged_visit ON COMMIT DROP AS {rows}", parameters)
        cursor.execute("ANALYZE staged_visit")
        cursor.execute(_GONE.replace("digested", "staged_visit"), parameters)


def keep_staged_visits(*, pbx: str) -> None:
    """Writes what stage_visits made, each row with the call in `staged_call` (callid, call_id)."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO telephony_queuevisit (pbx, call_id, {_NAMES}) "  # noqa: S608
            f"SELECT %s, call_id, {_NAMES} FROM staged_visit JOIN staged_call USING (callid) "
            f"{_UPDATES}, call_id = excluded.call_id",
            [pbx],
        )


def _digestion(
    statement: str, pbx: str, callids: Sequence[str], moved: Mapping[str, str]
) -> tuple[str, dict[str, Any]]:
    is_imported = is_import(pbx)
    first, order = _ORDERS[is_imported]
    agents = {
        "answered": _AGENT.format(name="agent", mapped="old_agent_id"),
        "rung": _AGENT.format(name="line.agent", mapped="member.agent_id"),
    }
    return statement.format(first=first, order=order, **agents), {
        "pbx": pbx,
        "callids": list(callids),
        "moved": list(moved),
        "callers": list(moved.values()),
        "events": list(EVENTS),
        "entries": [*ENTRY, *REFUSED],
        "refused": list(REFUSED),
        "completed": list(COMPLETED),
        "rung": RUNG_IN_VAIN,
        "reasons": json.dumps({**REFUSED, **LEFT}),
        "is_imported": is_imported,
        "queue_kind": "oldqueue" if is_imported else "queue",
    }
