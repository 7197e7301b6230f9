"""What people do with a recording: listen, download, note, keep, delete. All of it is audited."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor, record
from callcenter.tenants.refusals import Refusal
from telephony.recordings.models import Recording, RecordingNote
from telephony.recordings.selectors import AUDITED, is_held
from telephony.recordings.services.removal import remove_chosen
from telephony.recordings.storage.port import StorageFailed
from telephony.recordings.storage.sealed import SealedStore

LISTENING = timedelta(minutes=15)  # after each piece that was fetched
ONE_LISTENING = timedelta(minutes=30)  # pieces fetched within it are one listening
LONGEST_KEEPING_DAYS = 365


class RecordingGone(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This recording has been deleted."))


class ReasonMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Give a reason: others will read it."), "reason")


class KeptTooLong(Refusal):
    def __init__(self) -> None:
        words = gettext("A recording can be kept for 1 to %(days)d days from now.")
        super().__init__(words % {"days": LONGEST_KEEPING_DAYS}, "days")


class StillKept(Refusal):
    def __init__(self, recording: Recording) -> None:
        words = gettext("%(name)s keeps this recording: “%(reason)s”. Take that mark off first.")
        super().__init__(words % {"name": recording.kept_by, "reason": recording.keep_reason})


class Held(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This recording is under legal hold and cannot be deleted."))


class NoteMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Write the note first."), "text")


def note_listening(*, recording: Recording, by: Actor, at: datetime, key: str = "") -> None:
    """Somebody fetches sound: nothing may delete it now, and it is written down who it is.

    `key`: the name of an API key. Raises RecordingGone.
    """
    there = Recording.objects.filter(pk=recording.pk, going_at=None)
    if not there.update(listened_until=at + LISTENING):
        raise RecordingGone
    lately = AuditEntry.objects.filter(
        about_type=AUDITED, about_id=str(recording.pk), action="recording.listened",
        at__gt=at - ONE_LISTENING, by_id=by.user_id, by_name=by.name[:150],
    )  # fmt: skip
    if not lately.exists():
        record(
            action="recording.listened", by=by, about=recording, after={"by": key} if key else {}
        )


@transaction.atomic
def note_download(*, recording: Recording, by: Actor, at: datetime) -> None:
    """Raises RecordingGone."""
    there = Recording.objects.filter(pk=recording.pk, going_at=None)
    if not there.update(listened_until=at + LISTENING):
        raise RecordingGone
    record(action="recording.downloaded", by=by, about=recording)


@transaction.atomic
def add_note(*, recording: Recording, at_seconds: float, text: str, by: Actor) -> RecordingNote:
    """Raises NoteMissing."""
    words = " ".join(text.split())
    if not words:
        raise NoteMissing
    note = RecordingNote.objects.create(
        recording=recording,
        at_seconds=min(max(at_seconds, 0.0), recording.seconds),
        text=words[:500],
        by_id=by.user_id,
        by_name=by.name[:150],
    )
    record(action="recording.noted", by=by, about=recording, after={"note": note.text})
    return note


@transaction.atomic
def remove_note(*, note: RecordingNote, by: Actor) -> None:
    record(action="recording.note_removed", by=by, about=note.recording, before={"note": note.text})
    note.delete()


@transaction.atomic
def keep(*, recording: Recording, reason: str, days: int, by: Actor, at: datetime) -> None:
    """Longer than usual, with a reason. Raises ReasonMissing, KeptTooLong, RecordingGone."""
    words = " ".join(reason.split())
    if not words:
        raise ReasonMissing
    if not 1 <= days <= LONGEST_KEEPING_DAYS:
        raise KeptTooLong
    row = _locked(recording)
    before = row.kept_until
    row.kept_until = at + timedelta(days=days)
    row.keep_reason, row.kept_by = words[:200], by.name[:150]
    row.save(update_fields=["kept_until", "keep_reason", "kept_by"])
    record(
        action="recording.kept",
        by=by,
        about=row,
        before={"until": before.isoformat()} if before else {},
        after={"until": row.kept_until.isoformat(), "reason": row.keep_reason},
    )


@transaction.atomic
def stop_keeping(*, recording: Recording, by: Actor) -> None:
    """It goes when the others of its age go. Raises RecordingGone."""
    row = _locked(recording)
    if row.kept_until is None:
        return
    before = {"until": row.kept_until.isoformat(), "reason": row.keep_reason}
    row.kept_until, row.keep_reason, row.kept_by = None, "", ""
    row.save(update_fields=["kept_until", "keep_reason", "kept_by"])
    record(action="recording.released", by=by, about=row, before=before)


def delete(
    *, recording: Recording, reason: str, by: Actor, at: datetime, store: SealedStore
) -> None:
    """At once, for good. Raises ReasonMissing, StillKept, Held, RecordingGone.

    With the storage away it is gone for people, and its objects go by the next purge.
    """
    words = " ".join(reason.split())
    if not words:
        raise ReasonMissing
    with transaction.atomic():
        row = _locked(recording)
        if row.kept_until is not None and row.kept_until > at:
            raise StillKept(row)
        if is_held(row):
            raise Held
        row.going_at = at
        row.save(update_fields=["going_at"])
        record(action="recording.deleted", by=by, about=row, after={"reason": words[:200]})
    try:
        remove_chosen(store=store, recording_ids=[row.pk])
    except StorageFailed:
        return


def _locked(recording: Recording) -> Recording:
    row = Recording.objects.select_for_update().filter(pk=recording.pk, going_at=None).first()
    if row is None:
        raise RecordingGone
    return row
