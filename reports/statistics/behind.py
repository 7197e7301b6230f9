"""Which calls? The visits behind a figure: as many as it says, page by page."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from django.db import connection

from callcenter.tenants.scope import current_tenant_id
from reports.statistics.figures import FIGURES
from reports.statistics.intervals import TOTAL_KEY, By, narrowed
from reports.statistics.repeats import REPEATED_IDS, repeats_parameters
from reports.statistics.rings import IS_AMONG, of_anybody, ring_parameters
from reports.statistics.selection import Selection
from reports.statistics.summing import conditions_of_visits, parameters_of
from reports.statistics.visit_sets import LEFT_RINGING, REPEATED, condition_of
from telephony.calls.models import QueueVisit
from telephony.calls.selectors import Cursor

PAGE = 50
Side = Literal["older", "newer"]


class NothingBehind(LookupError):
    """There is no such set of visits."""


@dataclass(frozen=True, slots=True)
class VisitPage:
    """Visits, latest first. `older` and `newer` lead on; None where there is nothing."""

    visits: list[QueueVisit]
    older: Cursor | None
    newer: Cursor | None


def visits_behind(
    selection: Selection,
    figure_key: str,
    by: By = By.TOTAL,
    key: Hashable = TOTAL_KEY,
    *,
    cursor: Cursor | None = None,
    side: Side = "older",
    size: int = PAGE,
) -> VisitPage:
    """`size` of the visits that the figure counts, beside the cursor; their calls come with them.

    `figure_key` is one of FIGURES, or the name of a set (visit_sets.py: "waited_over_120"). Raises
    NothingBehind where a figure is not made of visits. Three queries.
    """
    where, parameters = _where(selection, figure_key, by, key)
    backwards = side == "newer"
    if cursor is not None:
        sign = ">" if backwards else "<"
        where += f" AND (v.entered_at, v.id) {sign} (%(cursor_at)s, %(cursor_id)s)"
        parameters |= {"cursor_at": cursor.started_at, "cursor_id": cursor.id}
    order = "ASC" if backwards else "DESC"
    # every word is our own; what people chose comes as parameters
    sql = (
        f"SELECT v.id FROM telephony_queuevisit v WHERE {where} "  # noqa: S608
        f"ORDER BY v.entered_at {order}, v.id {order} LIMIT %(limit)s"
    )
    with connection.cursor() as link:
        link.execute(sql, {**parameters, "limit": size + 1})
        ids = [row[0] for row in link.fetchall()]
    found = list(
        QueueVisit.objects.filter(pk__in=ids[:size])
        .select_related("call")
        .order_by("-entered_at", "-pk")
    )
    if not found:
        return VisitPage([], None, None)
    first, last = _place(found[0]), _place(found[-1])
    has_more = len(ids) > size
    if backwards:
        return VisitPage(found, last if cursor else None, first if has_more else None)
    return VisitPage(found, last if has_more else None, first if cursor else None)


def count_behind(
    selection: Selection, figure_key: str, by: By = By.TOTAL, key: Hashable = TOTAL_KEY
) -> int:
    """How many rows `visits_behind` has in all. One query."""
    where, parameters = _where(selection, figure_key, by, key)
    with connection.cursor() as link:
        link.execute(f"SELECT count(*) FROM telephony_queuevisit v WHERE {where}", parameters)  # noqa: S608
        row = link.fetchone()
    return int(row[0]) if row else 0


def _where(
    selection: Selection, figure_key: str, by: By, key: Hashable
) -> tuple[str, dict[str, Any]]:
    name = FIGURES[figure_key].behind if figure_key in FIGURES else figure_key
    asked = part = narrowed(selection, by, key)
    if name == LEFT_RINGING:
        part, by = of_anybody(part), By.TOTAL
    parameters = parameters_of(part, current_tenant_id())
    parameters |= {"since": part.since, "until": part.until}
    where = (
        "v.entered_at >= %(since)s AND v.entered_at < %(until)s AND "
        f"{conditions_of_visits(part, (by,))}"
    )
    if name == LEFT_RINGING:
        return f"{where} AND {IS_AMONG}", parameters | ring_parameters(asked)
    if name == REPEATED:
        parameters |= repeats_parameters(part)
        return f"{where} AND v.id IN ({REPEATED_IDS})", parameters
    try:
        return f"{where} AND {condition_of(name)}", parameters
    except KeyError:
        raise NothingBehind(figure_key) from None


def _place(visit: QueueVisit) -> Cursor:
    at: datetime = visit.entered_at.astimezone(UTC)
    return Cursor(at, visit.pk)
