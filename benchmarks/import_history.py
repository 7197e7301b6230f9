"""Another PBX's year into finished visits, calls and sums of days, beside one statement per event.

    python -m benchmarks.import_history [--calls 1000000] [--tenants 40] [--at-once 2] [--beside 4000]

Prints lines a second for the whole way (files to lines to visits and calls to sums of days), as the
clock says and by the CPU seconds of our processes and their PostgreSQL sessions; the memory after
the companies; and how many times as fast that is as a program that does one statement per event,
measured in the same run, by the same two measures. `--at-once` companies are imported at a time, as
one does who has two cores; one at a time tells what a single import gets. PostgreSQL is set up as
./run does it: what is committed is on the disk.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks import stage
from benchmarks.generate_history import slug_of, write_history

UTC = ZoneInfo("UTC")
CORES = 2  # that the goals speak of
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of some lines: seconds by the clock, CPU seconds here and in PostgreSQL; MB held at most."""

    lines: int
    seconds: float
    python: float
    postgres: float
    memory: int = 0
    days_seconds: float = 0.0

    def and_also(self, other: Cost) -> Cost:
        return Cost(
            self.lines + other.lines,
            self.seconds + other.seconds,
            self.python + other.python,
            self.postgres + other.postgres,
        )

    @property
    def by_clock(self) -> float:
        return self.lines / self.seconds

    @property
    def by_cpu(self) -> float:
        return self.lines / (self.python + self.postgres)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--tenants", type=int, default=40)
    parser.add_argument("--groups", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=CORES, help="companies")
    parser.add_argument("--beside", type=int, default=4000, help="lines, one statement per event")
    parser.add_argument(
        "--volatile", action="store_true", help="PostgreSQL that forgets on a crash"
    )
    options = parser.parse_args()
    with (
        stage.data_stores(memory="1GB", durable=not options.volatile),
        tempfile.TemporaryDirectory(prefix="helin-history-") as made,
    ):
        folder = Path(made)
        totals = write_history(
            folder, calls=options.calls, tenants=options.tenants, groups=options.groups
        )
        print(f"written: {totals.calls:,} calls, {totals.lines:,} lines in {totals.seconds:.1f} s")
        make_companies(options.tenants, options.groups)
        # half before and half after: others on the machine may be busier now than then
        path, half = folder / slug_of(0) / "queue_log", options.beside // 2
        before = one_statement_per_event(path, 0, half)
        quick = import_all(folder, options.tenants, options.at_once)
        slow = before.and_also(one_statement_per_event(path, half, half))
        print(
            f"one statement per event: {slow.by_clock:,.0f} lines/s, {slow.by_cpu:,.0f} per second "
            f"of CPU; ratio {quick.by_clock / slow.by_clock:.0f} by the clock, "
            f"{quick.by_cpu / slow.by_cpu:.0f} by CPU, "
            f"{quick.by_cpu * CORES / slow.by_cpu:.0f} on {CORES} cores"
        )


def make_companies(tenants: int, groups: int) -> None:
    from callcenter.groups.models import AgentGroup, Queue
    from callcenter.tenants.models import Tenant
    from callcenter.tenants.scope import tenant_scope

    for number in range(tenants):
        tenant = Tenant.objects.create(slug=slug_of(number), name=slug_of(number))
        with tenant_scope(tenant.pk):
            for place in range(groups):
                name = f"g{place + 1:02}"
                group = AgentGroup.objects.create(slug=name, name=name)
                Queue.objects.create(group=group, slug=name, name=name)


def import_all(folder: Path, tenants: int, at_once: int) -> Cost:
    """From the first byte read to the last sum of a day."""
    from callcenter.tenants.scope import system_scope
    from telephony.calls.models import Call, QueueVisit

    tasks = [(folder / slug_of(number) / "queue_log", slug_of(number)) for number in range(tenants)]
    with ProcessPoolExecutor(at_once, get_context("spawn"), initializer=_set_up) as pool:
        list(pool.map(_nothing, range(at_once)))  # what it takes to start Python is not counted
        begun = time.perf_counter()
        costs = list(pool.map(_import_one, tasks))
        seconds = time.perf_counter() - begun
    total = Cost(
        sum(cost.lines for cost in costs),
        seconds,
        sum(cost.python for cost in costs),
        sum(cost.postgres for cost in costs),
    )
    with system_scope("the benchmark counts all"):
        visits, calls = QueueVisit.objects.count(), Call.objects.count()
    print(
        f"imported, {at_once} companies at a time: {total.lines:,} lines to {visits:,} visits, "
        f"{calls:,} calls and their days in {seconds:.1f} s: {total.by_clock:,.0f} lines/s"
    )
    print(
        f"CPU of PostgreSQL {total.postgres:.1f} s, of Python {total.python:.1f} s: "
        f"{total.by_cpu:,.0f} lines per second of CPU, {CORES * total.by_cpu:,.0f} on {CORES} "
        f"cores that do nothing else; of it sums of days {sum(c.days_seconds for c in costs):.1f} s"
    )
    memory = [cost.memory for cost in costs]
    shown = sorted(
        {0, at_once, len(memory) // 4, len(memory) // 2, len(memory) - 1} & {*range(len(memory))}
    )
    print("memory of a process: " + ", ".join(f"{memory[n]} MB after {n + 1}" for n in shown))
    return total


def _set_up() -> None:
    import django

    django.setup()


def _nothing(_number: int) -> None:
    time.sleep(0.5)


def _import_one(task: tuple[Path, str]) -> Cost:
    from django.db import connection
    from django.utils import timezone

    from callcenter.tenants.models import Tenant
    from callcenter.tenants.scope import system_scope
    from reports.statistics.services import sum_days
    from telephony.calls.history import build_history
    from telephony.calls.history_blocks import BlockBuilder
    from telephony.ledger.history import import_file, importing
    from telephony.ledger.history_names import HistoryNames
    from telephony.ledger.models import Source

    path, slug = task
    connection.ensure_connection()
    session = connection.connection.info.backend_pid
    begun, postgres, python = time.perf_counter(), _cpu_of(session), time.process_time()
    with system_scope("the benchmark imports for every company"):
        tenant = Tenant.objects.get(slug=slug)
        with importing(tenant):
            names = HistoryNames(tenant)
            done = import_file(
                tenant=tenant,
                source=Source.QUEUE_LOG,
                path=path,
                zone=UTC,
                names=names,
                builder=BlockBuilder(tenant, names),
            )
            while not build_history(tenant=tenant).is_all:
                pass
    imported = time.perf_counter()
    sum_days(tenant_id=tenant.pk, at=timezone.now())
    over = time.perf_counter()
    return Cost(
        done.read,
        over - begun,
        time.process_time() - python,
        _cpu_of(session) - postgres,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        over - imported,
    )


# tables like ours: as many columns and indexes as a program needs that keeps lines, visits and calls
# and answers the same questions, and kept like ours (logged, not temporary)
_TABLES = """
CREATE TABLE IF NOT EXISTS slow_event (LIKE telephony_queuelogline INCLUDING ALL);
CREATE TABLE IF NOT EXISTS slow_visit (LIKE telephony_queuevisit INCLUDING ALL);
CREATE TABLE IF NOT EXISTS slow_call (LIKE telephony_call INCLUDING ALL);
"""
_ENTERED = """
INSERT INTO slow_visit (tenant_id, pbx, callid, stay, queue_name, member, caller_number, entered_at,
  wait_seconds, talk_seconds, outcome, reason, short_abandon_seconds, answer_within_seconds,
  service_level_mode)
VALUES (1, 'slow', %s, 1, %s, '', %s, to_timestamp(%s), 0, 0, 'waiting', '', 5, 20, 'none')
ON CONFLICT (pbx, callid, stay) DO NOTHING
"""
_BEGUN = """
INSERT INTO slow_call (tenant_id, pbx, linkedid, direction, caller_number, caller_name, dialled,
  party_digits, group_ids, agent_ids, started_at, wait_seconds, talk_seconds, outcome, reason)
VALUES (1, 'slow', %s, 'in', %s, '', '', %s, '{}', '{}', to_timestamp(%s), 0, 0, 'running', '')
ON CONFLICT (pbx, linkedid) DO NOTHING
"""


def one_statement_per_event(path: Path, first: int, count: int) -> Cost:
    """What a program takes as most are written: event by event a row, then its visit and its call,
    each statement a transaction of its own. No sums of days."""
    import psycopg
    from django.db import connection

    lines = path.read_text().splitlines()[first : first + count]
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(_TABLES)
    connection.ensure_connection()
    session = connection.connection.info.backend_pid
    with connection.cursor() as cursor:
        begun, postgres, python = time.perf_counter(), _cpu_of(session), time.process_time()
        for number, line in enumerate(lines, first):
            _one(cursor, number, *[*line.split("|"), "", "", ""][:8])
        return Cost(
            len(lines),
            time.perf_counter() - begun,
            time.process_time() - python,
            _cpu_of(session) - postgres,
        )


def _one(
    cursor: object,
    number: int,
    at: str,
    callid: str,
    queue: str,
    agent: str,
    event: str,
    *data: str,
) -> None:
    execute = cursor.execute  # type: ignore[attr-defined]
    execute(
        "INSERT INTO slow_event (pbx, file_id, byte_offset, tenant_id, at, callid, queue, agent, "
        "event, data1, data2, data3, data4, data5) "
        "VALUES ('slow', 1, %s, 1, to_timestamp(%s), %s, %s, %s, %s, %s, %s, %s, '', '')",
        [number, int(at), callid, queue, agent, event, *data],
    )
    if event == "ENTERQUEUE":
        execute(_ENTERED, [callid, queue, data[1], int(at)])
        execute(_BEGUN, [callid, data[1], data[1].lstrip("+"), int(at)])
    elif event == "CONNECT":
        _change(execute, callid, at, "left_at", "answered_at", wait=data[0], outcome="answered")
    elif event.startswith("COMPLETE"):
        _change(execute, callid, at, "ended_at", "ended_at", talk=data[1])
    elif event in ("ABANDON", "EXITWITHTIMEOUT", "EXITWITHKEY"):
        _change(execute, callid, at, "left_at", "ended_at", outcome=event.lower())


def _change(
    execute: Callable[..., object],
    callid: str,
    at: str,
    of_visit: str,
    of_call: str,
    wait: str | None = None,
    talk: str | None = None,
    outcome: str | None = None,
) -> None:
    values = [int(at), wait, talk, outcome and outcome[:16], callid]
    for table, key, column in (
        ("slow_visit", "callid", of_visit),
        ("slow_call", "linkedid", of_call),
    ):
        execute(
            f"UPDATE {table} SET {column} = to_timestamp(%s), "  # noqa: S608 - our own words
            "wait_seconds = coalesce(%s::int, wait_seconds), "
            "talk_seconds = coalesce(%s::int, talk_seconds), outcome = coalesce(%s, outcome) "
            f"WHERE pbx = 'slow' AND {key} = %s",
            values,
        )


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()
