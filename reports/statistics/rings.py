"""Whom a queue rang in vain: by the PBX's own lines, each with the stay in the queue that it was of.

app_queue writes RINGNOANSWER for a phone that rang until the queue gave it up, that was rejected, or
that could take no call. One that stopped because somebody else answered, or the caller gave up, is
none. A stay counts once for an agent, however often the queue rang.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from reports.statistics.selection import Selection

_LONGEST_STAY = timedelta(days=1)
AGENT = "coalesce(rung.agent_id, 0)"  # SQL, as By.AGENT has it
# who a member is, as of who answered: telephony/calls/visits.py
_RINGS = r"""
SELECT line.pbx, line.callid, line.queue, line.at,
       coalesce(CASE WHEN split_part(line.agent, '-', 1) = tenant.slug THEN
                  substring(line.agent FROM '^[a-z0-9]+-a([0-9]{1,18})$')::bigint END,
                (known.facts->>'agent_id')::bigint) AS agent_id
FROM telephony_queuelogline line
JOIN callcenter_tenant tenant ON tenant.id = line.tenant_id
LEFT JOIN LATERAL (
  SELECT facts FROM telephony_companyfact one
  WHERE one.tenant_id = line.tenant_id AND one.kind = 'oldagent'
    AND one.name = left(line.agent, 80) AND line.pbx = '@' || tenant.slug LIMIT 1
) known ON true
WHERE line.tenant_id = %(tenant)s AND line.event = 'RINGNOANSWER'
  AND line.at >= %(rung_since)s AND line.at < %(rung_until)s
"""
# the stay of each ring is looked up by itself, whatever is thought of the tables' sizes: rings are few
VISITS = f"""
({_RINGS}) rung CROSS JOIN LATERAL (
  SELECT * FROM telephony_queuevisit one
  WHERE one.pbx = rung.pbx AND one.callid = rung.callid AND one.queue_name = rung.queue
    AND one.entered_at <= rung.at AND rung.at <= coalesce(one.left_at, 'infinity')
    AND (%(rung_by_any)s OR coalesce(rung.agent_id, 0) = ANY(%(rung_agents)s::bigint[]))
  ORDER BY one.stay LIMIT 1
) v"""  # noqa: S608 - our own words
IS_AMONG = f"v.id = ANY(ARRAY(SELECT v.id FROM {VISITS}))"  # noqa: S608


def of_anybody(selection: Selection) -> Selection:
    """The visits to look among: whoever answered them, it was not who let them ring."""
    return replace(selection, agent_ids=None)


def ring_parameters(selection: Selection) -> dict[str, Any]:
    return {
        "rung_since": selection.since,
        "rung_until": selection.until + _LONGEST_STAY,
        "rung_by_any": selection.agent_ids is None,
        "rung_agents": list(selection.agent_ids or ()),
    }
