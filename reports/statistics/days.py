"""The SQL that makes the rows of days out of visits: the same sums, kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reports.statistics.kinds import BUCKET, SIDES
from reports.statistics.kpi import BUCKETS, Visits
from reports.statistics.summing import LONGEST_OF_VISITS, SUMS_OF_VISITS
from reports.statistics.visit_sets import ANSWERED, UNANSWERED

# which of the waits a visit counts among; found once for it, not by each of the counts
_PLACE = f"CASE WHEN {ANSWERED} THEN {BUCKET} WHEN {UNANSWERED} THEN {BUCKETS} + {BUCKET} END"
_READ = (
    "tenant_id", "entered_at", "queue_name", "group_id", "agent_id", "outcome", "reason",
    "wait_seconds", "talk_seconds", "wrap_up_ms", "answer_within_seconds", "service_level_mode",
)  # fmt: skip
_VISITS = (
    f"(SELECT {', '.join(f'v.{name}' for name in _READ)}, {_PLACE} AS place FROM telephony_queuevisit v "  # noqa: S608
    "WHERE v.tenant_id = %(tenant)s AND v.entered_at >= %(since)s AND v.entered_at < %(until)s"
    "{where} OFFSET 0) v"
)
_OF_AGENTS = ("answered", "answered_in_time", "wait_answered", "talk", "wrap_up_ms")


def _waits(side: str) -> str:
    first = SIDES.index(side) * BUCKETS
    counts = (f"count(*) FILTER (WHERE v.place = {first + n})" for n in range(BUCKETS))
    return f"ARRAY[{', '.join(counts)}]::int[]"


def _insert(table: str, keys: Sequence[str], sums: Mapping[str, str], where: str) -> str:
    columns = ", ".join(f'"{name}"' for name in ("tenant_id", "day", *keys, *sums))
    # every word is our own; what people chose comes as parameters
    return (
        f"INSERT INTO {table} ({columns}) "  # noqa: S608
        "SELECT v.tenant_id, (v.entered_at AT TIME ZONE %(zone)s)::date, "
        f"{', '.join([*(f'v.{key}' for key in keys), *sums.values()])} "
        f"FROM {_VISITS.format(where=where)} "
        f"GROUP BY {', '.join(str(number + 1) for number in range(len(keys) + 2))}"
    )


def _sums(fields: Iterable[str], *sides: str) -> dict[str, str]:
    return {
        **{field: SUMS_OF_VISITS[field] for field in fields},
        "longest": LONGEST_OF_VISITS,
        **{f"{side}_waits": _waits(side) for side in sides},
    }


_KEYS = ("queue_name", "group_id", "service_level_mode")
INSERT_QUEUE_DAYS = _insert(
    "reports_queueday", _KEYS, _sums(Visits._fields, "answered", "unanswered"), ""
)
INSERT_AGENT_DAYS = _insert(
    "reports_agentday", ("agent_id", *_KEYS), _sums(_OF_AGENTS, "answered"), f" AND {ANSWERED}"
)
