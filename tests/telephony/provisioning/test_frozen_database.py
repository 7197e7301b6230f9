"""PostgreSQL is there and does not answer (a stopped process, a dead disk): no caller waits."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from callcenter.groups.models import GroupMember
from callcenter.tenants.scope import tenant_scope
from tests.conftest import TestDatabase
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_thread, until

pytestmark = [pytest.mark.asterisk]
CALLER = "+4915112345"


def processes_of_postgres(url: str) -> list[int]:
    """This test run's own server with all its children."""
    with psycopg.connect(url) as link:
        row = link.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        server = parent_of(row[0])
        running = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [server, *(pid for pid in running if parent_of(pid) == server)]


def parent_of(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


@contextlib.contextmanager
def frozen(url: str) -> Iterator[None]:
    stopped = processes_of_postgres(url)
    for pid in stopped:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def log_in(company: Company, name: str) -> None:
    with tenant_scope(company.tenant.pk):
        GroupMember.objects.filter(agent=company.agents[name]).update(logged_in=True)


async def ring_seconds(company: Company, pbx: Pbx) -> float:
    """How long it takes a new caller to reach Alice, who then hangs up."""
    async with company.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        begun = time.monotonic()
        call = await carrier.call(company.number, caller_number=CALLER)
        ringing = await alice.next_call(within=15)
        took = time.monotonic() - begun
        await ringing.answer()
        await call.wait_talking()
        await call.hang_up()
        await ringing.wait_ended()
    return took


async def test_a_new_caller_does_not_wait_for_a_frozen_database(
    pbx: Pbx, company: MakeCompany, listener: Path, database_urls: TestDatabase
) -> None:
    acme = company()
    in_thread(lambda: log_in(acme, "Alice"))
    await until(lambda: acme.interface("Alice") in pbx.cli("queue show"))
    await asyncio.sleep(1)  # the listener has stored the routes
    assert await ring_seconds(acme, pbx) < 2
    with frozen(database_urls.owner):
        await asyncio.sleep(3)
        assert "PostgreSQL does not answer" in listener.read_text()
        for _ in range(3):
            assert await ring_seconds(acme, pbx) < 2
        async with acme.phone("Bob") as bob:
            await bob.register()
            begun = time.monotonic()
            refused = await bob.call("+3725551234")
            assert (await refused.wait_ended()).status == 503
            assert time.monotonic() - begun < 2
    await until(lambda: "PostgreSQL answers again" in listener.read_text())
    assert pbx.cli("dialplan show globals").count("DATABASE_AWAY_UNTIL=0") == 1
    assert await ring_seconds(acme, pbx) < 2
