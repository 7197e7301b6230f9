"""Zips of recordings: ordered, made, killed, cancelled, removed."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from callcenter.audit.models import AuditEntry
from callcenter.tenants.scope import tenant_scope
from telephony.recordings.models import ExportState, RecordingExport
from telephony.recordings.services import exports
from telephony.recordings.storage.choice import recording_store
from tests.cast import Company
from tests.telephony.recordings.visiting import body, made, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stored_here", "plain_streams")]
SOON = timedelta(minutes=5)


def make(export: RecordingExport, acme: Company) -> bool:
    with tenant_scope(acme.tenant.pk):
        at = timezone.now()
        return exports.make(export_id=str(export.pk), store=recording_store(), at=at)


def ordered(acme: Company) -> RecordingExport:
    with tenant_scope(acme.tenant.pk):
        return RecordingExport.objects.get()


def test_a_selection_as_a_zip(acme: Company, manager: Client) -> None:
    rows = [made(acme) for _ in range(3)]
    manager.post("/t/acme/recordings/exports/order/", {"chosen": [rows[0].pk, rows[2].pk]})
    export = ordered(acme)
    assert "0/2" in manager.get("/t/acme/recordings/exports/").content.decode()
    assert make(export, acme)
    assert not make(export, acme)
    answer = manager.get(f"/t/acme/recordings/exports/{export.pk}/zip/")
    with zipfile.ZipFile(io.BytesIO(body(answer))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(names) == 3
        assert archive.read(names[0])[:4] == b"OggS"
        began = rows[0].started_at.astimezone(ZoneInfo(acme.tenant.time_zone))
        assert names[0].startswith(f"{began:%Y-%m-%d %H-%M-%S} ")
        assert began.isoformat() in archive.read("index.csv").decode()
        assert "+4915112345" in archive.read("index.csv").decode()
    other = signed_in(acme.people["admin"])
    assert other.get(f"/t/acme/recordings/exports/{export.pk}/zip/").status_code == 404
    with tenant_scope(acme.tenant.pk):
        assert AuditEntry.objects.filter(action="recording.exported").count() == 2


def test_an_export_that_was_killed_begins_again_and_one_that_is_over_goes(
    acme: Company, manager: Client, tmp_path: Path
) -> None:
    made(acme)
    manager.post("/t/acme/recordings/exports/order/?period=week")
    export = ordered(acme)
    at = timezone.now()
    with tenant_scope(acme.tenant.pk):
        RecordingExport.objects.update(state=ExportState.RUNNING, working_until=at - SOON)
        found = exports.sweep(at=at, store=recording_store())
    assert found == [(acme.tenant.pk, str(export.pk))]
    assert make(export, acme)
    assert len(list(tmp_path.rglob("*.zip"))) == 1
    with tenant_scope(acme.tenant.pk):
        exports.sweep(at=at + timedelta(hours=25), store=recording_store())
        assert not RecordingExport.objects.exists()
    assert not list(tmp_path.rglob("*.zip"))


def test_an_export_is_cancelled_while_it_is_made(
    acme: Company, manager: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for _ in range(3):
        made(acme)
    manager.post("/t/acme/recordings/exports/order/")
    second = manager.post("/t/acme/recordings/exports/order/", follow=True).content.decode()
    assert "still being made" in second
    export = ordered(acme)
    monkeypatch.setattr(exports, "REPORT_SECONDS", 0.0)
    sound = exports._Zip._sound

    def cancel_then(self: Any, row: Any) -> Any:
        RecordingExport.objects.update(state=ExportState.CANCELLED)
        return sound(self, row)

    monkeypatch.setattr(exports._Zip, "_sound", cancel_then)
    assert not make(export, acme)
    assert ordered(acme).state == ExportState.CANCELLED
    assert not list(tmp_path.rglob("*.zip"))
    assert "Cancelled" in manager.get("/t/acme/recordings/exports/").content.decode()


def test_an_export_that_an_erasure_removed_says_so(acme: Company, manager: Client) -> None:
    manager.post("/t/acme/recordings/exports/order/", {"chosen": [made(acme).pk]})
    with tenant_scope(acme.tenant.pk):
        RecordingExport.objects.update(state=ExportState.ERASED)
    page = manager.get("/t/acme/recordings/exports/").content.decode()
    assert "Removed by an erasure" in page
    assert "Cancelled" not in page
