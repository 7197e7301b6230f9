"""The call list at ten million calls: any filter, first and last page, ours beside plain pages.

    python benchmarks/call_list.py [--calls 10000000] [--tenants 40] [--rounds 15]

The named baseline is what a plain list does: OFFSET pages over one index on (tenant, time), arrays
and outcomes looked at row by row. Both run as the application's role, behind row-level security, on
the same table made by one INSERT ... SELECT, and must find the same calls. Milliseconds are medians
of `--rounds`, of the second and third page kinds too; the slowest is what counts.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.stage import data_stores

GROUPS, AGENTS = 10, 50  # of each company; ids are company * 100 + n and company * 1000 + n
YEAR = timedelta(days=365)
BEGIN = datetime(2025, 11, 1, tzinfo=UTC)

# agent 49 of a company has no call, 48 a few of long ago; `failed` never came in; numbers end in any
# digits
_FILL = """
INSERT INTO telephony_call (
  tenant_id, pbx, linkedid, direction, caller_number, caller_name, dialled, party_digits, group_id,
  agent_id, group_ids, agent_ids, started_at, answered_at, ended_at, wait_seconds, talk_seconds,
  outcome, reason)
SELECT tenant, 'pbx1', '1.' || n, way, '+' || digits, '', '+4420700001', digits, tenant * 100 + grp,
       agent, ARRAY[tenant * 100 + grp], ARRAY[agent], at, at, at + interval '90 s', 12, 78,
       CASE WHEN way = 'in' THEN (ARRAY['answered', 'answered', 'answered', 'answered', 'abandoned',
              'short_abandoned', 'overflowed', 'closed'])[1 + n / 7 %% 8]
            ELSE (ARRAY['answered', 'answered', 'answered', 'busy', 'no_answer'])[1 + n / 7 %% 5] END,
       ''
FROM (
  SELECT n, 1 + n %% %(tenants)s AS tenant, n / %(tenants)s %% %(groups)s AS grp,
         (1 + n %% %(tenants)s) * 1000
           + CASE WHEN n < %(tenants)s * 30 THEN 48 ELSE n / 11 %% 48 END AS agent,
         (ARRAY['in', 'in', 'in', 'in', 'in', 'in', 'out', 'out', 'out', 'internal'])
           [1 + n / 3 %% 10] AS way,
         '4915' || lpad((abs(hashint8(n)::bigint) %% 100000000)::text, 8, '0') AS digits,
         %(begin)s::timestamptz + n * (interval '365 days' / %(calls)s) AS at
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
) made
"""
FILL_AT_ONCE = 500_000


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    ours: float
    plain: float
    rows: int


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=10_000_000)
    options.add_argument("--tenants", type=int, default=40)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--plain-rounds", type=int, default=1)
    options.add_argument("--most", type=float, default=50.0, help="milliseconds, else exit 1")
    wanted = options.parse_args()
    with data_stores():
        seconds = fill(wanted.calls, wanted.tenants)
        print(f"{wanted.calls:,} calls of {wanted.tenants} companies made in {seconds:.0f} s")
        found = measure(wanted.tenants, wanted.rounds, wanted.plain_rounds)
    return report(found, wanted.most)


def fill(calls: int, tenants: int) -> float:
    """Seconds that it took, as the owner of the tables, who may vacuum them."""
    import psycopg

    from callcenter.tenants.models import Tenant

    begun = time.monotonic()
    Tenant.objects.bulk_create(
        Tenant(pk=number, slug=f"t{number:02}", name=f"T{number}", country="GB", time_zone="UTC")
        for number in range(1, tenants + 1)
    )
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as link:
        link.execute("SET app.tenant = '*'")
        link.execute("SET synchronous_commit = off")
        for first in range(0, calls, FILL_AT_ONCE):
            values = {
                "first": first,
                "last": min(first + FILL_AT_ONCE, calls) - 1,
                "calls": calls,
                "tenants": tenants,
                "groups": GROUPS,
                "begin": BEGIN,
            }
            link.execute(_FILL, values)
        # the baseline's index, and what both must know of the tables
        link.execute("CREATE INDEX plain_list ON telephony_call (tenant_id, started_at DESC)")
        link.execute("VACUUM (ANALYZE) telephony_call, telephony_callconcern")
    return time.monotonic() - begun


def measure(tenants: int, rounds: int, plain_rounds: int) -> list[Measured]:
    from callcenter.tenants.scope import tenant_scope
    from telephony.calls.models import Call
    from telephony.calls.permissions import CallSight
    from telephony.calls.selectors import CallFilter

    tenant = min(7, tenants)
    everything = CallSight(None, None, True)
    groups, agents = tenant * 100, tenant * 1000
    unanswered = (
        "abandoned",
        "short_abandoned",
        "overflowed",
        "closed",
        "no_answer",
        "busy",
        "failed",
    )
    month = BEGIN + YEAR - timedelta(days=30)
    with tenant_scope(tenant):
        number = Call.objects.filter(started_at__gt=BEGIN + YEAR / 2).earliest("pk").caller_number
    cases: list[tuple[str, CallSight, CallFilter]] = [
        ("everything", everything, CallFilter()),
        ("last 30 days", everything, CallFilter(since=month)),
        ("one hour a year ago", everything,
         CallFilter(since=BEGIN, until=BEGIN + timedelta(hours=1))),
        ("incoming", everything, CallFilter(direction="in")),
        ("unanswered", everything, CallFilter(outcomes=unanswered)),
        ("failed: none at all", everything, CallFilter(outcomes=("failed",))),
        ("running: none at all", everything, CallFilter(outcomes=("running",))),
        ("a group", everything, CallFilter(group_id=groups + 3)),
        ("a group without calls", everything, CallFilter(group_id=groups + 77)),
        ("a group's unanswered", everything,
         CallFilter(group_id=groups + 3, outcomes=unanswered, direction="in")),
        ("an agent", everything, CallFilter(agent_id=agents + 5)),
        ("an agent with 30 calls, a year ago", everything, CallFilter(agent_id=agents + 48)),
        ("an agent without calls", everything, CallFilter(agent_id=agents + 49)),
        ("an agent in a group not his", everything,
         CallFilter(agent_id=agents + 5, group_id=groups + 77)),
        ("a whole number", everything, CallFilter(number=number, country="GB")),
        ("a whole number that never called", everything,
         CallFilter(number="+49 15 123456789", country="GB")),
        ("last 4 digits", everything, CallFilter(number=number[-4:], country="GB")),
        ("last digit", everything, CallFilter(number="7", country="GB")),
        ("last digit, failed: none", everything,
         CallFilter(number="7", country="GB", outcomes=("failed",))),
        ("last 4 digits of an agent", everything,
         CallFilter(number=number[-4:], country="GB", agent_id=agents + 5)),
        ("a supervisor of three groups", CallSight(frozenset(groups + n for n in (1, 2, 3)), None, True),
         CallFilter()),
        ("an agent's own page", CallSight(frozenset(), agents + 9, False), CallFilter()),
        ("an agent's own unanswered", CallSight(frozenset(), agents + 48, False),
         CallFilter(outcomes=unanswered)),
    ]  # fmt: skip
    found = []
    with tenant_scope(tenant):
        for name, sight, wanted in cases:
            for side, page in (("older", "first page"), ("newer", "last page")):
                ours, spent = median(_our_page, rounds, sight, wanted, side)
                theirs, plain = median(plain_page, plain_rounds, sight, wanted, side)
                if ours != theirs:
                    raise AssertionError(f"{name}: {len(ours)} calls, plainly {len(theirs)}")
                found.append(Measured(f"{name}, {page}", spent, plain, len(ours)))
    return found


def _our_page(sight: Any, wanted: Any, side: Any) -> list[int]:
    from telephony.calls.selectors import page_of_calls

    return [call.pk for call in page_of_calls(sight, wanted, None, side).calls]


def plain_page(sight: Any, wanted: Any, side: str) -> list[int]:
    """ORDER BY time, LIMIT and OFFSET; the last page is counted for, as numbered pages do."""
    from django.db.models import Q

    from phonebook.numbers.e164 import search_digits
    from telephony.calls.models import Call
    from telephony.calls.selectors import PAGE

    calls = Call.objects.filter(sight.limits, part_of=None)
    conditions = {
        "started_at__gte": wanted.since,
        "started_at__lt": wanted.until,
        "group_ids__contains": [wanted.group_id] if wanted.group_id else None,
        "agent_ids__contains": [wanted.agent_id] if wanted.agent_id else None,
        "direction": wanted.direction or None,
        "outcome__in": wanted.outcomes or None,
    }
    calls = calls.filter(Q(**{key: value for key, value in conditions.items() if value}))
    if wanted.number:
        calls = calls.filter(party_digits__endswith=search_digits(wanted.number, wanted.country))
    ordered = calls.order_by("-started_at", "-pk")
    first = 0 if side == "older" else max(0, ordered.count() - PAGE)
    return [call.pk for call in ordered[first : first + PAGE]]


def median(work: Callable[..., list[int]], rounds: int, *wish: Any) -> tuple[list[int], float]:
    """What it gives, and milliseconds; a round before the first one warms up."""
    result = work(*wish)
    spent = []
    for _ in range(rounds):
        begun = time.perf_counter()
        result = work(*wish)
        spent.append(1000 * (time.perf_counter() - begun))
    return result, statistics.median(spent)


def report(found: list[Measured], most: float) -> int:
    print(f"{'':52}{'ours ms':>9}{'plain ms':>10}{'times':>8}{'rows':>6}")
    for one in found:
        times = one.plain / one.ours
        print(f"{one.name:52}{one.ours:9.1f}{one.plain:10.1f}{times:8.1f}{one.rows:6}")
    slowest = max(found, key=lambda one: one.ours)
    plainest = max(found, key=lambda one: one.plain)
    print(f"slowest: {slowest.name}, {slowest.ours:.1f} ms (aim: {most:.0f})")
    print(f"plain OFFSET pages' slowest: {plainest.name}, {plainest.plain:.1f} ms")
    return 0 if slowest.ours <= most else 1


if __name__ == "__main__":
    sys.exit(main())
