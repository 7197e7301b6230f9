"""Who had to call again: offered visits whose number called the same group again within a week.

The number is the call's, in one form however it was sent; who sent none is never taken for another.
Anything that number does counts as calling again, also giving up at once, or calling while closed;
one call in two queues of a group does not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reports.statistics.kpi import REPEAT_HOURS
from reports.statistics.selection import Selection
from reports.statistics.visit_sets import OFFERED

NO_NUMBERS = (
    "", "anonymous", "unknown", "private", "restricted", "unavailable", "withheld", "asterisk", "s",
    "<unknown>", "anonymous@anonymous.invalid",
)  # fmt: skip
_NUMBER = "coalesce(nullif(known.caller_number, ''), one.caller_number)"

# the next visit of another call: the next row that begins a run of one call's visits
REPEATED_IDS = f"""
WITH visit AS (
  SELECT one.id, coalesce(one.group_id, 0) AS group_id, one.entered_at, one.outcome, one.reason,
         {_NUMBER} AS number, coalesce(one.call_id, -one.id) AS talk
  FROM telephony_queuevisit one
  LEFT JOIN telephony_call known ON known.id = one.call_id AND known.tenant_id = one.tenant_id
  WHERE one.tenant_id = %(tenant)s
    AND one.entered_at >= %(since)s AND one.entered_at < %(until_again)s
    AND (%(every_group)s OR coalesce(one.group_id, 0) = ANY(%(groups)s::bigint[]))
    AND lower({_NUMBER}) <> ALL(%(no_numbers)s::text[])
),
often AS (  -- only these can be: most numbers called once, and need no sorting
  SELECT group_id, number FROM visit GROUP BY group_id, number HAVING min(talk) <> max(talk)
),
run AS (
  SELECT visit.*, CASE WHEN lag(talk) OVER (
    PARTITION BY group_id, number ORDER BY entered_at, id) IS DISTINCT FROM talk
    THEN entered_at END AS begun_at
  FROM (
    SELECT visit.* FROM visit JOIN often USING (group_id, number)
  ) visit
),
later AS (
  SELECT run.*, min(begun_at) OVER (
    PARTITION BY group_id, number ORDER BY entered_at DESC, id DESC
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS again_at
  FROM run
)
SELECT v.id FROM later v WHERE v.again_at <= v.entered_at + %(margin)s AND {OFFERED}
"""  # noqa: S608


def repeats_parameters(selection: Selection) -> dict[str, Any]:
    margin = timedelta(hours=REPEAT_HOURS)
    return {
        "margin": margin,
        "until_again": selection.until + margin,
        "every_group": selection.group_ids is None,
        "no_numbers": list(NO_NUMBERS),
    }
