"""API v1: recordings by the scope recordings:read, and their sound by ranges."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from callcenter.accounts.services import create_api_key
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from telephony.recordings.models import LegalHold
from telephony.recordings.storage.choice import recording_store
from tests.cast import Company, make_company
from tests.telephony.recordings.made import recording

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _storage(tmp_path: Path, settings: Any, plain_streams: None) -> None:
    settings.RECORDING_STORAGE = str(tmp_path)


def client_of(company: Company, *scopes: str, name: str = "Robot") -> Client:
    with tenant_scope(company.tenant.pk):
        made = create_api_key(name=name, scopes=list(scopes), by=Actor("Alice"))
    return Client(headers={"Authorization": f"Bearer {made[1]}"})


def test_recordings_and_their_sound() -> None:
    acme = make_company("acme", number="+3726001001")
    bob = make_company("bob", number="+3726001002")
    robot, nosy = client_of(acme, "recordings:read"), client_of(acme, "calls:read", name="Nosy")
    other = client_of(bob, "recordings:read")
    at = timezone.now()
    with tenant_scope(acme.tenant.pk):
        rows = [recording(recording_store(), at=at - timedelta(minutes=n)) for n in range(3)]
    first = robot.get("/api/v1/recordings/?limit=2").json()
    assert [one["id"] for one in first["recordings"]] == [rows[0].pk, rows[1].pk]
    rest = robot.get(f"/api/v1/recordings/?cursor={first['older']}").json()
    assert [one["id"] for one in rest["recordings"]] == [rows[2].pk]
    assert rest["older"] is None
    one = robot.get(f"/api/v1/recordings/{rows[0].pk}/").json()
    assert (one["party_number"], one["seconds"], one["notes"]) == ("+4915112345", 3.0, [])
    assert one["is_held"] is False
    with tenant_scope(acme.tenant.pk):
        LegalHold.objects.create(party_digits=rows[0].party_digits, reason="court")
    assert robot.get(f"/api/v1/recordings/{rows[0].pk}/").json()["is_held"] is True
    listed = robot.get("/api/v1/recordings/").json()["recordings"]
    assert {each["is_held"] for each in listed} == {True}
    sound = f"/api/v1/recordings/{rows[0].pk}/sound/"
    part: Any = robot.get(sound, headers={"Range": "bytes=0-3"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"OggS")
    assert robot.get(sound, headers={"Range": "bytes=99999999-"}).status_code == 416
    with tenant_scope(acme.tenant.pk):
        assert AuditEntry.objects.get(action="recording.listened").by_name == "API: Robot"
    for path in ("/api/v1/recordings/", sound):
        assert nosy.get(path).status_code == 403
        assert Client().get(path).status_code == 401
    assert other.get(sound).status_code == 404
    assert other.get("/api/v1/recordings/").json()["recordings"] == []
    assert robot.get("/api/v1/recordings/?cursor=x").status_code == 400
    assert robot.get(f"/api/v1/recordings/{2**70}/").status_code == 404
