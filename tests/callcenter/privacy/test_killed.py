"""A worker that is killed with -9 in the middle of an erasure, and the next one that goes on."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from callcenter.privacy import erasing
from callcenter.runtime.folders import ROOT
from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call
from telephony.privacy.models import PrivacyCase
from telephony.recordings.storage.sealed import SealedStore
from tests.callcenter.privacy.made import CALLER, figures, ledger_text, order, rebuild, story
from tests.conftest import TestDatabase
from tests.telephony.calls.company import make_acme, play

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = """
import sys, time, django
django.setup()
from django.utils import timezone
from callcenter.privacy import erasing, steps
from callcenter.tenants.scope import tenant_scope
from telephony.recordings.storage.choice import recording_store
steps.LINES_AT_ONCE = 40
whole = erasing._portion
def slow(*args):
    time.sleep(0.05)
    return whole(*args)
erasing._portion = slow
with tenant_scope(int(sys.argv[1])):
    erasing.erase(case_id=int(sys.argv[2]), store=recording_store(), now=timezone.now)
"""


def test_killed_again_and_again(
    tmp_path: Path, database_urls: TestDatabase, store: SealedStore
) -> None:
    acme = make_acme().tenant
    folder = tmp_path / "pbx"
    folder.mkdir()
    play(folder, "01_", "05c", "14")
    rebuild(acme)
    before, told = figures(acme), story(acme, with_people=False)
    with tenant_scope(acme.pk):
        case = order(acme, CALLER, at=timezone.now() + timedelta(days=1500))
    environment = {
        **database_urls.environment, "DJANGO_SETTINGS_MODULE": "callcenter.settings",
        "PYTHONPATH": str(ROOT), "HELIN_DATA_DIR": str(tmp_path / "data"),
    }  # fmt: skip
    seen = set()
    for step, line in ((2, 0), (6, 0), (7, 80)):
        free(case)
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(acme.pk), str(case.pk)], cwd=ROOT, env=environment
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            look(case)
            if (case.step, case.cursor.get("after", 0)) >= (step, line):
                break
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        look(case)
        seen.add(case.step)
        assert case.state == "erasing"
        assert figures(acme).visits == before.visits
    assert len(seen) > 1
    free(case)
    with tenant_scope(acme.pk):
        assert erasing.erase(case_id=case.pk, store=store, now=timezone.now)
        assert not Call.objects.filter(caller_number=CALLER).exists()
    assert "15112345" not in ledger_text(acme.pk)
    assert figures(acme) == before
    assert story(acme, with_people=False) == told


def free(case: PrivacyCase) -> None:
    """The lease of a worker that is no more has run out."""
    with tenant_scope(case.tenant_id or 0):
        PrivacyCase.objects.filter(pk=case.pk).update(working_until=timezone.now())


def look(case: PrivacyCase) -> None:
    with tenant_scope(case.tenant_id or 0):
        case.refresh_from_db()
