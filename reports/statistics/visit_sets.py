"""Sets of visits, each as a condition of SQL on the visit `v`. Pure.

Sums and the lists behind them are made with the same conditions, so that a list has exactly as many
rows as the figure says. The words are our own; nothing from outside gets in.
"""

from __future__ import annotations

import re

from reports.statistics.kpi import BUCKETS, MODES, WAIT_EDGES
from telephony.ledger.queue_events import LOST

ANSWERED = "v.outcome = 'answered'"
ABANDONED = "v.outcome = 'abandoned'"
OVERFLOWED = "(v.outcome = 'overflowed' AND v.reason <> 'closed')"
OFFERED = (
    "(v.outcome IN ('answered', 'abandoned') OR v.outcome = 'overflowed' AND v.reason <> 'closed')"
)
UNANSWERED = "(v.outcome = 'abandoned' OR v.outcome = 'overflowed' AND v.reason <> 'closed')"
IN_TIME = "v.wait_seconds <= v.answer_within_seconds"
TALK_UNKNOWN = f"(v.ended_at IS NULL OR v.reason = '{LOST}')"  # of the answered
REASONS = ("timeout", "full", "no_agents", "agents_left", "key")

# as telephony/callbacks keeps them; the last stay in a queue of a lost call stands for it
_LOST_CALL = (
    "EXISTS (SELECT FROM telephony_lostcall lost WHERE lost.tenant_id = v.tenant_id "
    "AND lost.visit_callid = v.callid AND lost.visit_stay = v.stay AND lost.pbx = v.pbx{more})"
)

_GOOD = {
    "handled": f"{ANSWERED} AND {IN_TIME}",
    "abandons_ignored": f"{ANSWERED} AND {IN_TIME}",
    "abandons_positive": f"v.outcome IN ('answered', 'abandoned') AND {IN_TIME}",
    "abandons_negative": f"{ANSWERED} AND {IN_TIME}",
}
_COUNTED = {
    "handled": ANSWERED,
    "abandons_ignored": f"{OFFERED} AND NOT ({ABANDONED} AND {IN_TIME})",
    "abandons_positive": OFFERED,
    "abandons_negative": OFFERED,
}


def _by_mode(conditions: dict[str, str]) -> str:
    whens = " ".join(f"WHEN '{mode}' THEN {conditions[mode]}" for mode in MODES)
    return f"(CASE v.service_level_mode {whens} ELSE false END)"


def _bucket(number: int) -> str:
    edges = []
    if number:
        edges.append(f"v.wait_seconds > {WAIT_EDGES[number - 1]}")
    if number < len(WAIT_EDGES):
        edges.append(f"v.wait_seconds <= {WAIT_EDGES[number]}")
    return " AND ".join(edges)


def _reason(reason: str) -> str:
    return f"v.outcome = 'overflowed' AND v.reason = '{reason}'"


# until somebody answered, they gave up, or the queue let them go; nobody says what the others waited for
WAITED = (
    f"(v.outcome IN ('answered', 'abandoned') OR {OVERFLOWED} "
    "AND v.reason IN ('timeout', 'agents_left'))"
)
_KNOWN = ", ".join(f"'{reason}'" for reason in (*REASONS, "closed"))

SETS: dict[str, str] = {
    "offered": OFFERED,
    "answered": ANSWERED,
    "answered_in_time": f"{ANSWERED} AND {IN_TIME}",
    "talk_unknown": f"{ANSWERED} AND {TALK_UNKNOWN}",
    "talked": f"{ANSWERED} AND NOT {TALK_UNKNOWN}",
    "answered_late": f"{ANSWERED} AND NOT ({IN_TIME})",
    "unanswered": UNANSWERED,
    "abandoned": ABANDONED,
    "abandoned_in_time": f"{ABANDONED} AND {IN_TIME}",
    "restarted": f"{ABANDONED} AND v.reason = 'restart'",
    "gave_up": f"{ABANDONED} AND v.reason <> 'restart'",
    "overflowed": OVERFLOWED,
    **{reason: _reason(reason) for reason in REASONS},
    "other": f"v.outcome = 'overflowed' AND v.reason NOT IN ({_KNOWN})",
    "waited": WAITED,
    "short_abandoned": "v.outcome = 'short_abandoned'",
    "closed": _reason("closed"),
    "lost_calls": _LOST_CALL.format(more=""),
    "called_back": _LOST_CALL.format(more=" AND lost.called_back_at IS NOT NULL"),
    "in_service_level": _by_mode(_GOOD),
    "in_service_level_counted": _by_mode(_COUNTED),
    "out_of_service_level": f"{_by_mode(_COUNTED)} AND NOT {_by_mode(_GOOD)}",
    **{f"answered_bucket_{n}": f"{ANSWERED} AND {_bucket(n)}" for n in range(BUCKETS)},
    **{f"unanswered_bucket_{n}": f"{UNANSWERED} AND {_bucket(n)}" for n in range(BUCKETS)},
}

# whom the same number called again; it takes the calls that followed to know (see repeats.py)
REPEATED = "repeated"
# in which a phone rang in vain, of the chosen agents if any are (see rings.py)
LEFT_RINGING = "left_ringing"
_OVER = re.compile(r"^waited_over_([0-9]{1,6})$")


def waited_over(seconds: int) -> str:
    """The name of the set of offered visits that waited longer."""
    return f"waited_over_{int(seconds)}"


def condition_of(name: str) -> str:
    """Raises KeyError for a set that there is not."""
    found = _OVER.match(name)
    if found:
        return f"{OFFERED} AND v.wait_seconds > {int(found[1])}"
    return SETS[name]
