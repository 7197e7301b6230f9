"""How fast figures are made: day x group of one tenant among forty, from days and from visits.

    python benchmarks/report_speed.py [--calls 10000000]

A year of queue visits is written by SQL, the same in each run: 40 tenants x 10 groups, 10 agents a
group; in one visit of twelve a phone rings in vain. Then one tenant's report (offered, answered,
abandoned, service level, ASA, AHT; each day, each group) is made through the selector that pages, mail and API call, as the application's role,
behind row-level security; and the statistics pages of a month and of a year are asked for as a
browser asks, HTML included. The baseline is the pattern of Wazo's call-logd: one query for each
interval and each queue, on an ordinary table with an index per filter column, figures made in
Python. Exits with 1 when a bound is missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg

from benchmarks.stage import data_stores, table

TENANTS = 40
GROUPS = 10
AGENTS = 10  # of each group
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
MONTH = (date(2025, 5, 1), date(2025, 5, 31))
ZONE = "Europe/Tallinn"
AFTER = datetime(2026, 2, 1, tzinfo=UTC)
WANTED = ("offered", "answered", "abandoned", "service_level", "asa", "aht")

# more calls at midday and on weekdays; hash() is the same in each run
_GENERATE = """
INSERT INTO telephony_queuevisit (
  tenant_id, pbx, callid, stay, queue_name, group_id, queue_id, agent_id, member, caller_number,
  entered_at, left_at, ended_at, wait_seconds, talk_seconds, wrap_up_ms,
  outcome, reason, short_abandon_seconds, answer_within_seconds, service_level_mode, left_by)
SELECT tenant, 'pbx1', 'v' || n, 1, 't' || tenant || '-q' || queue, tenant * 100 + queue,
       tenant * 100 + queue,
       CASE WHEN answered THEN tenant * 1000 + queue * 10 + dice4 %% 10 END, '',
       '+3725' || lpad((dice4 %% 1000000)::text, 6, '0'),
       at, at + make_interval(secs => wait),
       at + make_interval(secs => wait + CASE WHEN answered THEN talk ELSE 0 END),
       wait, CASE WHEN answered THEN talk ELSE 0 END, CASE WHEN answered THEN 10000 ELSE 0 END,
       CASE WHEN answered THEN 'answered' WHEN kind < 93 THEN 'abandoned'
            WHEN kind < 95 THEN 'short_abandoned' ELSE 'overflowed' END,
       CASE WHEN kind < 95 THEN '' WHEN kind < 98 THEN 'timeout' ELSE 'closed' END,
       5, 20, 'abandons_negative',
       CASE WHEN wait > 0 AND n %% 12 = 0 THEN ARRAY[tenant * 1000 + queue * 10 + dice4 / 10 %% 10] END
FROM (
  SELECT n, dice4, 1 + (dice1 %% %(tenants)s) AS tenant, 1 + (dice2 %% %(groups)s) AS queue,
         dice2 / 16 %% 100 AS kind, dice2 / 16 %% 100 < 85 AS answered,
         CASE WHEN dice2 / 16 %% 100 BETWEEN 93 AND 94 THEN dice3 %% 6
              WHEN dice2 / 16 %% 100 >= 98 THEN 0 ELSE 1 + dice3 %% 45 END AS wait,
         20 + dice3 / 64 %% 400 AS talk,
         timestamptz '2024-12-31 22:00+00' + make_interval(
           days => (n * 365 / %(calls)s)::int,
           secs => 28800 + (dice1 / 64 %% 18000) + (dice3 / 128 %% 18000)) AS at
  FROM (
    SELECT n, abs(hashint8(n)::bigint) AS dice1, abs(hashint8(n + 1000000007)::bigint) AS dice2,
           abs(hashint8(n + 2000000014)::bigint) AS dice3,
           abs(hashint8(n + 3000000021)::bigint) AS dice4
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
  ) thrown
) made
"""
# call-logd's table of queue statistics, with its indexes
_WAZO = """
CREATE TABLE stat_call_on_queue AS
SELECT id, callid, entered_at AS time, wait_seconds AS ringtime, talk_seconds AS talktime,
       wait_seconds AS waittime,
       CASE outcome WHEN 'overflowed' THEN reason ELSE outcome END::text AS status,
       group_id AS stat_queue_id, agent_id AS stat_agent_id
FROM telephony_queuevisit;
CREATE INDEX ON stat_call_on_queue (callid);
CREATE INDEX ON stat_call_on_queue (stat_queue_id);
CREATE INDEX ON stat_call_on_queue (stat_agent_id);
CREATE INDEX ON stat_call_on_queue (time);
ANALYZE stat_call_on_queue
"""
_WAZO_INTERVAL = """
SELECT stat_queue_id,
  count(*) FILTER (WHERE status = 'answered') AS answered,
  count(*) FILTER (WHERE status = 'abandoned') AS abandoned,
  count(*) AS received, count(*) FILTER (WHERE status = 'closed') AS closed,
  count(*) FILTER (WHERE status = 'timeout') AS timeout,
  avg(waittime) FILTER (WHERE status = 'answered') AS asa,
  avg(waittime), avg(talktime) FILTER (WHERE status = 'answered') AS aht,
  count(*) FILTER (WHERE status = 'answered' AND waittime <= 20) AS in_time
FROM stat_call_on_queue
WHERE stat_queue_id = %s AND time >= %s AND time < %s
GROUP BY stat_queue_id
"""


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    taken: list[float]
    bound_ms: float | None = None

    @property
    def seconds(self) -> float:
        return statistics.median(self.taken)

    @property
    def is_met(self) -> bool:
        return self.bound_ms is None or self.seconds * 1000 < self.bound_ms


def take(work: Callable[[], object], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return taken


def fill(calls: int) -> None:
    from callcenter.tenants.models import Tenant

    Tenant.objects.bulk_create(
        Tenant(pk=n, slug=f"t{n}", name=f"Tenant {n}", time_zone=ZONE)
        for n in range(1, TENANTS + 1)
    )
    begun = time.perf_counter()
    at_once = 1_000_000
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as link:
        link.execute("SELECT set_config('app.tenant', '*', false)")
        link.execute("ALTER TABLE telephony_queuevisit DISABLE TRIGGER USER")
        # one pass over all rows makes an index sooner than ten million insertions
        indexes = link.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'telephony_queuevisit' "
            "AND indexname IN ('visit_figures', 'visit_of_call', 'visit_running', "
            "'visit_left_ringing')"
        ).fetchall()
        for name, _ in indexes:
            link.execute(f"DROP INDEX {name}".encode())
        for first in range(0, calls, at_once):
            last = min(first + at_once, calls) - 1
            numbers = {"tenants": TENANTS, "groups": GROUPS, "calls": calls}
            link.execute(_GENERATE.encode(), {**numbers, "first": first, "last": last})
        link.execute("SET maintenance_work_mem = '256MB'")
        for _, definition in indexes:
            link.execute(definition.encode())
        link.execute("ALTER TABLE telephony_queuevisit ENABLE TRIGGER USER")
        link.execute(
            "INSERT INTO reports_changedspan (tenant_id, first_at, last_at) "
            "SELECT tenant_id, min(entered_at), max(entered_at) FROM telephony_queuevisit "
            "GROUP BY tenant_id"
        )
    print(f"{calls:,} visits written in {time.perf_counter() - begun:.1f} s")


def prepare_tables() -> None:
    """As autovacuum would have it; the owner's work."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as link:
        link.execute("SELECT set_config('app.tenant', '*', false)")
        _vacuum(link, "telephony_queuevisit")
        for statement in _WAZO.split(";"):
            link.execute(statement.encode())
        link.execute(b"GRANT SELECT ON stat_call_on_queue TO helin_app")


def _vacuum(link: psycopg.Connection, name: str) -> None:
    """Until every page is known to be visible to all, which a snapshot of anybody may put off."""
    while True:
        link.execute(f"VACUUM ANALYZE {name}".encode())
        seen = link.execute(
            "SELECT relpages - relallvisible FROM pg_class WHERE relname = %s", [name]
        ).fetchone()
        if seen is not None and seen[0] <= 0:
            return
        time.sleep(1)


def sum_everything() -> None:
    from reports.statistics.services import sum_days_of_everybody

    begun = time.perf_counter()
    days = sum_days_of_everybody(at=AFTER)
    seconds = time.perf_counter() - begun
    print(f"{days:,} days of {TENANTS} tenants summed in {seconds:.1f} s")
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as link:
        for name in ("queueday", "queuehour", "agentday", "changedspan"):
            _vacuum(link, f"reports_{name}")


def report(days: tuple[date, date], *, from_days: bool, wanted: tuple[str, ...]) -> int:
    """Makes each figure of each day and group, as a page would."""
    from reports.statistics.intervals import By
    from reports.statistics.selection import of_days
    from reports.statistics.selectors import values

    return len(values(of_days(*days, ZONE), (By.DAY, By.GROUP), wanted, from_days=from_days))


def make_readers() -> None:
    """The first tenant's groups and agents, as the visits name them, and a supervisor."""
    from callcenter.accounts.models import Membership, User
    from callcenter.agents.models import Agent
    from callcenter.groups.models import AgentGroup

    for queue in range(1, GROUPS + 1):
        AgentGroup.objects.create(pk=100 + queue, slug=f"g{queue}", name=f"Group {queue}")
        for place in range(AGENTS):
            name = f"agent-{queue}-{place}"
            user = User.objects.create(email=f"{name}@example.com", name=name, password="!")
            member = Membership.objects.create(user=user, role="agent")
            Agent.objects.create(pk=1000 + queue * 10 + place, membership=member, name=name)
    boss = User.objects.create(email="boss@example.com", name="Boss", password="!")
    Membership.objects.create(user=boss, role="supervisor")


def load_as_a_web_server() -> None:
    """Which then keeps what is loaded out of the way (callcenter/asgi.py)."""
    import callcenter.asgi  # noqa: F401


def measure_pages() -> list[Measured]:
    from django.conf import settings
    from django.test import Client

    from callcenter.accounts.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    boss = User.objects.get(email="boss@example.com")
    client.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    found = []
    pages = ("", "agents/", "intervals/", "comparison/")
    for words, (first, last), hours, shown in (
        ("month", MONTH, "", pages),
        ("year", YEAR, "", pages),
        ("year from 8 to 17", YEAR, "&from=08:00&to=17:00", ("", "intervals/", "comparison/")),
    ):
        beyond = last + timedelta(days=1)
        period = f"period=dates&since={first}T00:00&until={beyond}T00:00{hours}"
        for page in shown:
            address = f"/t/t1/statistics/{page}?{period}"

            def once(address: str = address) -> None:
                answer = client.get(address)
                assert answer.status_code == 200, answer.status_code

            once()
            found.append(Measured(f"{words}, page {page or 'groups/'}", take(once, 5), 150))
    return found


def wazo_pattern(days: tuple[date, date]) -> int:
    from django.db import connection

    from reports.statistics.selection import midnight

    made = 0
    day = days[0]
    with connection.cursor() as cursor:
        while day <= days[1]:
            since, until = midnight(day, ZONE), midnight(day + timedelta(days=1), ZONE)
            for queue in range(1, GROUPS + 1):
                cursor.execute(_WAZO_INTERVAL, [100 + queue, since, until])
                row = cursor.fetchone()
                made += row is not None
            day += timedelta(days=1)
    return made


def measure() -> tuple[list[Measured], float, float]:
    def timed(
        name: str, days: tuple[date, date], times: int, bound: float, **how: object
    ) -> Measured:
        def once() -> int:
            return report(days, **how)  # type: ignore[arg-type]

        once()
        return Measured(name, take(once, times), bound)

    found = [
        timed("month from days", MONTH, 15, 20, from_days=True, wanted=WANTED),
        timed("year from days", YEAR, 11, 20, from_days=True, wanted=WANTED),
        timed("month from visits", MONTH, 11, 20, from_days=False, wanted=WANTED),
        timed("year from visits", YEAR, 5, 150, from_days=False, wanted=WANTED),
    ]
    wazo_pattern(MONTH)
    month = statistics.median(take(lambda: wazo_pattern(MONTH), 3))
    year = take(lambda: wazo_pattern(YEAR), 1)[0]
    return found, month, year


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    options = parser.parse_args()
    with data_stores(memory="1GB"):
        from callcenter.tenants.scope import tenant_scope

        fill(options.calls)
        prepare_tables()
        sum_everything()
        with tenant_scope(1):
            rows = report(YEAR, from_days=True, wanted=WANTED)
            print(f"one tenant's year is {rows:,} rows of a report")
            make_readers()
            load_as_a_web_server()
            found, month, year = measure()
        pages = measure_pages()
    baseline = {"month": month, "year": year}
    lines = [
        (
            one.name,
            f"{one.seconds * 1000:.1f} ms",
            f"{min(one.taken) * 1000:.1f} ms",
            f"{one.bound_ms:.0f} ms",
            f"{baseline[one.name.split()[0]] / one.seconds:.0f} x",
            "met" if one.is_met else "MISSED",
        )
        for one in found
    ]
    lines += [
        (
            one.name,
            f"{one.seconds * 1000:.1f} ms",
            f"{min(one.taken) * 1000:.1f} ms",
            f"{one.bound_ms:.0f} ms",
            "",
            "met" if one.is_met else "MISSED",
        )
        for one in pages
    ]
    lines += [
        (f"{name}, a query per day and queue", f"{t * 1000:.0f} ms", "", "-", "1 x", "")
        for name, t in baseline.items()
    ]
    title = f"Day x group of one tenant, {options.calls:,} calls of {TENANTS} tenants"
    print(table(title, ("report", "median", "best", "bound", "against the pattern", ""), lines))
    return 0 if all(one.is_met for one in (*found, *pages)) else 1


if __name__ == "__main__":
    sys.exit(main())
