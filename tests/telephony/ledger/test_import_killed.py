"""An import that is killed at any instant, and taken up again."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.generate_history import write_company
from callcenter.runtime.folders import ROOT
from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.calls.models import Call, QueueVisit
from telephony.ledger.models import QueueLogLine
from tests.conftest import TestDatabase
from tests.telephony.calls.company import make_acme

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = 3000


def lines() -> int:
    with system_scope("the test counts all"):
        return QueueLogLine.objects.count()


def test_killed_again_and_again(tmp_path: Path, database_urls: TestDatabase) -> None:
    acme = make_acme()
    totals = write_company(tmp_path, number=0, calls=CALLS, groups=3, cel=False)
    command = [
        sys.executable, "manage.py", "import_queue_log", str(tmp_path / "queue_log"),
        "--tenant", "acme", "--timezone", "UTC",
    ]  # fmt: skip
    environment = {
        **database_urls.environment,
        "HELIN_IMPORT_BLOCK_BYTES": "20000",  # some forty transactions
    }

    def begin() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    dice = random.Random(5)
    killed = 0
    for _ in range(4):
        process = begin()
        goal = lines() + dice.randrange(1, totals.lines // 5)
        deadline = time.monotonic() + 60
        while process.poll() is None and lines() < goal and time.monotonic() < deadline:
            time.sleep(0.01)
        killed += process.poll() is None
        process.kill()
        process.wait()
    assert killed >= 2
    for _ in range(2):
        assert begin().wait(120) == 0
        assert lines() == totals.lines
        with tenant_scope(acme.tenant.pk):
            visits = QueueVisit.objects.all()
            assert visits.count() == Call.objects.count() == CALLS
            assert visits.filter(outcome="answered").count() == totals.answered
            lost = visits.filter(outcome__in=("abandoned", "short_abandoned")).count()
            assert lost == totals.abandoned
            assert not visits.filter(call=None).exists()
