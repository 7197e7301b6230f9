"""Sums of visits in two steps: first of visits of one kind, then of the kinds. Pure.

What a sum takes in is asked of every row it may take in. There are few kinds (outcome, reason, mode,
in time or not; perhaps how long) and many visits, so that it pays to count the visits of each kind
first. The kind is a number in the index that sums run over (telephony/calls/visit_kind.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.statistics.kpi import BUCKETS, WAIT_EDGES, Visits
from reports.statistics.visit_sets import ANSWERED, IN_TIME, OFFERED, SETS, TALK_UNKNOWN, WAITED
from telephony.calls.visit_kind import kind_in_words, kinds_of_outcome

SIDES = ("answered", "unanswered")
SECONDS = {
    "wait_answered": ("wait_seconds", ANSWERED),
    "wait_all": ("wait_seconds", WAITED),
    "talk": ("talk_seconds", ANSWERED),
    "wrap_up_ms": ("wrap_up_ms", ANSWERED),
}
IS_ANSWERED = "v.kind BETWEEN {} AND {}".format(*kinds_of_outcome("answered"))
_OF_A_KIND = kind_in_words("v.kind")
_UPPER = ", ".join(str(edge + 1) for edge in WAIT_EDGES)
BUCKET = f"width_bucket(v.wait_seconds, ARRAY[{_UPPER}])"  # SQL, as kpi.bucket_of
_SUMMED = {
    "n": "count(*)",
    "wait_seconds": "sum(v.wait_seconds)",
    "talk_seconds": "sum(v.talk_seconds)",
    "wrap_up_ms": "sum(v.wrap_up_ms)",
    "longest": "max(v.wait_seconds)",
}


def _sum(field: str) -> str:
    if field in SECONDS:
        column, which = SECONDS[field]
        # PostgreSQL sums bigint as numeric, which takes longer; up to 2^53 this is as exact
        return f"coalesce(sum(v.{column}::float8) FILTER (WHERE {which}), 0)::bigint"
    condition = SETS[field].replace(IN_TIME, "v.is_in_time")
    return _count(condition.replace(TALK_UNKNOWN, "v.is_talk_unknown"))


def _count(condition: str) -> str:
    return f"coalesce(sum(v.n::float8) FILTER (WHERE {condition}), 0)::bigint"


SUMS_OF_KINDS = {
    **{field: _sum(field) for field in Visits._fields},
    "longest": f"max(v.longest) FILTER (WHERE {OFFERED})",
}
WAITS_OF_KINDS = [
    _count(f"v.bucket = {number} AND {SETS[side]}") for side in SIDES for number in range(BUCKETS)
]


def select_in_two_steps(
    keys: Sequence[tuple[str, str]], sums: Sequence[str], table: str, where: str
) -> str:
    """`keys`: what to group by and the key that it gives; `sums`: of SUMS_OF_KINDS, and any made of
    WAITS_OF_KINDS."""
    has_waits = any("v.bucket" in one for one in sums)
    parts = dict.fromkeys(group for group, _ in keys if not group.startswith("'"))
    columns = [
        *(f"{key} AS key{number}" for number, (_, key) in enumerate(keys)),
        *(f"{words} AS {name}" for name, words in _OF_A_KIND.items()),
        *[f"{BUCKET} AS bucket"] * has_waits,
        *(
            f"{one} AS {name}"
            for name, one in _SUMMED.items()
            if any(f"v.{name}" in by for by in sums)
        ),
    ]
    # every word is our own; what people chose comes as parameters
    first = (
        f"SELECT {', '.join(columns)} FROM {table} WHERE {where} "  # noqa: S608
        f"GROUP BY {', '.join([*parts, 'v.kind', *[BUCKET] * has_waits])}"
    )
    of_whom = ", ".join(
        [*(f"v.key{number}" for number in range(len(keys))), "v.service_level_mode"]
    )
    return f"SELECT {of_whom}, {', '.join(sums)} FROM ({first}) v GROUP BY {of_whom}"  # noqa: S608
