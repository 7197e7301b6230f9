"""Sums that take more than the visits themselves: callers who came again, calls back, rings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

from reports.statistics import rings
from reports.statistics.intervals import By, read_key
from reports.statistics.repeats import REPEATED_IDS, repeats_parameters
from reports.statistics.selection import Selection
from reports.statistics.summing import VISITS, Statement, statement_by_key
from reports.statistics.sums import Callbacks

Key = tuple[Any, ...]
_NO_MORE: Mapping[str, Any] = {}


def repeated_visits(selection: Selection, tenant_id: int, by: tuple[By, ...]) -> dict[Key, int]:
    """Offered visits of each key whose caller called the same group again. One query."""
    again = f"{VISITS} JOIN ({REPEATED_IDS}) again ON again.id = v.id"
    statement = statement_by_key(selection, tenant_id, by, "count(*)", table=again)
    found: defaultdict[Key, int] = defaultdict(int)
    for key, (count,) in _rows(statement, by, repeats_parameters(selection)):
        found[key] += count
    return found


def visits_left_ringing(
    selection: Selection, tenant_id: int, by: tuple[By, ...]
) -> dict[Key, set[int]]:
    """Ids of the visits of each key in which a phone rang in vain; by agent: his, and two agents may
    have left one ringing. One query."""
    place = by.index(By.AGENT) if By.AGENT in by else None
    statement = statement_by_key(
        rings.of_anybody(selection),
        tenant_id,
        tuple(By.TOTAL if one is By.AGENT else one for one in by),
        "array_agg(DISTINCT v.id)",
        table=rings.VISITS,
        joined={} if place is None else {place: rings.AGENT},
    )
    found: defaultdict[Key, set[int]] = defaultdict(set)
    for key, (visits,) in _rows(statement, by, rings.ring_parameters(selection)):
        found[key].update(visits)
    return found


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
    for key, sums in _rows(statement, by):
        found[key] = found.get(key, Callbacks()) + Callbacks(*sums)
    return found


def _rows(
    statement: Statement, by: tuple[By, ...], more: Mapping[str, Any] = _NO_MORE
) -> Iterator[tuple[Key, tuple[Any, ...]]]:
    """The key of each row and what was summed; a key comes once for each mode, and oftener where
    clocks change."""
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, {**statement.parameters, **more})
        for row in cursor.fetchall():
            yield tuple(map(read_key, by, row[: len(by)])), row[len(by) + 1 :]
