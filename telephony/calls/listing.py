"""Which calls stand on a page of the list: always a few short walks along an index.

Behind row-level security PostgreSQL uses an index only for comparisons that cannot leak, which those
of arrays are not. So a table of its own says whom each call concerns (CallConcern, kept by triggers
on the calls), ordered by whom, direction, outcome and time. Whatever is asked for is walked piece by
piece, each piece for as many calls as a page holds, and the pieces are put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from callcenter.tenants.scope import current_tenant_id
from telephony.calls.models import CallOutcome, Direction
from telephony.live.private import PRIVATELY

FEW = 2000  # calls with a number that are looked at one by one
Place = tuple[datetime, int]  # when it began, its id

_PIECES = """
SELECT DISTINCT found.started_at, found.id
FROM unnest(%(kinds)s::text[], %(refs)s::bigint[]) AS list (kind, ref)
CROSS JOIN unnest(%(directions)s::text[]) AS way (direction)
CROSS JOIN unnest(%(outcomes)s::text[]) AS fate (outcome)
CROSS JOIN LATERAL (
  SELECT one.started_at, one.call_id AS id FROM telephony_callconcern one {join}
  WHERE one.tenant_id = %(tenant)s AND one.kind = list.kind AND one.ref = list.ref
    AND one.direction = way.direction AND one.outcome = fate.outcome {within} {residue}
  ORDER BY one.started_at {order}, one.call_id {order} LIMIT %(size)s
) found ORDER BY found.started_at {order}, found.id {order} LIMIT %(size)s
"""
# the same call in another list: looked up in the same index, and the call itself left alone
_ALSO = """AND EXISTS (
    SELECT FROM telephony_callconcern also
    WHERE also.tenant_id = one.tenant_id AND {whom} AND also.direction = one.direction
      AND also.outcome = one.outcome AND also.started_at = one.started_at
      AND also.call_id = one.call_id)"""
_IN_GROUP = _ALSO.format(whom="also.kind = 'g' AND also.ref = %(group)s")
_IN_SIGHT = (
    "AND (call.group_ids && %(groups)s::bigint[] OR call.agent_ids @> ARRAY[%(me)s]::bigint[])"
)
_SEEN = _ALSO.format(
    whom="((also.kind = 'g' AND also.ref = ANY(%(groups)s::bigint[])) "
    "OR (also.kind = 'a' AND also.ref = %(me)s::bigint))"
)
_NOT_ANOTHERS = (
    "AND (call.linkedid NOT LIKE %(private)s OR call.agent_ids @> ARRAY[%(me)s]::bigint[])"
)
_JOIN = "JOIN telephony_call call ON call.id = one.call_id"
_SPLIT = """
SELECT found.started_at, found.id
FROM unnest(%(directions)s::text[]) AS way (direction)
CROSS JOIN unnest(%(outcomes)s::text[]) AS fate (outcome)
CROSS JOIN LATERAL (
  SELECT call.started_at, call.id FROM telephony_call call
  WHERE call.tenant_id = %(tenant)s AND call.direction = way.direction
    AND call.outcome = fate.outcome AND call.part_of_id IS NULL {within} {residue}
  ORDER BY call.started_at {order}, call.id {order} LIMIT %(size)s
) found ORDER BY found.started_at {order}, found.id {order} LIMIT %(size)s
"""
_ALL = """
SELECT call.started_at, call.id FROM telephony_call call
WHERE call.tenant_id = %(tenant)s AND call.part_of_id IS NULL {within} {residue}
ORDER BY call.started_at {order}, call.id {order} LIMIT %(size)s
"""
_WITH_NUMBER = """
SELECT call.id FROM telephony_call call
WHERE call.tenant_id = %(tenant)s AND call.part_of_id IS NULL
  AND call.party_backwards >= %(ending)s AND call.party_backwards < %(beyond)s LIMIT %(few)s
"""
_THESE = """
SELECT call.started_at, call.id FROM telephony_call call
WHERE call.tenant_id = %(tenant)s AND call.id = ANY(%(ids)s) {within} {residue}
  AND call.direction = ANY(%(directions)s) AND call.outcome = ANY(%(outcomes)s)
ORDER BY call.started_at {order}, call.id {order} LIMIT %(size)s
"""


@dataclass(slots=True)
class Wish:
    """Everything narrows: None or empty where it does not matter. `sight_groups`: only calls of
    these, or of `sight_agent`. `number`: how it ends, last digit first.
    """

    since: datetime | None = None
    until: datetime | None = None
    beside: Place | None = None
    group_id: int | None = None
    agent_id: int | None = None
    sight_groups: frozenset[int] | None = None
    sight_agent: int | None = None
    directions: Sequence[str] = ()
    outcomes: Sequence[str] = ()
    number: str = ""


def places(wish: Wish, *, size: int, backwards: bool = False) -> list[Place]:
    """The first `size` calls beyond `beside`: latest first, or oldest first with `backwards`."""
    query = _Query(wish, size, backwards)
    if wish.number:
        ids = query.ids_with_number()
        if len(ids) < FEW:
            return query.these(ids)
    return query.walk()


@dataclass(slots=True)
class _Query:
    wish: Wish
    size: int
    backwards: bool
    residue: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wish = self.wish
        self.parameters = {
            "tenant": current_tenant_id(),
            "size": self.size,
            "directions": list(wish.directions or Direction.values),
            "outcomes": list(wish.outcomes or CallOutcome.values),
            "few": FEW,
            "since": wish.since,
            "until": wish.until,
            "ending": wish.number,
            "beyond": wish.number[:-1] + chr(ord(wish.number[-1]) + 1) if wish.number else "",
            "group": wish.group_id,
            "agent": wish.agent_id,
            "groups": sorted(wish.sight_groups or ()),
            "me": wish.sight_agent,
            "private": PRIVATELY + "%",
        }
        if wish.number:
            # whom a private call was with must not be found out by asking for the number either
            self.residue.append(_NOT_ANOTHERS)
        if wish.beside is not None:
            self.parameters["at"], self.parameters["id"] = wish.beside

    # --- ways ---------------------------------------------------------------------------------
    def ids_with_number(self) -> list[int]:
        """Those of private calls too: they fall away when these are looked at."""
        return [row[0] for row in self._run(_WITH_NUMBER, "call")]

    def these(self, ids: list[int]) -> list[Place]:
        self.parameters["ids"] = ids
        if self.wish.group_id is not None:
            self.residue.append("AND call.group_ids @> ARRAY[%(group)s]::bigint[]")
        if self.wish.agent_id is not None:
            self.residue.append("AND call.agent_ids @> ARRAY[%(agent)s]::bigint[]")
        if self.wish.sight_groups is not None:
            self.residue.append(_IN_SIGHT)
        return self._run(_THESE, "call")

    def walk(self) -> list[Place]:
        """Along the lists of whom it concerns; what these do not say is asked of the call."""
        wish = self.wish
        if wish.number:
            self.residue.append(
                "AND call.party_backwards >= %(ending)s AND call.party_backwards < %(beyond)s"
            )
        if wish.agent_id is not None:
            if wish.group_id is not None:
                self.residue.append(_IN_GROUP)
            if wish.sight_groups is not None and wish.agent_id != wish.sight_agent:
                self.residue.append(_SEEN)
            return self._pieces([("a", wish.agent_id)])
        if wish.group_id is not None:
            if not self._sees_group():
                self.residue.append(_SEEN)
            return self._pieces([("g", wish.group_id)])
        if wish.sight_groups is None:
            is_whole = not wish.directions and not wish.outcomes
            return self._run(_ALL if is_whole else _SPLIT, "call")
        lists = [("g", group_id) for group_id in sorted(wish.sight_groups)]
        if wish.sight_agent is not None:
            lists.append(("a", wish.sight_agent))
        return self._pieces(lists)

    def _sees_group(self) -> bool:
        return self.wish.sight_groups is None or self.wish.group_id in self.wish.sight_groups

    def _pieces(self, lists: list[tuple[str, int]]) -> list[Place]:
        if not lists:
            return []
        self.parameters["kinds"] = [kind for kind, _ in lists]
        self.parameters["refs"] = [ref for _, ref in lists]
        return self._run(_PIECES, "one")

    # --- conditions ---------------------------------------------------------------------------
    def _within(self, table: str) -> str:
        key = "call_id" if table == "one" else "id"
        parts = []
        if self.wish.since is not None:
            parts.append(f"AND {table}.started_at >= %(since)s")
        if self.wish.until is not None:
            parts.append(f"AND {table}.started_at < %(until)s")
        if self.wish.beside is not None:
            side = ">" if self.backwards else "<"
            parts.append(f"AND ({table}.started_at, {table}.{key}) {side} (%(at)s, %(id)s)")
        return " ".join(parts)

    def _run(self, statement: str, table: str) -> list[Any]:
        text = statement.format(
            order="ASC" if self.backwards else "DESC",
            within=self._within(table),
            residue=" ".join(self.residue),
            join=_JOIN if self.wish.number else "",
        )
        with connection.cursor() as cursor:
            cursor.execute(text, self.parameters)
            found: list[Any] = cursor.fetchall()
        return found
