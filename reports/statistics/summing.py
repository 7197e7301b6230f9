"""The SQL that sums visits, and rows of days or hours, by keys; one statement for any selection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from reports.statistics.intervals import (
    KEY_OF_ROW,
    OF_WHOLE_DAYS,
    OF_WHOLE_HOURS,
    By,
    Clocks,
    interval_of,
    is_interval,
    key_of_visit,
    minute_of_visit,
    weekday_of_visit,
)
from reports.statistics.kinds import (
    IS_ANSWERED,
    SECONDS,
    SIDES,
    SUMS_OF_KINDS,
    WAITS_OF_KINDS,
    select_in_two_steps,
)
from reports.statistics.kpi import BUCKETS, Visits
from reports.statistics.selection import EVERY_DAY, Selection, even_spans

Span = tuple[datetime, datetime]  # half-open
DaySpan = tuple[date, date]  # half-open

# an agent has answered visits only, so all waiting is that of the answered
_OF_AGENTS = {
    "answered": "answered",
    "answered_in_time": "answered_in_time",
    "wait_answered": "wait_answered",
    "wait_all": "wait_answered",
    "talk": "talk",
    "wrap_up_ms": "wrap_up_ms",
    "talk_unknown": "talk_unknown",
}
LONGEST = "longest"  # the longest wait, beside the fields of Visits
EVERY_SUM = (*Visits._fields, LONGEST)
HOURS = "reports_queuehour"
VISITS = "telephony_queuevisit v"
_NONE: Mapping[int, str] = {}


def _sum_of_days(column: str) -> str:
    if column not in SECONDS:
        return f"sum(v.{column})::bigint"
    # PostgreSQL sums bigint as numeric, which takes longer; up to 2^53 this is as exact
    return f"sum(v.{column}::float8)::bigint"


_SUMS_OF_QUEUES = {
    **{field: _sum_of_days(field) for field in Visits._fields},
    LONGEST: "max(v.longest)",
}
_SUMS_OF_AGENTS = {
    **{
        field: _sum_of_days(_OF_AGENTS[field]) if field in _OF_AGENTS else "0"
        for field in Visits._fields
    },
    LONGEST: "max(v.longest)",
}
_WAITS_OF_QUEUES = [
    f"sum(v.all_{side}_waits[{n + 1}])::bigint" for side in SIDES for n in range(BUCKETS)
]
_WAITS_OF_AGENTS = [*_WAITS_OF_QUEUES[:BUCKETS], *["0"] * BUCKETS]


@dataclass(frozen=True, slots=True)
class Statement:
    """Rows: the keys, the mode, the sums asked for, and the waits if wanted."""

    sql: str
    parameters: dict[str, Any]


def _is_of_agents(selection: Selection, by: Sequence[By]) -> bool:
    return By.AGENT in by or selection.agent_ids is not None


def rows_for(selection: Selection, by: Sequence[By]) -> str:
    """The table whose rows of days or hours add up to the selection; "": the visits alone do."""
    if selection.has_whole_days and OF_WHOLE_DAYS.issuperset(by):
        return "reports_agentday" if _is_of_agents(selection, by) else "reports_queueday"
    has_hours = selection.has_whole_hours and OF_WHOLE_HOURS.issuperset(by)
    return HOURS if has_hours and not _is_of_agents(selection, by) else ""


def sums_statement(
    selection: Selection,
    tenant_id: int,
    by: Sequence[By],
    *,
    visits: Sequence[Span],
    days: Sequence[DaySpan] = (),
    asked: Sequence[str] = EVERY_SUM,
    with_waits: bool = False,
) -> Statement:
    """Sums of the visits in some spans and of the rows of some days (see `rows_for`), to be added up
    by key.

    `asked`: of EVERY_SUM; what is not asked for takes no time.
    """
    parameters = parameters_of(selection, tenant_id)
    of_agents = _is_of_agents(selection, by)
    sums = [SUMS_OF_KINDS[one] for one in asked]
    if with_waits:
        sums += WAITS_OF_KINDS
    parts = _parts_of_visits(selection, by, visits, sums, parameters, _in_two_steps)
    for number, (first, beyond) in enumerate(days):
        parameters |= {f"first{number}": first, f"beyond{number}": beyond}
        where = (
            f"v.day >= %(first{number})s AND v.day < %(beyond{number})s AND "
            f"{_conditions_of_days(selection)}"
        )
        known = _SUMS_OF_AGENTS if of_agents else _SUMS_OF_QUEUES
        sums = [known[one] for one in asked]
        table = f"{rows_for(selection, by)} v"
        if with_waits:
            sums += _WAITS_OF_AGENTS if of_agents else _WAITS_OF_QUEUES
            table, where = _unpacked(table, where, SIDES[:1] if of_agents else SIDES), "true"
        keys = [(KEY_OF_ROW[one], KEY_OF_ROW[one]) for one in by]
        parts.append(_select(keys, sums, table, where))
    return Statement(" UNION ALL ".join(parts), parameters)


def _unpacked(table: str, where: str, sides: Sequence[str]) -> str:
    """The rows with their waits as arrays that were copied once: as stored, packed, each of the
    buckets would be read from a copy of its own, which takes longer than all other sums."""
    waits = ", ".join(f"v.{side}_waits || '{{}}'::int[] AS all_{side}_waits" for side in sides)
    return f"(SELECT v.*, {waits} FROM {table} WHERE {where} OFFSET 0) v"  # noqa: S608


def _parts_of_visits(
    selection: Selection,
    by: Sequence[By],
    visits: Sequence[Span],
    sums: Sequence[str],
    parameters: dict[str, Any],
    select: Callable[[Sequence[tuple[str, str]], Sequence[str], str], str],
) -> list[str]:
    """One SELECT for each span in which clocks do not change."""
    spans = [(since, until, since) for since, until in visits]
    if any(map(is_interval, by)) or selection.asks_clocks:
        # of an empty period, which has no spans, the one that there is
        spans = [part for one in visits for part in even_spans(*one, selection.zone)] or spans[:1]
    parts = []
    for number, (since, until, origin) in enumerate(spans):
        offset = selection.local(since).utcoffset() or timedelta()
        parameters |= {
            f"since{number}": since,
            f"until{number}": until,
            f"origin{number}": origin,
            f"begun{number}": interval_of(since, timedelta(hours=1), selection.zone)[0],
            f"offset{number}": offset,
            f"ahead{number}": offset.total_seconds(),
        }
        clocks = Clocks(f"%(origin{number})s::timestamptz", f"%(begun{number})s::timestamptz",
                        f"%(offset{number})s::interval", f"%(ahead{number})s::float8")  # fmt: skip
        where = (
            f"v.entered_at >= %(since{number})s AND v.entered_at < %(until{number})s AND "
            f"{conditions_of_visits(selection, by, clocks)}"
        )
        keys = [key_of_visit(one, clocks) for one in by]
        parts.append(select(keys, sums, where))
    return parts


def _in_two_steps(keys: Sequence[tuple[str, str]], sums: Sequence[str], where: str) -> str:
    return select_in_two_steps(keys, sums, VISITS, where)


def _select(keys: Sequence[tuple[str, str]], sums: Sequence[str], table: str, where: str) -> str:
    parts = dict.fromkeys(group for group, _ in keys if not group.startswith("'"))
    groups = ", ".join([*parts, "v.service_level_mode"])
    columns = ", ".join([*(key for _, key in keys), "v.service_level_mode", *sums])
    # every word is our own; what people chose comes as parameters
    return f"SELECT {columns} FROM {table} WHERE {where} GROUP BY {groups}"  # noqa: S608


def parameters_of(selection: Selection, tenant_id: int) -> dict[str, Any]:
    return {
        "tenant": tenant_id,
        "zone": selection.zone,
        "groups": list(selection.group_ids or ()),
        "agents": list(selection.agent_ids or ()),
        "queues": list(selection.queue_names or ()),
        "weekdays": list(selection.weekdays),
        "minutes_from": selection.minutes_from,
        "minutes_to": selection.minutes_to,
        "within_from": selection.within_minutes[0] if selection.within_minutes else None,
        "within_to": selection.within_minutes[1] if selection.within_minutes else None,
    }


def conditions_of_visits(
    selection: Selection, by: Sequence[By] = (), clocks: Clocks | None = None
) -> str:
    """All but the period. Only who answered is an agent of a visit. Without `clocks`, which are
    quicker, by those of %(zone)s."""
    found = _conditions(selection)
    if _is_of_agents(selection, by):
        found.append(IS_ANSWERED)
    if selection.weekdays != EVERY_DAY:
        found.append(f"{weekday_of_visit(clocks)} = ANY(%(weekdays)s::int[])")
    return " AND ".join([*found, *_conditions_of_clocks(selection, minute_of_visit(clocks))])


def _conditions_of_clocks(selection: Selection, clock: str, unit: str = "") -> list[str]:
    """`clock`: SQL of the minute of the local day; or of its hour, then `unit` makes hours of minutes
    (not the column minutes, of which PostgreSQL could not tell how many rows that leaves)."""
    edges = ("minutes_from", "minutes_to", "within_from", "within_to")
    start, end, begin, close = (f"%({edge})s{unit}" for edge in edges)
    found = []
    if selection.minutes_from != selection.minutes_to and not (
        selection.minutes_from == 0 and selection.minutes_to == 1440
    ):
        word = "AND" if selection.minutes_from < selection.minutes_to else "OR"
        found.append(f"({clock} >= {start} {word} {clock} < {end})")
    if selection.within_minutes is not None:
        found.append(f"{clock} >= {begin} AND {clock} < {close}")
    return found


def _conditions_of_days(selection: Selection) -> str:
    found = _conditions(selection)
    if selection.weekdays != EVERY_DAY:
        found.append("extract(isodow FROM v.day)::int = ANY(%(weekdays)s::int[])")
    return " AND ".join([*found, *_conditions_of_clocks(selection, "v.hour", "::int / 60")])


def _conditions(selection: Selection) -> list[str]:
    found = ["v.tenant_id = %(tenant)s"]
    if selection.group_ids is not None:
        found.append("coalesce(v.group_id, 0) = ANY(%(groups)s::bigint[])")
    if selection.agent_ids is not None:
        found.append("coalesce(v.agent_id, 0) = ANY(%(agents)s::bigint[])")
    if selection.queue_names is not None:
        found.append("v.queue_name = ANY(%(queues)s::text[])")
    return found


def statement_by_key(
    selection: Selection,
    tenant_id: int,
    by: Sequence[By],
    value: str,
    *,
    table: str = VISITS,
    joined: Mapping[int, str] = _NONE,
) -> Statement:
    """Rows: the keys, the mode and a value to be added up, of all visits. `table`: the visits `v` and
    our own joins; `joined`: keys that come of these, by their place."""

    def select(keys: Sequence[tuple[str, str]], sums: Sequence[str], where: str) -> str:
        own = [(joined[n], joined[n]) if n in joined else key for n, key in enumerate(keys)]
        return _select(own, sums, table, where)

    parameters = parameters_of(selection, tenant_id)
    parameters |= {"since": selection.since, "until": selection.until}
    period = ((selection.since, selection.until),)
    parts = _parts_of_visits(selection, by, period, [value], parameters, select)
    return Statement(" UNION ALL ".join(parts), parameters)
