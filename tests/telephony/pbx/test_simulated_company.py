"""The simulator is told what the real PBX would read; the command plays it for real."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from callcenter.calendars.models import OpeningCalendar
from callcenter.groups.models import Queue
from callcenter.runtime import ports
from callcenter.runtime.folders import ROOT
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.ami.actions import Action
from telephony.ami.client import connect
from telephony.provisioning.simulated_company import DatabaseCompanies
from tests.cast import make_company
from tests.conftest import TestDatabase

NUMBER, OTHER = "+37260000001", "+37260000002"


@pytest.mark.django_db
def test_it_is_told_of_the_companies_at_home_on_this_pbx_and_of_no_other() -> None:
    make_company("acme", number=NUMBER)
    away = make_company("globex", number=OTHER)
    Tenant.objects.filter(pk=away.tenant.pk).update(pbx="pbx2")
    company = DatabaseCompanies("pbx1").read()
    assert {phone.tenant for phone in company.phones} == {"acme"}
    assert [queue.name for queue in company.queues] == ["acme-sales"]
    assert company.numbers == (NUMBER[1:],)
    assert company.lots == ("acme",)
    assert DatabaseCompanies("pbx1").decide(OTHER[1:], "1").state == "unknown"
    assert DatabaseCompanies("pbx2").decide(OTHER[1:], "1").queue == "globex-sales"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("forced", "until_hours", "state"),
    [("open", None, "open"), ("closed", 1, "closed"), ("open", -1, "closed"), ("", None, "closed")],
)
def test_calls_are_decided_as_they_come(forced: str, until_hours: int | None, state: str) -> None:
    acme = make_company("acme", number=NUMBER)
    until = None if until_hours is None else datetime.now(UTC) + timedelta(hours=until_hours)
    with tenant_scope(acme.tenant.pk):
        Queue.objects.update(max_wait_seconds=90)
        assert DatabaseCompanies("pbx1").decide(NUMBER[1:], "1").state == "open"  # no calendar
        calendar = OpeningCalendar.objects.create(name="Hours", forced=forced, forced_until=until)
        acme.group.calendar = calendar
        acme.group.save()
    decision = DatabaseCompanies("pbx1").decide(NUMBER[1:], "1")
    assert decision.state == state
    assert (decision.tenant, decision.queue, decision.max_wait_seconds) == (
        "acme",
        "acme-sales",
        90,
    )


@pytest.mark.django_db(transaction=True)
def test_the_command_plays_a_pbx_that_the_listener_follows_and_stops_when_told(
    database_urls: TestDatabase, tmp_path: Path
) -> None:
    make_company("acme", number=NUMBER)
    port = ports.free_port()
    environment = {
        **database_urls.environment,
        "HELIN_PBXES": f"pbx1=simulator://helin:s3cret@127.0.0.1:{port}",
        "HELIN_ASTERISK_LOG_DIR": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }
    environment.pop("DATABASE_OWNER_URL")
    log = tmp_path / "log"
    with log.open("wb") as said, ExitStack() as running:
        pbx = running.enter_context(_started("run_simulator", environment, said))
        running.enter_context(_started("run_listener", environment, said))
        asyncio.run(_call_and_wait(port))
        deadline = time.monotonic() + 30
        while "in sync" not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        pbx.send_signal(signal.SIGTERM)
        assert pbx.wait(15) == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    assert "|acme-sales|NONE|ENTERQUEUE||4915112345|1\n" in (tmp_path / "queue_log").read_text()
    assert "CHAN_START" in (tmp_path / "cel-custom" / "cel.jsonl").read_text()


@contextmanager
def _started(
    command: str, environment: dict[str, str], said: BinaryIO
) -> Iterator[subprocess.Popen[bytes]]:
    program = [sys.executable, str(ROOT / "manage.py"), command, "--pbx", "pbx1"]
    process = subprocess.Popen(program, env=environment, cwd=ROOT, stdout=said, stderr=said)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _call_and_wait(port: int) -> None:
    for _ in range(300):
        try:
            client = await connect(host="127.0.0.1", port=port, user="helin", secret="s3cret")
            break
        except Exception:
            await asyncio.sleep(0.1)
    else:
        raise AssertionError("the simulator did not start")
    call = Action("SimulateCall", (("Number", NUMBER), ("CallerIDNum", "4915112345")))
    assert (await client.ask(call)).succeeded
    async with asyncio.timeout(10):
        async for event in client.events():
            if event.event == "QueueCallerJoin":
                break
    await client.close()
