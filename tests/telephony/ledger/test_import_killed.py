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
from telephony.calls.models import BuildProgress, Call, QueueVisit
from telephony.ledger.history_names import HistoryNames
from telephony.ledger.models import QueueLogLine
from tests.conftest import TestDatabase
from tests.telephony.calls.company import make_acme
from tests.telephony.ledger.test_import import imports

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


def test_killed_before_names_that_mean_something_else_are_built_again(tmp_path: Path) -> None:
    acme = make_acme()
    path = tmp_path / "queue_log"
    path.write_text(
        "1717397010|c.1|400|NONE|ENTERQUEUE||5551234|1\n"
        "1717397020|c.1|400|SIP/9|CONNECT|10|c.2|3\n"
        "1717397080|c.1|400|SIP/9|COMPLETEAGENT|10|60|1\n"
    )

    def group_and_agent() -> tuple[int | None, int | None]:
        with tenant_scope(acme.tenant.pk):
            visit = QueueVisit.objects.get()
            return visit.group_id, visit.agent_id

    imports(path)
    assert group_and_agent() == (None, None)
    with system_scope("an import that dies as soon as it knows its names"):
        HistoryNames(acme.tenant, {"400": "sales"}, {"SIP/9": "102"})
    imports(path)
    assert group_and_agent() == (acme.groups["sales"].pk, acme.agents["102"].pk)
    with system_scope("the test looks at the marks"):
        assert not BuildProgress.objects.filter(must_begin_again=True).exists()
