"""Sums that take more than the visits themselves: callers who came again, calls back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import connection

from reports.statistics.intervals import By, read_key
from reports.statistics.repeats import REPEATED_IDS, repeats_parameters
from reports.statistics.selection import Selection
from reports.statistics.summing import statement_by_key
from reports.statistics.sums import Callbacks

Key = tuple[Any, ...]


def repeated_visits(selection: Selection, tenant_id: int, by: tuple[By, ...]) -> dict[Key, int]:
    """Offered visits of each key whose caller called the same group again. One query."""
    again = f"JOIN ({REPEATED_IDS}) again ON again.id = v.id"
    statement = statement_by_key(selection, tenant_id, by, "count(*)", again)
    parameters = {**statement.parameters, **repeats_parameters(selection)}
    found: defaultdict[Key, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, parameters)
        for row in cursor.fetchall():
            found[tuple(map(read_key, by, row[: len(by)]))] += row[-1]
    return found


def callbacks_of(
    selection: Selection,  # noqa: ARG001
    tenant_id: int,  # noqa: ARG001
    by: tuple[By, ...],  # noqa: ARG001
) -> dict[Key, Callbacks]:
    """Lost calls and what became of them. Nothing is known of them yet: an empty answer, "-"."""
    return {}
