"""What timelines are made of and what they become, for many agents at once: a few statements.

Agents and bare names have an index each, so each statement comes in two forms.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from telephony.activity.facts import Facts, Who, events_sql
from telephony.activity.timeline import Busy, Memory, Stretch, Told
from telephony.calls.legs import ring_seconds

Begin = tuple[datetime, Memory]
_IS = {"agent": "one.agent_id = who.agent_id", "name": "one.agent_id IS NULL"}
_NAMED = {"agent": "AND one.member = ''", "name": "AND one.member = who.member"}
_WHO = (
    "unnest(%(tenants)s::bigint[], %(agents)s::bigint[], %(members)s::text[], %(at)s::timestamptz[])"
    " WITH ORDINALITY AS who (tenant_id, agent_id, member, at, n)"
)
_CALM = """
SELECT who.n, calm.since, calm.memory FROM {who} CROSS JOIN LATERAL (
  SELECT one.since, one.memory FROM telephony_agentactivity one
  WHERE one.tenant_id = who.tenant_id AND {same} AND one.pbx = %(pbx)s AND one.since < who.at
    AND one.state NOT IN ('ringing', 'in_call')
  ORDER BY one.since DESC LIMIT 1) calm
"""
_DELETE = """
DELETE FROM telephony_agentactivity one USING {who}
WHERE one.tenant_id = who.tenant_id AND {same} AND one.pbx = %(pbx)s AND one.since >= who.at
"""
# of calls without channel events: another PBX's history, or events that are still to come
_FROM_LOG = """
SELECT who.n, line.agent, line.event, line.at, line.data1, line.data3,
       coalesce(call.linkedid, line.callid), coalesce(visit.group_id, call.group_id),
       CASE WHEN visit.left_at = line.at THEN visit.ended_at END,
       line.event = 'CONNECT' AND visit.left_at = line.at AND visit.queue_name = line.queue
         AND visit.member = line.agent
FROM unnest(%(n)s::int[], %(tenants)s::bigint[], %(names)s::text[], %(at)s::timestamptz[])
  AS who (n, tenant_id, name, at)
JOIN telephony_queuelogline line ON line.pbx = %(pbx)s AND line.tenant_id = who.tenant_id
  AND line.agent = who.name AND line.at >= who.at AND line.{events}
  AND line.event IN ('CONNECT', 'RINGNOANSWER', 'RINGCANCELED')
LEFT JOIN LATERAL (
  SELECT stay.call_id, stay.group_id, stay.queue_name, stay.member, stay.left_at, stay.ended_at
  FROM telephony_queuevisit stay
  WHERE stay.pbx = %(pbx)s AND stay.callid = line.callid AND stay.entered_at <= line.at
  ORDER BY stay.queue_name = line.queue DESC, stay.left_at = line.at DESC NULLS LAST,
           stay.member = line.agent DESC, stay.entered_at DESC, stay.stay DESC LIMIT 1
) visit ON true
LEFT JOIN telephony_call call ON call.id = visit.call_id
WHERE NOT EXISTS (SELECT FROM telephony_callleg leg WHERE leg.call_id = visit.call_id)
ORDER BY who.n, line.at, line.place NULLS FIRST, line.identity, line.id
"""
_LEGS = """
SELECT who.n, call.id, call.linkedid, call.group_id, call.ended_at, one.is_caller, one.started_at,
       one.answered_at, one.ended_at, one.ring_seconds, one."end"
FROM {who}
JOIN telephony_callleg one
  ON one.tenant_id = who.tenant_id AND {agent} AND one.started_at >= who.at
JOIN telephony_call call ON call.id = one.call_id AND call.part_of_id IS NULL AND call.pbx = %(pbx)s
ORDER BY who.n, one.started_at, call.linkedid, one.position
"""
_TOLD = """
SELECT who.n, line.at, line.event, line.queue, line.data1, line.agent
FROM unnest(%(n)s::int[], %(tenants)s::bigint[], %(names)s::text[], %(at)s::timestamptz[])
  AS who (n, tenant_id, name, at)
JOIN telephony_queuelogline line ON line.pbx = %(pbx)s AND line.tenant_id = who.tenant_id
  AND line.agent = who.name AND line.at > who.at AND line.{events}
ORDER BY who.n, line.at, line.place NULLS FIRST, line.identity, line.id
"""
_INSERT = """
INSERT INTO telephony_agentactivity (
  tenant_id, pbx, agent_id, member, state, reason, since, until, is_logged_in, group_ids, pauses,
  linkedid, call_group_id, memory)
SELECT tenant_id, %s, agent_id, member, state, reason, since, until, is_logged_in,
       group_ids::bigint[], pauses::jsonb, linkedid, call_group_id, memory::jsonb
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
            %s::timestamptz[], %s::bool[], %s::text[], %s::text[], %s::text[], %s::bigint[],
            %s::text[])
  AS new (tenant_id, agent_id, member, state, reason, since, until, is_logged_in, group_ids, pauses,
          linkedid, call_group_id, memory)
"""


def begins(pbx: str, touched: Mapping[Who, datetime]) -> dict[Who, Begin | None]:
    """The last moment before each instant at which no phone of the agent rang or talked."""
    found: dict[Who, Begin | None] = dict.fromkeys(touched)
    for ordered, rows in _both(_CALM, touched, pbx=pbx):
        for n, since, memory in rows:
            known = json.loads(memory) if isinstance(memory, str) else memory
            found[ordered[n - 1]] = (since, Memory.read(known))
    return found


def delete_from(pbx: str, starts: Mapping[Who, datetime]) -> None:
    """The rows of each from its instant on."""
    for _, _ in _both(_DELETE, starts, returns=False, pbx=pbx):
        pass


def told_of(pbx: str, starts: Mapping[Who, datetime], facts: Facts) -> dict[Who, list[Told]]:
    """Lines about each after its instant, by time; lines of one instant in the file's order."""
    found: dict[Who, list[Told]] = {who: [] for who in starts}
    for who, at, event, queue, data, member in _by_name(_TOLD, pbx, starts, facts):
        if facts.who(who.tenant_id, member, at) == who:
            found[who].append(Told(at, event, queue, data))
    return found


def _by_name(
    statement: str, pbx: str, starts: Mapping[Who, datetime], facts: Facts
) -> Iterable[tuple[Any, ...]]:
    """Rows about each, whatever names the lines have for him."""
    names = facts.members_of(pbx, starts)
    ordered = list(starts)
    asked = [(n, who, name) for n, who in enumerate(ordered) for name in names[who]]
    parameters = {
        "pbx": pbx,
        "n": [n for n, _, _ in asked],
        "tenants": [who.tenant_id for _, who, _ in asked],
        "names": [name for _, _, name in asked],
        "at": [starts[who] for _, who, _ in asked],
    }
    for n, *row in _fetch(statement.format(events=events_sql()), parameters):
        yield ordered[n], *row


def busy_of(pbx: str, starts: Mapping[Who, datetime], facts: Facts) -> dict[Who, list[Busy]]:
    """When phones of each rang and talked, of everything that ended at its instant or later."""
    found: dict[Who, list[Busy]] = {who: [] for who in starts}
    for who, member, event, at, rang, connected, *call in _by_name(_FROM_LOG, pbx, starts, facts):
        if facts.who(who.tenant_id, member, at) == who:
            found[who] += _of_line(event, at, rang, connected, *call)
    known = {who: at for who, at in starts.items() if who.agent_id is not None}
    legs = [
        (ordered[row[0] - 1], row[1:])
        for ordered, rows in _both(_LEGS, known, pbx=pbx)
        for row in rows
    ]
    stays = _stays({leg[0] for _, leg in legs})
    for who, leg in legs:
        found[who] += _of_leg(stays[leg[0]], *leg[1:])
    return found


def _stays(call_ids: set[int]) -> defaultdict[int, list[tuple[datetime, int | None]]]:
    found: defaultdict[int, list[tuple[datetime, int | None]]] = defaultdict(list)
    for call_id, at, group_id in _fetch(
        "SELECT call_id, entered_at, group_id FROM telephony_queuevisit "
        "WHERE call_id = ANY(%(calls)s) ORDER BY entered_at, callid, stay",
        {"calls": list(call_ids)},
    ):
        found[call_id].append((at, group_id))
    return found


def _of_line(
    event: str,
    at: datetime,
    rang: str,
    connected: str,
    linkedid: str,
    group_id: int | None,
    ended_at: datetime | None,
    is_talk: bool | None,
) -> Iterable[Busy]:
    ring = timedelta(seconds=ring_seconds(event, rang, connected))
    yield Busy(at - ring, at, False, linkedid, group_id)
    if is_talk:
        yield Busy(at, ended_at, True, linkedid, group_id)


def _of_leg(
    stays: Sequence[tuple[datetime, int | None]],
    linkedid: str,
    group_id: int | None,
    call_ended_at: datetime | None,
    is_caller: bool,
    started_at: datetime,
    answered_at: datetime | None,
    ended_at: datetime | None,
    ring_seconds: float,
    end: str,
) -> Iterable[Busy]:
    # the queue log tells whole seconds, so a stay may seem to begin after its first ringing
    soon = started_at + timedelta(seconds=1)
    for entered_at, group_of_stay in stays:
        if entered_at <= soon:
            group_id = group_of_stay
    over = ended_at or call_ended_at
    if is_caller:
        # one's own phone may be rung first, by a click on a number
        answered_at = started_at + timedelta(seconds=ring_seconds)
    rang_until = answered_at or over
    if end != "unreachable" and (rang_until is None or rang_until > started_at):
        yield Busy(started_at, rang_until, False, linkedid, group_id)
    if answered_at is not None and (over is None or over > answered_at):
        yield Busy(answered_at, over, True, linkedid, group_id)


def insert(pbx: str, built: Iterable[tuple[Who, Stretch]]) -> int:
    """Returns how many rows were written."""
    rows = [
        (
            who.tenant_id, who.agent_id, who.member, one.shown.state, one.shown.reason, one.since,
            one.until, one.shown.is_logged_in, _array(one.shown.group_ids),
            json.dumps({str(key): word for key, word in one.shown.pauses}) if one.shown.pauses
            else None,
            one.shown.linkedid, one.shown.call_group_id, json.dumps(one.memory),
        )
        for who, one in built
    ]  # fmt: skip
    for first in range(0, len(rows), 20_000):
        with connection.cursor() as cursor:
            columns = zip(*rows[first : first + 20_000], strict=True)
            cursor.execute(_INSERT, [pbx, *(list(column) for column in columns)])
    return len(rows)


def _array(ids: Sequence[int]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"


def _both(
    statement: str, at: Mapping[Who, datetime], *, returns: bool = True, **more: Any
) -> Iterable[tuple[list[Who], list[tuple[Any, ...]]]]:
    for kind, same in _IS.items():
        ordered = [who for who in at if (who.agent_id is None) == (kind == "name")]
        if not ordered:
            continue
        parameters = {
            "tenants": [who.tenant_id for who in ordered],
            "agents": [who.agent_id for who in ordered],
            "members": [who.member for who in ordered],
            "at": [at[who] for who in ordered],
            **more,
        }
        text = statement.format(who=_WHO, same=f"{same} {_NAMED[kind]}", agent=same)
        yield ordered, _fetch(text, parameters, returns=returns)


def _fetch(
    statement: str, parameters: Mapping[str, Any], *, returns: bool = True
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if returns else []
