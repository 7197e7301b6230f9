"""What goes with a person: recordings, notes, contacts, reports, words in the audit log."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone

from callcenter.audit.models import AuditEntry
from callcenter.audit.services import record
from callcenter.privacy import erasing, late, services, tables
from callcenter.privacy.steps import STEPS
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal
from callcenter.tenants.scope import system_scope, tenant_scope
from phonebook.contacts.models import Contact, ContactNumber, Phonebook
from phonebook.notes.models import Note, Work
from reports.schedules.models import ReportEdition, ReportRun
from telephony.calls.models import Call
from telephony.commands.models import PbxCommand
from telephony.privacy.models import ErasedFile, PrivacyCase
from telephony.recordings.models import LegalHold, Recording, RecordingExport, RecordingNote
from telephony.recordings.services import arrival
from telephony.recordings.storage.port import NotStored, key_of
from telephony.recordings.storage.sealed import SealedStore
from telephony.subscriptions.models import OutwardEvent
from tests.callcenter.privacy.made import (
    ALICE,
    AT,
    CALLED,
    CALLER,
    erase,
    ledger_text,
    order,
    rows,
)
from tests.telephony.calls.company import append, make_acme, make_globex, play, read_all
from tests.telephony.recordings.made import pbx_file, recording, samples

pytestmark = pytest.mark.django_db
NOW = AT


@pytest.fixture
def acme() -> Tenant:
    return make_acme().tenant


@pytest.fixture
def globex() -> Tenant:
    return make_globex().tenant


def people_of(tenant: Tenant, store: SealedStore) -> Recording:
    """One of everything that names the caller."""
    with tenant_scope(tenant.pk):
        row = recording(store, seconds=0.5, kept_until=NOW + timedelta(days=9), keep_reason="x")
        RecordingNote.objects.create(recording=row, at_seconds=0, text="Erika!", by_name="Bob")
        record(action="recording.noted", by=ALICE, about=row, after={"note": "Erika!"})
        for word, part in (("note", "text"), ("callback", "name")):
            told = {word: {"id": 1, "number": CALLER, part: "Erika is ill"}}
            OutwardEvent.objects.create(type=f"{word}.written", at=NOW, data=told)
        book = Phonebook.objects.create(kind="company", name="All")
        contact = Contact.objects.create(
            book=book, name="Erika Muster", email="e@x.example", search_text="erika muster"
        )
        ContactNumber.objects.create(
            contact=contact, entered="0151 12345", kind="telephone", key=CALLER
        )
        record(action="contact.changed", by=ALICE, about=contact, before={"name": "Erika"})
        Note.objects.create(text="Erika is nice", key=CALLER, by_name="Bob", created_at=NOW)
        Note.objects.create(
            text="call +49 (151) 12-345 back, not +4915199999", by_name="Bob", created_at=NOW
        )
        Work.objects.create(
            kind="time", subject="Erika", key=CALLER, by_name="Bob", created_at=NOW,
            began_at=NOW, ended_at=NOW + timedelta(minutes=5),
        )  # fmt: skip
        Work.objects.create(
            kind="activity", subject="Erika", contact=contact, by_name="Bob", created_at=NOW,
            began_at=NOW,
        )  # fmt: skip
        PbxCommand.objects.create(
            kind="call", pbx="pbx1", orders=[{"to": CALLER, "caller": {"number": CALLER,
            "name": "Erika Muster"}}], requested_at=NOW, deadline_at=NOW,
        )  # fmt: skip
        call = Call.objects.filter(caller_number=CALLER).first()
        if call is None:
            call = Call.objects.create(
                pbx="pbx1", linkedid=f"{tenant.slug}-1", direction="in", caller_number=CALLER,
                party_digits=CALLER[1:], started_at=NOW - timedelta(days=1), outcome="abandoned",
            )  # fmt: skip
        for kind in ("unanswered_day", "groups_day"):
            run = ReportRun.objects.create(
                name="R", kind=kind, due_at=NOW, since=call.started_at - timedelta(hours=1),
                until=call.started_at + timedelta(hours=1), state="made",
            )  # fmt: skip
            ReportEdition.objects.create(
                run=run, language="en", title="R", document={}, html=CALLER if kind != "groups_day" else "", text="", xlsx=b"",
                pdf=b"",
            )  # fmt: skip
    return row


def everything(tenant: Tenant) -> str:
    """All rows of a company in every swept table, and what is handled by steps of its own."""
    text = ""
    models: list[type[Model]] = [*tables.swept(with_contacts=True), Recording, Call, ReportEdition]
    for model in models:
        text += repr(rows(tenant, model))
    return text


def test_everything_goes(acme: Tenant, globex: Tenant, tmp_path: Path, store: SealedStore) -> None:
    (tmp_path / "pbx").mkdir()
    play(tmp_path / "pbx", "01_", "14")
    row, theirs = people_of(acme, store), people_of(globex, store)
    neighbours = everything(globex)
    export = _zip_of(acme, row, store)
    case = erase(acme, store, f"{CALLER} {CALLED}", notes="redact")
    text = everything(acme)
    for word in ("15112345", "151) 12-345", "Erika", "e@x.example", "erika"):
        assert word not in text, word
    assert "+4915199999" in text
    assert everything(globex) == neighbours
    with tenant_scope(acme.pk):
        pseudonym = Note.objects.exclude(key="").get().key
        assert pseudonym.startswith("+999")
        assert Note.objects.count() == 2
        assert Work.objects.filter(kind="time", key=pseudonym).get().seconds == 300
        assert not Recording.objects.filter(pk=row.pk).exists()
        assert ErasedFile.objects.filter(name=row.name).exists()
        assert RecordingExport.objects.get(pk=export.pk).state == "erased"
        assert ReportRun.objects.filter(editions__isnull=False).get().kind == "groups_day"
        assert case.done["recordings"] == case.done["reports"] == case.done["contacts"] == 1
        assert (case.numbers, case.left) == ([], ["backups", "pbx_files", "mails"])
        said = AuditEntry.objects.get(action="privacy.erased")
        assert said.after == case.done
        assert said.about_id == str(case.pk)
    for ending in ("opus", "zip"):
        secret = row.secret if ending == "opus" else export.secret
        with pytest.raises(NotStored):
            store.read(key_of(acme.pk, secret, ending))
    assert b"".join(store.read(key_of(globex.pk, theirs.secret, "opus")))


def _zip_of(tenant: Tenant, row: Recording, store: SealedStore) -> RecordingExport:
    with tenant_scope(tenant.pk):
        export = RecordingExport.objects.create(
            requested_by_name="Bob", recording_ids=[row.pk], state="ready", created_at=NOW,
            expires_at=NOW,
        )  # fmt: skip
    store.write(key_of(tenant.pk, export.secret, "zip"), [b"zip"])
    return export


def test_notes_deleted_and_contacts_kept_by_choice(acme: Tenant, store: SealedStore) -> None:
    people_of(acme, store)
    case = erase(acme, store, CALLER, notes="delete", contacts="keep")
    with tenant_scope(acme.pk):
        assert Contact.objects.get().name == "Erika Muster"
        assert ContactNumber.objects.get().key == CALLER
        assert [one.text[:4] for one in Note.objects.all()] == ["call"]
        assert Work.objects.get().kind == "time"
        assert "contacts" in case.left


def test_a_file_that_comes_from_the_pbx_afterwards_is_thrown_away(
    acme: Tenant, store: SealedStore, tmp_path: Path
) -> None:
    with tenant_scope(acme.pk):
        path = pbx_file(tmp_path, "pbx1-1795294245.47", samples(0.5), group=1)
        name = path.relative_to(tmp_path).as_posix()
        recording(name=name, uniqueid="pbx1-1795294245.47", state="arriving", seconds=0.0)
    erase(acme, store, CALLER)
    with system_scope("a PBX records for all its tenants"):
        assert arrival.receive_file(
            pbx="pbx1", folder=tmp_path, name=name, store=store, at=timezone.now()
        )
        assert not Recording.objects.exists()
    assert not path.exists()


# --- legal hold -------------------------------------------------------------------------------
def test_a_hold_stops_it_before_and_in_the_middle(acme: Tenant, store: SealedStore) -> None:
    people_of(acme, store)
    with tenant_scope(acme.pk):
        court = services.open_case(numbers=CALLER, reference="court", tenant=acme, by=ALICE, at=NOW)
        services.put_on_hold(case=court, reason="court", by=ALICE)
        with pytest.raises(services.UnderHold, match="court"):
            order(acme, CALLER)
        services.release(case=court, by=ALICE, at=NOW)
        case = order(acme, CALLER)
        services.put_on_hold(case=court, reason="again", by=ALICE)
        before = Recording.objects.count()
        assert not erasing.erase(case_id=case.pk, store=store, now=lambda: NOW)
        case.refresh_from_db()
        assert case.state == "stopped"
        assert Recording.objects.count() == before == 1
        services.release(case=court, by=ALICE, at=NOW)
        services.order_erasure(
            case=case, on_notes="redact", on_contacts="delete", tenant=acme, by=ALICE, at=NOW
        )
        assert erasing.erase(case_id=case.pk, store=store, now=lambda: NOW)
        assert Recording.objects.count() == 0
        assert not LegalHold.objects.exclude(party_digits="").exists()
        court.refresh_from_db()
        assert court.numbers == []
        actions = list(AuditEntry.objects.filter(action__startswith="privacy").values_list(
            "action", flat=True))  # fmt: skip
        assert actions.count("privacy.held") == actions.count("privacy.released") == 2
        assert "privacy.erasure_stopped" in actions


def test_numbers_of_the_company_are_nobodys(acme: Tenant) -> None:
    with tenant_scope(acme.pk):
        for number in ("+4420700001", "00 44 20700001"):
            with pytest.raises(Refusal):
                services.open_case(numbers=number, reference="", tenant=acme, by=ALICE, at=NOW)
        for nothing in ("", "Erika", "101", "+99912345678901"):
            with pytest.raises(services.NoNumber):
                services.open_case(numbers=nothing, reference="", tenant=acme, by=ALICE, at=NOW)
        with pytest.raises(services.ReferenceTells):
            services.open_case(
                numbers=CALLER, reference="about 0151/12345", tenant=acme, by=ALICE, at=NOW
            )


# --- stopping and going on --------------------------------------------------------------------
@pytest.mark.parametrize("broken", range(0, len(STEPS), 3))
def test_an_error_in_any_step_leaves_no_half_of_it(
    acme: Tenant, store: SealedStore, monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    people_of(acme, store)
    with tenant_scope(acme.pk):
        case = order(acme, CALLER)
        name, step = STEPS[broken]

        def dies(work: Any) -> bool:
            step(work)
            raise RuntimeError(name)

        steps = [*STEPS[:broken], (name, dies), *STEPS[broken + 1 :]]
        monkeypatch.setattr(erasing, "STEPS", tuple(steps))
        with pytest.raises(RuntimeError, match=name):
            erasing.erase(case_id=case.pk, store=store, now=lambda: NOW)
        monkeypatch.setattr(erasing, "STEPS", STEPS)
        assert not erasing.erase(case_id=case.pk, store=store, now=lambda: NOW)
        with system_scope("what was left behind"):
            assert erasing.unfinished(NOW) == []
            assert erasing.unfinished(NOW + erasing.LEASE) == [(acme.pk, case.pk)]
        assert erasing.erase(case_id=case.pk, store=store, now=lambda: NOW + erasing.LEASE)
    assert "15112345" not in everything(acme)


# --- lines that come late ---------------------------------------------------------------------
def test_lines_of_before_are_rewritten_when_they_come_and_later_ones_are_new(
    acme: Tenant, globex: Tenant, store: SealedStore, tmp_path: Path
) -> None:
    folder = tmp_path / "pbx"
    folder.mkdir()
    ledger = play(folder, "01_")
    case = erase(acme, store, CALLER)
    with tenant_scope(acme.pk):
        pseudonym = case.erased.get().pseudonym
    early, late_line = int(AT.timestamp()) - 86400, int(AT.timestamp()) + 60
    for slug, at in (("acme", early), ("acme", late_line), ("globex", early)):
        append(
            folder / "queue_log",
            f"{at}|{slug}-{at}.7|{slug}-support|NONE|ENTERQUEUE||{CALLER[1:]}|1\n"
            f"{at + 9}|{slug}-{at}.7|{slug}-support|NONE|ABANDON|1|1|9\n".encode(),
        )
    read_all(ledger)
    with tenant_scope(acme.pk):
        assert Call.objects.filter(caller_number=CALLER).count() == 2
    assert late.watch_everybody(at=AT, store=store) == 1
    assert late.watch_everybody(at=AT, store=store) == 0
    with tenant_scope(acme.pk):
        assert Call.objects.get(caller_number=CALLER).linkedid == f"acme-{late_line}.7"
        assert Call.objects.filter(caller_number=pseudonym).count() == 2
    with tenant_scope(globex.pk):
        assert Call.objects.filter(caller_number=CALLER).exists()
    assert str(early) in ledger_text(acme.pk)


def test_nothing_that_is_kept_tells_the_number(acme: Tenant, store: SealedStore) -> None:
    case = erase(acme, store, CALLER)
    with tenant_scope(acme.pk):
        assert "15112345" not in repr(rows(acme, PrivacyCase))
        assert all("15112345" not in one.digest for one in case.erased.all())
        # asked for again: another person as far as anybody can tell
        again = order(acme, CALLER, at=AT + timedelta(days=1))
        assert erasing.erase(case_id=again.pk, store=store, now=lambda: AT + timedelta(days=1))
        assert again.erased.get().pseudonym != case.erased.get().pseudonym
