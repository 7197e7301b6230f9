"""Reading activity: rows of a period, sums, sessions. In a tenant's scope.

`until` must not lie ahead: a row that is still open is counted up to it. Nothing is known of an
agent before the ledger first tells of him: then there is no row, and no second is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from callcenter.tenants.scope import current_tenant_id

Key = tuple[str, str]  # state, and the reason of a pause or ""

_ROWS = """
  SELECT since, until, state, reason, is_logged_in, group_ids, pauses, linkedid, call_group_id
  FROM telephony_agentactivity one
  WHERE one.tenant_id = %(tenant)s AND one.agent_id = who.agent_id AND one.member = ''
"""
# rows of one agent follow each other: the last one before the period, and those within
_PERIOD = f"""
  ({_ROWS} AND one.since < %(since)s ORDER BY one.since DESC LIMIT 1)
  UNION ALL
  ({_ROWS} AND one.since >= %(since)s AND one.since < %(until)s)
"""
# how the wanted groups see a row: as it is, unless paused in all of those he is logged in to
_SEEN = """
  SELECT piece.*, groups.seen, groups.reason AS group_reason,
         extract(epoch FROM least(coalesce(piece.until, %(until)s), %(until)s)
                            - greatest(piece.since, %(since)s))::float AS seconds
  FROM piece CROSS JOIN LATERAL (
    SELECT CASE WHEN %(groups)s::bigint[] IS NULL THEN piece.is_logged_in
                ELSE piece.group_ids && %(groups)s::bigint[] END AS seen,
           CASE WHEN piece.pauses IS NOT NULL AND %(groups)s::bigint[] IS NOT NULL THEN (
             SELECT CASE WHEN bool_and(piece.pauses ? one::text)
                         THEN max(piece.pauses ->> one::text) END
             FROM unnest(piece.group_ids) one WHERE one = ANY(%(groups)s::bigint[])
           ) END AS reason
  ) groups
  WHERE piece.until IS NULL OR piece.until > %(since)s
"""
_WORDED = f"""
  SELECT seen.*,
    CASE WHEN state IN ('ringing', 'in_call') THEN state WHEN NOT seen THEN 'logged_out'
         WHEN group_reason IS NULL OR state = 'unreachable' THEN state
         WHEN group_reason = 'wrap-up' THEN 'wrapping_up' ELSE 'paused' END AS shown,
    CASE WHEN state IN ('ringing', 'in_call', 'unreachable') OR NOT seen THEN ''
         WHEN group_reason IS NULL THEN reason
         WHEN group_reason = 'wrap-up' THEN '' ELSE group_reason END AS shown_reason
  FROM ({_SEEN}) seen
"""  # noqa: S608
_SUMS = f"""
WITH who AS (SELECT unnest(%(agents)s::bigint[]) AS agent_id),
piece AS (SELECT who.agent_id, period.* FROM who CROSS JOIN LATERAL ({_PERIOD}) period)
SELECT agent_id, shown, shown_reason, seen, sum(seconds),
       coalesce(sum(seconds) FILTER (WHERE call_group_id = ANY(%(groups)s::bigint[])), 0)
FROM ({_WORDED}) worded GROUP BY 1, 2, 3, 4
"""  # noqa: S608
_TIMELINE = f"""
WITH who AS (SELECT unnest(%(agents)s::bigint[]) AS agent_id),
piece AS (SELECT who.agent_id, period.* FROM who CROSS JOIN LATERAL ({_PERIOD}) period)
SELECT agent_id, shown, shown_reason, seen, greatest(since, %(since)s),
       least(until, %(until)s), until IS NULL, linkedid, call_group_id
FROM ({_WORDED}) worded ORDER BY agent_id, since
"""  # noqa: S608
# distinct agents by skipping along the index
_EVERYBODY = """
WITH RECURSIVE known AS (
  (SELECT agent_id FROM telephony_agentactivity
   WHERE tenant_id = %(tenant)s AND agent_id IS NOT NULL ORDER BY agent_id LIMIT 1)
  UNION ALL
  SELECT (SELECT one.agent_id FROM telephony_agentactivity one
          WHERE one.tenant_id = %(tenant)s AND one.agent_id > known.agent_id
          ORDER BY one.agent_id LIMIT 1)
  FROM known WHERE known.agent_id IS NOT NULL
)
SELECT agent_id FROM known WHERE agent_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of an agent's time, clipped to the period. `is_open`: it is still so.

    With groups asked for, `state` is how these see it. `linkedid` and `call_group_id` tell of the
    call, where there is one.
    """

    agent_id: int
    state: str
    reason: str
    is_logged_in: bool
    since: datetime
    until: datetime
    is_open: bool
    linkedid: str
    call_group_id: int | None

    @property
    def seconds(self) -> float:
        return (self.until - self.since).total_seconds()


@dataclass(slots=True)
class ActivitySum:
    """Seconds by (state, reason), while logged in (to the wanted groups, if any were) and while
    not; the latter are logged_out, or ringing and in_call by one's own number. All add up.

    `in_calls_of_groups`: seconds in calls of the wanted groups, whether logged in or not.
    """

    logged_in: dict[Key, float] = field(default_factory=dict)
    logged_out: dict[Key, float] = field(default_factory=dict)
    in_calls_of_groups: float = 0.0

    @property
    def login_seconds(self) -> float:
        return sum(self.logged_in.values())

    def of(self, state: str) -> float:
        """Seconds in this state while logged in, whatever the reason."""
        return sum(seconds for (name, _), seconds in self.logged_in.items() if name == state)

    @property
    def pauses(self) -> dict[str, float]:
        """Seconds paused while logged in, by reason; wrap-up is no pause."""
        return {
            reason: seconds
            for (state, reason), seconds in self.logged_in.items()
            if state == "paused"
        }


@dataclass(frozen=True, slots=True)
class Session:
    """From log-in to log-out, clipped to the period; `is_open`: still logged in."""

    since: datetime
    until: datetime
    is_open: bool


def activity_of(
    agent_ids: Collection[int],
    since: datetime,
    until: datetime,
    group_ids: Collection[int] | None = None,
) -> list[Stretch]:
    """In order of agent and time, without gaps from the first that is known."""
    return [Stretch(*row) for row in _rows(_TIMELINE, agent_ids, since, until, group_ids)]


def activity_sums(
    agent_ids: Collection[int] | None,
    since: datetime,
    until: datetime,
    group_ids: Collection[int] | None = None,
) -> dict[int, ActivitySum]:
    """By agent; None: everybody the ledger tells of. An agent in several of the groups counts once.

    Agents of whom nothing is known in the period are left out. One statement.
    """
    wanted = agents_known() if agent_ids is None else agent_ids
    sums: dict[int, ActivitySum] = {}
    for agent_id, state, reason, is_logged_in, seconds, of_groups in _rows(
        _SUMS, wanted, since, until, group_ids
    ):
        total = sums.setdefault(agent_id, ActivitySum())
        part = total.logged_in if is_logged_in else total.logged_out
        part[state, reason] = seconds
        if state == "in_call":
            total.in_calls_of_groups += of_groups
    return sums


def sessions_of(
    agent_id: int, since: datetime, until: datetime, group_ids: Collection[int] | None = None
) -> list[Session]:
    """In order of time."""
    sessions: list[Session] = []
    for one in activity_of([agent_id], since, until, group_ids):
        if not one.is_logged_in:
            continue
        if sessions and sessions[-1].until == one.since:
            sessions[-1] = Session(sessions[-1].since, one.until, one.is_open)
        else:
            sessions.append(Session(one.since, one.until, one.is_open))
    return sessions


def agents_known(tenant_id: int | None = None) -> list[int]:
    """Everybody of whom the ledger tells, also those who are gone; of the tenant in scope if none is
    given."""
    with connection.cursor() as cursor:
        cursor.execute(_EVERYBODY, {"tenant": tenant_id or current_tenant_id()})
        return [row[0] for row in cursor.fetchall()]


def _rows(
    statement: str,
    agent_ids: Collection[int],
    since: datetime,
    until: datetime,
    group_ids: Collection[int] | None,
) -> Iterator[tuple[Any, ...]]:
    if not agent_ids or until <= since:
        return
    parameters: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "agents": sorted(set(agent_ids)),
        "since": since,
        "until": until,
        "groups": None if group_ids is None else sorted(set(group_ids)),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        yield from cursor.fetchall()
