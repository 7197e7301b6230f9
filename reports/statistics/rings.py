"""Whom a queue rang in vain, by the visits in which it did: telephony/calls/visits.py finds them.

app_queue writes RINGNOANSWER for a phone that rang until the queue gave it up, that was rejected, or
that could take no call. One that stopped because somebody else answered, or the caller gave up, is
none. A stay counts once for an agent, however often the queue rang. Those that count in no other
figure, as the caller left at once, count here neither.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reports.statistics.selection import Selection
from reports.statistics.visit_sets import OFFERED

# a visit for each of the chosen agents
VISITS = (
    f"(SELECT * FROM telephony_queuevisit v WHERE v.left_by IS NOT NULL AND {OFFERED}) v "  # noqa: S608
    "CROSS JOIN LATERAL ("
    "SELECT agent_id FROM unnest(v.left_by) agent_id "
    "WHERE %(rung_by_any)s OR agent_id = ANY(%(rung_agents)s::bigint[])) rung"
)
AGENT = "rung.agent_id"  # SQL, as By.AGENT has it
IS_AMONG = (
    f"v.left_by IS NOT NULL AND {OFFERED} "
    "AND (%(rung_by_any)s OR v.left_by && %(rung_agents)s::bigint[])"
)


def of_anybody(selection: Selection) -> Selection:
    """The visits to look among: whoever answered them, it was not who let them ring."""
    return replace(selection, agent_ids=None)


def ring_parameters(selection: Selection) -> dict[str, Any]:
    return {
        "rung_by_any": selection.agent_ids is None,
        "rung_agents": list(selection.agent_ids or ()),
    }
