"""The ledger as a process of its own: killed at any instant, cut off from PostgreSQL, doubled."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from django.db import connection

from callcenter.runtime.folders import ROOT
from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.calls.models import Call, QueueVisit
from telephony.ledger.models import QueueLogLine
from tests.conftest import TestDatabase
from tests.telephony.calls.company import append, make_acme

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "cel-custom").mkdir()
    return tmp_path / "queue_log"


@pytest.fixture
def start(log: Path, database_urls: TestDatabase) -> Generator[Start]:
    running: list[subprocess.Popen[bytes]] = []
    environment = {**database_urls.environment, "HELIN_ASTERISK_LOG_DIR": str(log.parent)}

    def begin() -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "run_ledger", "--pbx", "pbx1"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()


def call(number: int) -> bytes:
    """One answered call as queue_log tells it."""
    at, name = 1795300000 + number, f"call-{number}|acme-support"
    return (
        f"{at}|{name}|NONE|ENTERQUEUE||+3725551{number:04}|1\n"
        f"{at + 2}|{name}|acme-a1|CONNECT|2|leg-{number}|2\n"
        f"{at + 9}|{name}|acme-a1|COMPLETECALLER|2|7|1\n"
    ).encode()


def wait_until(reached: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.05)


def counted() -> int:
    with system_scope("the test counts all"):
        return QueueLogLine.objects.count()


def check(acme: int, count: int) -> None:
    """Every call is there once, whole and in order."""
    with system_scope("the test counts all"):
        told = list(QueueLogLine.objects.order_by("id").values_list("callid", "event"))
        events = ("ENTERQUEUE", "CONNECT", "COMPLETECALLER")
        assert told == [(f"call-{n}", event) for n in range(count) for event in events]
    with tenant_scope(acme):
        wait_until(lambda: QueueVisit.objects.filter(outcome="answered").count() == count)
        assert Call.objects.filter(outcome="answered", talk_seconds=7).count() == count
        assert QueueVisit.objects.count() == Call.objects.count() == count


@pytest.fixture
def acme() -> int:
    return make_acme().tenant.pk


def test_killed_at_any_instant(acme: int, log: Path, start: Start) -> None:
    dice = random.Random(7)
    written = 0
    for _ in range(5):
        process = start()
        goal = counted() + 60
        deadline = time.monotonic() + 20
        while counted() < goal and time.monotonic() < deadline:
            content = call(written)
            cut = dice.randrange(len(content))
            append(log, content[:cut])
            append(log, content[cut:])
            written += 1
            time.sleep(0.01)
        process.kill()
        process.wait()
    append(log, call(written))
    written += 1
    start()
    wait_until(lambda: counted() >= written * 3)
    check(acme, written)


def test_connections_cut_again_and_again(acme: int, log: Path, start: Start) -> None:
    start()
    for number in range(60):
        append(log, call(number))
        if number % 10 == 5:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                    "AND backend_type = 'client backend'"  # autovacuum may be at work, too
                )
        time.sleep(0.05)
    wait_until(lambda: counted() >= 180)
    check(acme, 60)


def test_a_standby_takes_over_and_never_doubles(acme: int, log: Path, start: Start) -> None:
    first, _second = start(), start()
    for number in range(10):
        append(log, call(number))
    wait_until(lambda: counted() == 30)
    first.kill()
    first.wait()
    for number in range(10, 20):
        append(log, call(number))
    wait_until(lambda: counted() >= 60)
    check(acme, 20)


def test_a_line_is_a_row_within_half_a_second(log: Path, start: Start) -> None:
    process = start()
    append(log, call(0))
    wait_until(lambda: counted() == 3)
    taken = []
    for number in range(1, 6):
        append(log, call(number))
        begun = time.monotonic()
        goal = (number + 1) * 3
        wait_until(lambda goal=goal: counted() == goal)  # type: ignore[misc]
        taken.append(time.monotonic() - begun)
    assert sorted(taken)[2] < 0.6, taken
    process.terminate()
    assert process.wait(10) == 0
