"""Looking a person up, the copy, and that other companies' cases do not exist."""

import asyncio
import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from callcenter.audit.models import AuditEntry
from callcenter.dashboard.presenters import clock
from callcenter.privacy import copying
from callcenter.privacy.steps import STEPS
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.models import Contact, ContactNumber, Phonebook
from phonebook.notes.models import Note
from telephony.privacy.models import PrivacyCase, PrivacyExport
from telephony.recordings.models import LegalHold, Recording
from telephony.recordings.storage.port import key_of
from telephony.recordings.storage.sealed import SealedStore
from tests.callcenter.privacy.made import CALLER
from tests.cast import Company, make_company
from tests.telephony.recordings.made import ended_call, recording

pytestmark = pytest.mark.django_db
HOME = "/t/alice/manage/privacy/"


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


def signed_in(company: Company, role: str = "admin") -> Client:
    client = Client()
    client.force_login(company.people[role])
    return client


def known(company: Company, store: SealedStore) -> Recording:
    with tenant_scope(company.tenant.pk):
        ended_call(f"{company.tenant.slug}.1")
        book = Phonebook.objects.create(kind="company", name="All")
        contact = Contact.objects.create(book=book, name="Erika Muster")
        ContactNumber.objects.create(contact=contact, entered=CALLER, kind="telephone", key=CALLER)
        Note.objects.create(text="=1+1", key=CALLER, by_name="Bob", created_at=timezone.now())
        return recording(store, seconds=0.5)


def body(answer: StreamingHttpResponse) -> bytes:
    async def all_of() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])  # type: ignore[union-attr]

    return asyncio.run(all_of())


def test_looked_up_in_any_spelling_copied_and_checked(alice: Company, store: SealedStore) -> None:
    row = known(alice, store)
    client = signed_in(alice)
    answer = client.post(HOME, {"numbers": "00 49 (151) 12-345\n+37255512345", "reference": "F 7"})
    with tenant_scope(alice.tenant.pk):
        case = PrivacyCase.objects.get()
    assert case.numbers == [CALLER, "+37255512345"]
    assert answer["Location"] == f"{HOME}{case.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert "Erika Muster" in page
    assert page.count("<b>1</b>") == 4
    assert f'<span class="push figure">{clock(row.seconds)}</span>' in page
    client.post(f"{HOME}{case.pk}/copy/")
    with tenant_scope(alice.tenant.pk):
        copy = PrivacyExport.objects.get()
        if copy.state != "ready":
            assert copying.make(copy_id=str(copy.pk), store=store, now=timezone.now)
    url = f"{HOME}copies/{copy.pk}/zip/"
    fetched: Any = client.get(url)
    assert isinstance(fetched, StreamingHttpResponse)
    packed = body(fetched)
    assert int(fetched["Content-Length"]) == len(packed)
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert archive.testzip() is None
    for line in archive.read("SHA256SUMS").decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    sound = archive.read(f"recordings/{row.pk}.opus")
    assert sound.startswith(b"OggS")
    assert hashlib.sha256(sound).hexdigest() == row.media_sha256
    calls = list(csv.DictReader(io.StringIO(archive.read("calls.csv").decode("utf-8-sig"))))
    assert [one["caller_number"] for one in calls] == [CALLER]
    assert json.loads(archive.read("calls.json"))[0]["linkedid"] == "alice.1"
    assert len(archive.read("legs.csv").splitlines()) == 2
    assert b"'=1+1" in archive.read("notes.csv")
    assert b"FN:Erika Muster" in archive.read("contacts.vcf")
    assert CALLER in archive.read("README.txt").decode()
    # for who asked for it, while the right and the copy last
    colleague = make_colleague(alice)
    assert colleague.get(url).status_code == 404
    assert signed_in(alice, "agent").get(url).status_code == 403
    with tenant_scope(alice.tenant.pk):
        said = set(AuditEntry.objects.values_list("action", flat=True))
        assert {"privacy.searched", "privacy.copy_ordered", "privacy.copy_fetched"} <= said
        assert "15112345" not in repr(
            list(AuditEntry.objects.filter(action__startswith="privacy").values())
        )
        PrivacyExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(url).status_code == 404


def make_colleague(company: Company) -> Client:
    from callcenter.accounts.models import Membership, Role
    from tests.cast import make_user

    user = make_user("second@alice.example")
    with tenant_scope(company.tenant.pk):
        Membership.objects.create(user=user, role=Role.ADMIN)
    client = Client()
    client.force_login(user)
    return client


def test_held_released_and_erased_by_the_page(alice: Company, store: SealedStore) -> None:
    row = known(alice, store)
    client = signed_in(alice)
    at = client.post(HOME, {"numbers": CALLER})["Location"]
    client.post(f"{at}hold/", {"reason": "court"})
    assert "court" in client.get(at).content.decode()
    assert "legal hold" in client.get(f"/t/alice/recordings/{row.pk}/").content.decode()
    sure = {"on_notes": "delete", "on_contacts": "delete", "is_sure": "on"}
    client.post(f"{at}erase/", sure)
    with tenant_scope(alice.tenant.pk):
        assert PrivacyCase.objects.get().state == "open"
    client.post(f"{at}release/")
    assert client.post(f"{at}erase/", {**sure, "is_sure": ""}).status_code == 422
    client.post(f"{at}erase/", sure)
    with tenant_scope(alice.tenant.pk):
        case = PrivacyCase.objects.get()
        if case.state == "erasing":
            from callcenter.privacy import erasing

            assert case.step < len(STEPS)
            assert "every 1s" in client.get(f"{at}progress/").content.decode()
            with tenant_scope(alice.tenant.pk):
                assert erasing.erase(case_id=case.pk, store=store, now=timezone.now)
        assert not Recording.objects.exists()
        assert not LegalHold.objects.exclude(party_digits="").exists()
    page = client.get(at).content.decode()
    assert "15112345" not in page
    assert "Recordings deleted" in page
    report = client.get(f"{at}report.txt")
    assert "Recordings deleted: 1" in report.content.decode()
    assert "15112345" not in report.content.decode()
    for step in ("erase/", "copy/", "hold/"):
        assert client.post(f"{at}{step}", {**sure, "reason": "x"}).status_code == 302
    with tenant_scope(alice.tenant.pk):
        assert not PrivacyExport.objects.exists()


def test_another_companys_cases_and_copies_do_not_exist(alice: Company, store: SealedStore) -> None:
    bob = make_company("bob", number="+3726001002")
    known(bob, store)
    there = signed_in(bob).post("/t/bob/manage/privacy/", {"numbers": CALLER})["Location"]
    signed_in(bob).post(f"{there}copy/")
    with tenant_scope(bob.tenant.pk):
        case, copy = PrivacyCase.objects.get(), PrivacyExport.objects.get()
        if copy.state != "ready":
            assert copying.make(copy_id=str(copy.pk), store=store, now=timezone.now)
    client = signed_in(alice)
    for path in ("", "progress/", "report.txt"):
        assert client.get(f"{HOME}{case.pk}/{path}").status_code == 404
    for path in ("hold/", "release/", "erase/", "copy/"):
        assert client.post(f"{HOME}{case.pk}/{path}", {"reason": "x"}).status_code == 404
    assert client.get(f"{HOME}copies/{copy.pk}/zip/").status_code == 404
    assert client.get(f"/t/bob/manage/privacy/{case.pk}/").status_code == 404
    # the same number, looked up next door, finds nothing of theirs
    page = client.get(client.post(HOME, {"numbers": CALLER})["Location"]).content.decode()
    assert page.count("<b>0</b>") == 6
    assert store.size(key_of(bob.tenant.pk, copy.secret, "zip"))
