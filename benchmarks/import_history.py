"""Another PBX's year into finished visits and calls, beside one statement per event.

    python benchmarks/import_history.py [--calls 1000000] [--tenants 40] [--beside 4000]

Prints lines a second for the whole way (files to lines to visits and calls, sums of days apart), the
CPU seconds of this process and of its PostgreSQL session, the greatest memory, and how many times as
fast that is as a program that does one statement per event, measured in the same run.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks import stage
from benchmarks.generate_history import slug_of, write_history

UTC = ZoneInfo("UTC")
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--tenants", type=int, default=40)
    parser.add_argument("--groups", type=int, default=10)
    parser.add_argument("--beside", type=int, default=4000, help="lines, one statement per event")
    options = parser.parse_args()
    with stage.data_stores(), tempfile.TemporaryDirectory(prefix="helin-history-") as made:
        folder = Path(made)
        totals = write_history(
            folder, calls=options.calls, tenants=options.tenants, groups=options.groups
        )
        print(f"written: {totals.calls:,} calls, {totals.lines:,} lines in {totals.seconds:.1f} s")
        make_companies(options.tenants, options.groups)
        quick = import_all(folder, options.tenants)
        slow = one_statement_per_event(folder / slug_of(0) / "queue_log", options.beside)
        print(f"one statement per event: {slow:,.0f} lines/s; ratio {quick / slow:.0f}")


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


def import_all(folder: Path, tenants: int) -> float:
    """Lines a second, from the first byte read to the last visit and call written."""
    from django.db import connection
    from django.utils import timezone

    from callcenter.tenants.models import Tenant
    from callcenter.tenants.scope import system_scope
    from reports.statistics.services import sum_days
    from telephony.calls.history import build_history
    from telephony.calls.history_blocks import BlockBuilder
    from telephony.calls.models import Call, QueueVisit
    from telephony.ledger.history import import_file, importing
    from telephony.ledger.history_names import HistoryNames
    from telephony.ledger.models import Source

    connection.ensure_connection()
    session = connection.connection.info.backend_pid
    lines, reading, building = 0, 0.0, 0.0
    cpu = _cpu_of(session), time.process_time()
    memory = []
    with system_scope("the benchmark imports for every company"):
        for number in range(tenants):
            tenant = Tenant.objects.get(slug=slug_of(number))
            with importing(tenant):
                begun = time.perf_counter()
                names = HistoryNames(tenant)
                done = import_file(
                    tenant=tenant,
                    source=Source.QUEUE_LOG,
                    path=folder / tenant.slug / "queue_log",
                    zone=UTC,
                    names=names,
                    builder=BlockBuilder(tenant, names),
                )
                read = time.perf_counter()
                while not build_history(tenant=tenant).is_all:
                    pass
                reading += read - begun
                building += time.perf_counter() - read
                lines += done.read
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        seconds = reading + building
        visits, calls = QueueVisit.objects.count(), Call.objects.count()
    used = _cpu_of(session) - cpu[0], time.process_time() - cpu[1]
    print(
        f"imported: {lines:,} lines to {visits:,} visits and {calls:,} calls in {seconds:.1f} s: "
        f"{lines / seconds:,.0f} lines/s (lines {reading:.1f} s, visits and calls {building:.1f} s; "
        f"CPU of PostgreSQL {used[0]:.1f} s, of Python {used[1]:.1f} s: "
        f"{lines / sum(used):,.0f} lines per second of CPU)"
    )
    print(f"memory at most: {memory[0]} MB after the first company, {memory[-1]} MB after the last")
    begun = time.perf_counter()
    days = sum(sum_days(tenant_id=tenant.pk, at=timezone.now()) for tenant in Tenant.objects.all())
    print(f"sums of days: {days:,} days in {time.perf_counter() - begun:.1f} s")
    return lines / seconds


def one_statement_per_event(path: Path, count: int) -> float:
    """Lines a second of a program as most are written: a row, then its visit, event by event, each
    in a transaction of its own, by an index as good as ours."""
    from django.db import connection

    lines = path.read_text().splitlines()[:count]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE event (id bigserial PRIMARY KEY, at timestamptz, callid text, "
            "queue text, agent text, event text, data1 text, data2 text, data3 text)"
        )
        cursor.execute("CREATE INDEX ON event (callid)")
        cursor.execute(
            "CREATE TEMP TABLE visit (callid text PRIMARY KEY, queue text, entered_at timestamptz, "
            "left_at timestamptz, ended_at timestamptz, wait int, talk int, outcome text)"
        )
        begun = time.perf_counter()
        for line in lines:
            _one(cursor, *[*line.split("|"), "", "", ""][:8])
        seconds = time.perf_counter() - begun
    return len(lines) / seconds


def _one(
    cursor: object, at: str, callid: str, queue: str, agent: str, event: str, *data: str
) -> None:
    execute = cursor.execute  # type: ignore[attr-defined]
    execute(
        "INSERT INTO event (at, callid, queue, agent, event, data1, data2, data3) "
        "VALUES (to_timestamp(%s), %s, %s, %s, %s, %s, %s, %s)",
        [int(at), callid, queue, agent, event, *data],
    )
    if event == "ENTERQUEUE":
        execute(
            "INSERT INTO visit (callid, queue, entered_at, outcome) "
            "VALUES (%s, %s, to_timestamp(%s), 'waiting') ON CONFLICT (callid) DO NOTHING",
            [callid, queue, int(at)],
        )
    elif event == "CONNECT":
        execute(
            "UPDATE visit SET left_at = to_timestamp(%s), wait = %s, outcome = 'answered' "
            "WHERE callid = %s",
            [int(at), int(data[0]), callid],
        )
    elif event.startswith("COMPLETE"):
        execute(
            "UPDATE visit SET ended_at = to_timestamp(%s), talk = %s WHERE callid = %s",
            [int(at), int(data[1]), callid],
        )
    elif event in ("ABANDON", "EXITWITHTIMEOUT", "EXITWITHKEY"):
        execute(
            "UPDATE visit SET left_at = to_timestamp(%s), ended_at = to_timestamp(%s), outcome = %s "
            "WHERE callid = %s",
            [int(at), int(at), event.lower(), callid],
        )


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()
