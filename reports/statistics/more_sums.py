"""Sums that take more than the visits: after-call work, calls that came again, calls back."""

from __future__ import annotations

from typing import Any

from django.db import connection

from reports.statistics.intervals import By, read_key
from reports.statistics.repeats import REPEATED_IDS, repeats_parameters
from reports.statistics.selection import Selection
from reports.statistics.summing import statement_by_key
from reports.statistics.sums import Callbacks

Key = tuple[Any, ...]

# the wrap-up that follows a visit's talk. The queue log tells whole seconds, so the talk may have
# ended up to one later, and the pause takes a moment; a wrap-up still running is not counted yet
_WRAP_UP = """LEFT JOIN LATERAL (
  SELECT done.until - done.since AS length FROM telephony_agentactivity done
  WHERE v.outcome = 'answered' AND done.tenant_id = v.tenant_id AND done.agent_id = v.agent_id
    AND done.since >= v.ended_at - interval '0.5 seconds'
    AND done.since < v.ended_at + interval '3 seconds'
    AND (done.state = 'wrapping_up' OR done.pauses ->> v.group_id::text = 'wrap-up')
    AND (done.state = 'wrapping_up' OR done.pauses IS NOT NULL)
    AND done.until IS NOT NULL
  ORDER BY done.since LIMIT 1
) wrap_up ON true"""
_SECONDS = "round(coalesce(sum(extract(epoch FROM wrap_up.length)), 0), 3)::float"


def wrap_up_seconds(selection: Selection, tenant_id: int, by: tuple[By, ...]) -> dict[Key, float]:
    """After-call work that followed each key's answered visits. One query."""
    statement = statement_by_key(selection, tenant_id, by, _SECONDS, _WRAP_UP)
    return dict(_rows(statement.sql, statement.parameters, by))


def repeated_visits(selection: Selection, tenant_id: int, by: tuple[By, ...]) -> dict[Key, int]:
    """Offered visits of each key whose caller called the same group again. One query."""
    again = f"JOIN ({REPEATED_IDS}) again ON again.id = v.id"
    statement = statement_by_key(selection, tenant_id, by, "count(*)", again)
    parameters = {**statement.parameters, **repeats_parameters(selection)}
    return dict(_rows(statement.sql, parameters, by))


def callbacks_of(
    selection: Selection,  # noqa: ARG001
    tenant_id: int,  # noqa: ARG001
    by: tuple[By, ...],  # noqa: ARG001
) -> dict[Key, Callbacks]:
    """Lost calls and what became of them. Nothing is known of them yet: an empty answer, "-"."""
    return {}


def _rows(sql: str, parameters: dict[str, Any], by: tuple[By, ...]) -> list[tuple[Key, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [
            (tuple(map(read_key, by, row[: len(by)])), row[len(by)]) for row in cursor.fetchall()
        ]
