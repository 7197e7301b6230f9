"""Sums that take more than the visits themselves: callers who came again, calls back, rings."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import connection

from reports.statistics import rings
from reports.statistics.intervals import By, read_key
from reports.statistics.repeats import REPEATED_IDS, repeats_parameters
from reports.statistics.selection import Selection
from reports.statistics.summing import VISITS, statement_by_key
from reports.statistics.sums import Callbacks

Key = tuple[Any, ...]


def repeated_visits(selection: Selection, tenant_id: int, by: tuple[By, ...]) -> dict[Key, int]:
    """Offered visits of each key whose caller called the same group again. One query."""
    again = f"{VISITS} JOIN ({REPEATED_IDS}) again ON again.id = v.id"
    statement = statement_by_key(selection, tenant_id, by, "count(*)", table=again)
    parameters = {**statement.parameters, **repeats_parameters(selection)}
    found: defaultdict[Key, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, parameters)
        for row in cursor.fetchall():
            found[tuple(map(read_key, by, row[: len(by)]))] += row[-1]
    return found


def visits_left_ringing(selection: Selection, tenant_id: int, by: tuple[By, ...]) -> dict[Key, int]:
    """Visits of each key in which a phone rang in vain; by agent: his. One query."""
    place = by.index(By.AGENT) if By.AGENT in by else None
    others = tuple(By.TOTAL if one is By.AGENT else one for one in by)
    statement = statement_by_key(
        rings.of_anybody(selection),
        tenant_id,
        others,
        "count(DISTINCT v.id)",
        table=rings.VISITS,
        joined={} if place is None else {place: rings.AGENT},
    )
    parameters = {**statement.parameters, **rings.ring_parameters(selection)}
    found: defaultdict[Key, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, parameters)
        for row in cursor.fetchall():
            found[tuple(map(read_key, by, row[: len(by)]))] += row[-1]
    return found


def agents_left_ringing(selection: Selection, tenant_id: int) -> tuple[dict[int, int], int]:
    """By agent, and how many visits these are together, as two may have left one ringing. One query."""
    statement = statement_by_key(
        rings.of_anybody(selection),
        tenant_id,
        (By.TOTAL,),
        "array_agg(DISTINCT v.id)",
        table=rings.VISITS,
        joined={0: rings.AGENT},
    )
    found: defaultdict[int, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, {**statement.parameters, **rings.ring_parameters(selection)})
        for agent_id, _, visits in cursor.fetchall():
            found[agent_id].update(visits)
    counts = {agent_id: len(visits) for agent_id, visits in found.items()}
    return counts, len(set[int]().union(*found.values()))


_LOST_CALL = (
    f"{VISITS} JOIN telephony_lostcall lost ON lost.tenant_id = v.tenant_id "
    "AND lost.visit_callid = v.callid AND lost.visit_stay = v.stay AND lost.pbx = v.pbx"
)
_OF_LOST_CALLS = (
    "count(*), count(lost.called_back_at), "
    "coalesce(sum(extract(epoch FROM lost.called_back_at - lost.lost_at)), 0)::float8"
)


def callbacks_of(selection: Selection, tenant_id: int, by: tuple[By, ...]) -> dict[Key, Callbacks]:
    """Lost calls of each key that has some, and what became of them. One query.

    A call counts where and when it was in a queue last; one that was in none is in no figure.
    """
    statement = statement_by_key(selection, tenant_id, by, _OF_LOST_CALLS, table=_LOST_CALL)
    found: dict[Key, Callbacks] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        for row in cursor.fetchall():
            key = tuple(map(read_key, by, row[: len(by)]))
            found[key] = found.get(key, Callbacks()) + Callbacks(*row[-3:])
    return found
