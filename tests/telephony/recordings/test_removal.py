"""What is cleared when its time is over, and what never is."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from callcenter.audit.models import AuditEntry
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.recordings import selectors
from telephony.recordings.models import LegalHold, Recording, RecordingNote
from telephony.recordings.services import removal
from telephony.recordings.storage.local import LocalStore
from telephony.recordings.storage.port import StorageFailed, key_of
from telephony.recordings.storage.sealed import Keyring, SealedStore
from tests.telephony.private_pbx import in_thread
from tests.telephony.recordings.made import NOW, recording

OLD = NOW - timedelta(days=31)
pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Tenant:
    return Tenant.objects.create(slug="acme", name="Acme")


@pytest.fixture
def store(tmp_path: Path) -> SealedStore:
    return SealedStore(LocalStore(tmp_path), Keyring(""))


def purge(store: SealedStore) -> int:
    with system_scope("a test"):
        return removal.purge(at=NOW, store=store)


def left(acme: Tenant) -> list[str]:
    with tenant_scope(acme.pk):
        return sorted(Recording.objects.values_list("uniqueid", flat=True))


def test_only_what_is_expired_and_nobody_needs_goes(
    acme: Tenant, store: SealedStore, tmp_path: Path
) -> None:
    soon, later = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    cases: dict[str, dict[str, Any]] = {
        "expired": {"at": OLD},
        "no longer kept": {"at": OLD, "kept_until": soon},
        "no longer heard": {"at": OLD, "listened_until": soon},
        "released": {"at": OLD, "party_digits": "4911"},
        "broken": {"at": OLD, "state": "broken", "problem": "missing"},
        "stays young": {"at": NOW - timedelta(days=29)},
        "stays kept": {"at": OLD, "kept_until": later},
        "stays kept once, but is young": {"at": NOW - timedelta(days=2), "kept_until": soon},
        "stays listened to": {"at": OLD, "listened_until": later},
        "stays held": {"at": OLD, "party_digits": "4900"},
    }
    with tenant_scope(acme.pk):
        LegalHold.objects.create(party_digits="4900", reason="court")
        LegalHold.objects.create(party_digits="4911", reason="court", released_at=soon)
        for name, values in cases.items():
            row = recording(store, seconds=0.5, uniqueid=name, **values)
            RecordingNote.objects.create(recording=row, at_seconds=0, text="x", by_name="Bob")
    assert purge(store) == 5
    assert all(name.startswith("stays") for name in left(acme))
    assert len(left(acme)) == len(list(tmp_path.rglob("*.opus"))) == 5
    assert purge(store) == 0
    with tenant_scope(acme.pk):
        assert AuditEntry.objects.get(action="recordings.purged").after == {"count": 5}


def test_each_company_has_its_own_time(acme: Tenant, store: SealedStore) -> None:
    patient = Tenant.objects.create(slug="globex", name="Globex", recording_days=60)
    for tenant in (acme, patient):
        with tenant_scope(tenant.pk):
            recording(uniqueid=tenant.slug, at=OLD, name=tenant.slug)
    assert purge(store) == 1
    assert left(acme) == []
    assert left(patient) == ["globex"]


def test_what_will_go_is_known_before(acme: Tenant) -> None:
    with tenant_scope(acme.pk):
        first = recording(at=NOW - timedelta(days=29))
        recording(at=NOW - timedelta(days=20))
        recording(at=OLD, kept_until=NOW + timedelta(days=30))
        held = recording(at=NOW - timedelta(days=29), party_digits="4900")
        LegalHold.objects.create(party_digits="4900", reason="court")
        found = list(selectors.expiring(NOW + timedelta(days=3), acme))
        assert found == [first]
        assert held not in found
        assert selectors.expires_at(first, acme.recording_days) == NOW + timedelta(days=1)


def test_killed_in_the_middle_it_goes_on(acme: Tenant, store: SealedStore, tmp_path: Path) -> None:
    class Away(SealedStore):
        def remove(self, keys: Iterable[str]) -> None:
            super().remove(list(keys)[:4])
            raise StorageFailed("away")

    with tenant_scope(acme.pk):
        for number in range(3):
            recording(store, seconds=0.5, uniqueid=str(number), at=OLD)
    with pytest.raises(StorageFailed):
        purge(Away(LocalStore(tmp_path), Keyring("")))
    with tenant_scope(acme.pk):
        assert selectors.shown().count() == 0, "chosen ones are seen by nobody"
        assert Recording.objects.count() == 3
    assert purge(store) == 3
    assert not list(tmp_path.rglob("*.opus"))


def test_a_hold_that_comes_after_the_choice_still_holds(acme: Tenant, store: SealedStore) -> None:
    with tenant_scope(acme.pk):
        row = recording(store, seconds=0.5, at=OLD)
        assert removal.choose(tenant=acme, at=NOW) == 1
        LegalHold.objects.create(party_digits=row.party_digits, reason="court")
    assert purge(store) == 0
    with tenant_scope(acme.pk):
        row.refresh_from_db()
        assert row.going_at is None
        assert store.size(key_of(acme.pk, row.secret, "opus"))


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_changes_now_is_left_for_later(store: SealedStore) -> None:
    acme = Tenant.objects.create(slug="acme", name="Acme")
    with tenant_scope(acme.pk):
        busy = recording(at=OLD, uniqueid="busy")
        recording(at=OLD, uniqueid="free")
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT FROM telephony_recording WHERE id = %s FOR UPDATE", [busy.pk])
        try:
            assert in_thread(lambda: purge(store)) == 1
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
    assert left(acme) == ["busy"]
