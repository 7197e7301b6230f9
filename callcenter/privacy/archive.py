"""The zip of everything about a person, made piece by piece: memory does not grow with it.

For programs, so names of columns are the same in every language; README.txt says what they are.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from callcenter.audit.services import Actor, record
from callcenter.formats.spreadsheets import BYTE_ORDER_MARK, csv_text
from callcenter.privacy import selectors
from callcenter.tenants.models import Tenant
from phonebook.contacts.files.vcards import as_vcard
from phonebook.contacts.services.rows import draft_of
from telephony.privacy.models import PrivacyExport
from telephony.recordings.models import Recording, RecordingNote, RecordingState
from telephony.recordings.services.exports import Unseekable
from telephony.recordings.storage.port import NotStored, key_of
from telephony.recordings.storage.sealed import CannotOpen, SealedStore

ROWS_AT_ONCE = 1000
Report = Callable[..., None]
CALLS = (
    "id", "pbx", "linkedid", "direction", "caller_number", "caller_name", "dialled", "group_id",
    "agent_ids", "started_at", "answered_at", "ended_at", "wait_seconds", "talk_seconds",
    "outcome", "reason",
)  # fmt: skip
LEGS = (
    "id", "call_id", "position", "is_caller", "extension", "agent_id", "number", "name",
    "started_at", "answered_at", "ended_at", "ring_seconds", "talk_seconds", "end",
)  # fmt: skip
VISITS = (
    "id", "call_id", "queue_name", "group_id", "agent_id", "caller_number", "entered_at",
    "left_at", "ended_at", "wait_seconds", "talk_seconds", "outcome", "reason",
)  # fmt: skip
RECORDINGS = (
    "id", "uniqueid", "direction", "party_number", "own_number", "started_at", "seconds", "state",
    "problem", "kept_until", "keep_reason",
)  # fmt: skip
RECORDING_NOTES = ("id", "recording_id", "at_seconds", "text", "by_name", "created_at")
NOTES = (
    "id", "created_at", "changed_at", "by_name", "to_name", "is_private", "key", "contact_id",
    "call_linkedid", "text",
)  # fmt: skip
WORK = (
    "id", "kind", "began_at", "ended_at", "by_name", "key", "contact_id", "call_linkedid",
    "subject", "text",
)  # fmt: skip
HEARD = ("id", "at", "action", "by_name", "about_id", "address")
REPORTS = ("id", "name", "kind", "since", "until", "due_at", "shows_numbers")
CONTENTS = """\
calls.csv, calls.json  calls with the person
legs.csv               who was rung and talked in each call (call_id)
visits.csv             stays in queues (call_id)
recordings.csv         recordings of these calls; their sound is in recordings/<id>.opus
recording_notes.csv    what was noted at a moment of a recording
notes.csv              notes and POST-ITs, with who wrote them
work.csv               activities and time entries
contacts.vcf           contacts in any phonebook (vCard 3.0)
who_listened.csv       who listened to, downloaded, noted or kept a recording (about_id), and when
reports.csv            reports whose files list calls of a time with calls of the person
SHA256SUMS             a checksum of every file (sha256sum --check SHA256SUMS)
"""


class Archive:
    """`report(done, total, left_out)` hears how many rows are in, and may raise to stop."""

    def __init__(
        self, copy: PrivacyExport, tenant: Tenant, store: SealedStore, at: datetime, report: Report
    ) -> None:
        self._copy, self._case = copy, copy.case
        self._tenant, self._store, self._at, self._report = tenant, store, at, report
        self._by = Actor(copy.requested_by_name, copy.requested_by_id)
        self._target = Unseekable()
        self._sums: list[tuple[str, str, int]] = []
        self._done = self._total = self._left_out = 0

    def pieces(self) -> Iterator[bytes]:
        case = self._case
        calls, legs = selectors.calls_of(case), selectors.legs_of(case)
        sounds = selectors.recordings_of(case)
        tables: list[tuple[str, models.QuerySet[Any], Sequence[str]]] = [
            ("calls.csv", calls, CALLS),
            ("legs.csv", legs, LEGS),
            ("visits.csv", selectors.visits_of(case), VISITS),
            ("recordings.csv", sounds, RECORDINGS),
            ("recording_notes.csv", RecordingNote.objects.filter(recording__in=sounds),
             RECORDING_NOTES),
            ("notes.csv", selectors.notes_of(case), NOTES),
            ("work.csv", selectors.work_of(case), WORK),
            ("who_listened.csv", selectors.who_heard(case), HEARD),
            ("reports.csv", selectors.reports_of(case), REPORTS),
        ]  # fmt: skip
        self._total = sum(rows.count() for _, rows, _ in tables) + sounds.count()
        with zipfile.ZipFile(self._target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, rows, columns in tables:
                yield from self._file(archive, name, self._csv(rows, columns))
            yield from self._file(archive, "calls.json", self._json(calls, CALLS))
            yield from self._file(archive, "contacts.vcf", self._cards())
            for row in self._rows(sounds.defer("peaks")):
                yield from self._sound(archive, row)
            yield from self._file(archive, "README.txt", iter([self._readme().encode()]))
            sums = "".join(f"{digest}  {name}\n" for name, digest, _ in self._sums)
            yield from self._file(archive, "SHA256SUMS", iter([sums.encode()]))
        yield self._target.taken()
        self._report(self._done, self._total, self._left_out, last=True)

    def _file(
        self, archive: zipfile.ZipFile, name: str, content: Iterator[bytes], *, packed: bool = True
    ) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        began = timezone.localtime(self._at)
        info = zipfile.ZipInfo(name, began.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with archive.open(info, "w", force_zip64=True) as file:
            for piece in content:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
                yield self._target.taken()
        self._sums.append((name, digest.hexdigest(), size))
        yield self._target.taken()

    def _rows(self, rows: models.QuerySet[Any]) -> Iterator[Any]:
        """By growing keys, a page at a time: no cursor stays open while the storage is slow."""
        last = 0
        while page := list(rows.filter(pk__gt=last).order_by("pk")[:ROWS_AT_ONCE]):
            for row in page:
                self._done += 1
                yield row
            last = page[-1].pk
            self._report(self._done, self._total, self._left_out)

    def _csv(self, rows: models.QuerySet[Any], columns: Sequence[str]) -> Iterator[bytes]:
        yield (BYTE_ORDER_MARK + csv_text([columns])).encode()
        waiting: list[list[str]] = []
        for row in self._rows(rows):
            waiting.append([_cell(getattr(row, name)) for name in columns])
            if len(waiting) == ROWS_AT_ONCE:
                yield csv_text(waiting).encode()
                waiting = []
        yield csv_text(waiting).encode()

    def _json(self, rows: models.QuerySet[Any], columns: Sequence[str]) -> Iterator[bytes]:
        separator = "[\n"
        for row in self._rows(rows):
            self._done -= 1  # counted with the other table of calls
            said = {name: getattr(row, name) for name in columns}
            text = json.dumps(said, default=_cell, ensure_ascii=False)
            yield f"{separator}{text}".encode()
            separator = ",\n"
        yield b"[]\n" if separator == "[\n" else b"\n]\n"

    def _cards(self) -> Iterator[bytes]:
        for contact in self._rows(selectors.contacts_of(self._case).prefetch_related("numbers")):
            self._done -= 1
            yield as_vcard(draft_of(contact), f"helin-{contact.pk}").encode()

    def _sound(self, archive: zipfile.ZipFile, row: Recording) -> Iterator[bytes]:
        """Decrypted; the storage is asked before the file is begun, so that none is half there."""
        if row.state != RecordingState.READY:
            self._left_out += 1
            return
        try:
            pieces = self._store.read(key_of(row.tenant_id, row.secret, "opus"))
        except (NotStored, CannotOpen):
            self._left_out += 1
            return
        record(action="recording.exported", by=self._by, about=row)
        yield from self._file(archive, f"recordings/{row.pk}.opus", pieces, packed=False)

    def _readme(self) -> str:
        case = self._case
        files = "".join(f"{size:>12}  {digest}  {name}\n" for name, digest, size in self._sums)
        return (
            f"What {self._tenant.name} keeps about one person\n\n"
            f"Case: {case} {case.reference}\nNumbers: {', '.join(case.numbers)}\n"
            f"Made at {self._at.isoformat()} by {self._copy.requested_by_name}\n"
            f"Recordings without a sound: {self._left_out}\n"
            f"Instants are UTC (ISO 8601), durations seconds.\n\n{CONTENTS}\n"
            f"Bytes, SHA-256, file:\n{files}"
        )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value)
