"""Which part of a selection rows of days or hours can answer, and which only the visits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.db import connection

from reports.statistics.selection import Selection, midnight
from reports.statistics.summing import DaySpan, Span

FEWEST_DAYS = 3  # visits of less are as fast
MOST_PARTS = 12

# what changed since the days were summed, today for one; as local days
_CHANGED = """
SELECT tenant.time_zone, changed.first_day, changed.last_day,
       EXISTS (SELECT FROM reports_queuehour one WHERE one.tenant_id = tenant.id)
FROM callcenter_tenant tenant
LEFT JOIN LATERAL (
  SELECT DISTINCT (span.first_at AT TIME ZONE tenant.time_zone)::date AS first_day,
         (span.last_at AT TIME ZONE tenant.time_zone)::date AS last_day
  FROM reports_changedspan span
  WHERE span.tenant_id = tenant.id AND span.first_at < %(until)s AND span.last_at >= %(since)s
) changed ON true
WHERE tenant.id = %(tenant)s
"""


@dataclass(frozen=True, slots=True)
class Sources:
    """Half-open spans that make up the selection's period together, without touching."""

    visits: Sequence[Span]
    days: Sequence[DaySpan]


def sources_of(selection: Selection, tenant_id: int, *, of_hours: bool = False) -> Sources:
    """At most one query. Everything from the visits where days cannot help; `of_hours`: where rows of
    hours can, which companies with few calls do not have.
    """
    all_visits = Sources(((selection.since, selection.until),), ())
    first, beyond = whole_days(selection)
    if (beyond - first).days < FEWEST_DAYS:
        return all_visits
    with connection.cursor() as cursor:
        period = {"since": selection.since, "until": selection.until}
        parameters: dict[str, Any] = {"tenant": tenant_id, **period}
        cursor.execute(_CHANGED, parameters)
        rows = cursor.fetchall()
    if not rows or rows[0][0] != selection.zone or (of_hours and not rows[0][3]):
        return all_visits
    changed = [(row[1], row[2]) for row in rows if row[1] is not None]
    days = _without(first, beyond, changed)
    if not days or 2 * len(days) + 1 > MOST_PARTS:
        return all_visits
    return Sources(_between(selection, days), days)


def whole_days(selection: Selection) -> DaySpan:
    """The local days that lie in the selection as a whole."""
    first, last = (selection.local(at).date() for at in (selection.since, selection.until))
    if midnight(first, selection.zone) < selection.since:
        first += timedelta(days=1)
    return first, max(first, last)


def _without(first: date, beyond: date, changed: Collection[DaySpan]) -> list[DaySpan]:
    """Days of [first, beyond) in none of the closed spans."""
    days: list[DaySpan] = []
    for start, end in sorted(changed):
        if first < min(start, beyond):
            days.append((first, min(start, beyond)))
        first = max(first, end + timedelta(days=1))
    if first < beyond:
        days.append((first, beyond))
    return days


def _between(selection: Selection, days: Sequence[DaySpan]) -> list[Span]:
    """What of the selection the days leave."""
    spans: list[Span] = []
    at = selection.since
    for first, beyond in days:
        start = midnight(first, selection.zone)
        if at < start:
            spans.append((at, start))
        at = midnight(beyond, selection.zone).astimezone(UTC)
    if at < selection.until:
        spans.append((at, selection.until))
    return spans
