"""The SQL that makes the rows of hours and days out of visits: the same sums, kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.statistics.kinds import (
    BUCKET,
    IS_ANSWERED,
    SIDES,
    SUMS_OF_KINDS,
    WAITS_OF_KINDS,
    select_in_two_steps,
)
from reports.statistics.kpi import BUCKETS
from reports.statistics.summing import EVERY_SUM
from telephony.calls.visit_kind import kind_in_words

_WHERE = "v.tenant_id = %(tenant)s AND v.entered_at >= %(since)s AND v.entered_at < %(until)s"
_LOCAL = "(v.entered_at AT TIME ZONE %(zone)s)"
_DAY = f"{_LOCAL}::date"
_HOUR = f"extract(hour FROM {_LOCAL})::smallint"
_WORDS = kind_in_words("v.kind")


def _array(counts: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(counts)}]::int[]"


def _insert(table: str, keys: Sequence[str], sums: Mapping[str, str], select: str) -> str:
    columns = ", ".join(f'"{name}"' for name in (*keys, "service_level_mode", *sums))
    return f"INSERT INTO {table} ({columns}) {select}"  # every word is our own


def _of_queues(table: str, by: Mapping[str, str]) -> str:
    """`by`: the columns to group by, and what they are of a visit."""
    sums = {field: SUMS_OF_KINDS[field] for field in EVERY_SUM}
    for place, side in enumerate(SIDES):
        sums[f"{side}_waits"] = _array(WAITS_OF_KINDS[place * BUCKETS :][:BUCKETS])
    keys = {
        "tenant_id": "v.tenant_id",
        **by,
        "queue_name": "v.queue_name",
        "group_id": "v.group_id",
    }
    select = select_in_two_steps(
        [(key, key) for key in keys.values()],
        list(sums.values()),
        "telephony_queuevisit v",
        _WHERE,
    )
    return _insert(table, list(keys), sums, select)


def _agent_days() -> str:
    """In one step, as there are hardly fewer kinds of an agent's visits of a day than visits."""
    sums = {
        "answered": "count(*)",
        "answered_in_time": f"count(*) FILTER (WHERE {_WORDS['is_in_time']})",
        "wait_answered": "sum(v.wait_seconds)",
        "talk": "sum(v.talk_seconds)",
        "wrap_up_ms": "sum(v.wrap_up_ms)",
        "talk_unknown": f"count(*) FILTER (WHERE {_WORDS['is_talk_unknown']})",
        "longest": "max(v.wait_seconds)",
        "answered_waits": _array(
            [f"count(*) FILTER (WHERE v.bucket = {number})" for number in range(BUCKETS)]
        ),
    }
    keys = ("tenant_id", "day", "agent_id", "queue_name", "group_id")
    of_whom = ", ".join([*(f"v.{key}" for key in keys), _WORDS["service_level_mode"]])
    read = ("tenant_id", "agent_id", "queue_name", "group_id", "kind", "wait_seconds",
            "talk_seconds", "wrap_up_ms")  # fmt: skip
    visits = (
        f"SELECT {', '.join(f'v.{name}' for name in read)}, {_DAY} AS day, {BUCKET} AS bucket "  # noqa: S608
        f"FROM telephony_queuevisit v WHERE {_WHERE} AND {IS_ANSWERED} OFFSET 0"
    )
    select = f"SELECT {of_whom}, {', '.join(sums.values())} FROM ({visits}) v GROUP BY {of_whom}"  # noqa: S608
    return _insert("reports_agentday", keys, sums, select)


INSERT_QUEUE_HOURS = _of_queues("reports_queuehour", {"day": _DAY, "hour": _HOUR})
INSERT_QUEUE_DAYS = _of_queues("reports_queueday", {"day": _DAY})
INSERT_AGENT_DAYS = _agent_days()
