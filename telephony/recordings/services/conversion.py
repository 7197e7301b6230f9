"""From the PBX's samples to what people hear. Killed anywhere and begun again, it ends the same."""

from __future__ import annotations

import hashlib
import logging
import time
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from telephony.recordings import sound
from telephony.recordings.models import Problem, Recording, RecordingState
from telephony.recordings.services.facts import learn_facts
from telephony.recordings.storage.port import NotStored, StorageFailed, key_of
from telephony.recordings.storage.sealed import CannotOpen, SealedStore

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)  # how long a worker that was killed keeps others away
RENEW_SECONDS = 20.0
# sound may lack what the ledger counts as talk: moments of joining, and of a transfer
SLACK_SECONDS = 3.0
SLACK_SHARE = 0.1


def convert(*, recording_id: int, store: SealedStore, at: datetime) -> bool:
    """Makes an arrived recording ready; False: somebody else has it, or has done it.

    Raises StorageFailed: it is tried again when the lease is over.
    """
    mine = Recording.objects.filter(pk=recording_id, state=RecordingState.ARRIVED, going_at=None)
    free = mine.filter(Q(converting_until=None) | Q(converting_until__lt=at))
    if not free.update(converting_until=at + LEASE):
        return False
    row = Recording.objects.select_related("tenant").get(pk=recording_id)
    try:
        encoded = _encoded(row, store)
    except (CannotOpen, NotStored, sound.NotSound) as error:
        log.error("Recording %s cannot be converted: %s", row.pk, error)
        problem = Problem.MISSING if isinstance(error, NotStored) else Problem.DAMAGED
        mine.update(state=RecordingState.BROKEN, problem=problem, converting_until=None)
        return False
    learn_facts(recording=row)
    mine.update(
        state=RecordingState.READY,
        problem=Problem.CUT if is_cut(encoded.seconds, row.talk_seconds) else Problem.NONE,
        seconds=encoded.seconds,
        peaks=encoded.peaks,
        has_original=row.tenant.keeps_uncompressed,
        media_bytes=len(encoded.opus),
        media_sha256=hashlib.sha256(encoded.opus).hexdigest(),
        encrypted_with=store.key_id,
    )
    drop_samples(recording_id=row.pk, store=store)
    return True


def is_cut(seconds: float, talk_seconds: float | None) -> bool:
    """Whether so much of the talk is missing that it is no accident of counting."""
    if not talk_seconds:
        return False
    return seconds < talk_seconds * (1 - SLACK_SHARE) - SLACK_SECONDS


def _encoded(row: Recording, store: SealedStore) -> sound.Encoded:
    raw = key_of(row.tenant_id, row.secret, "raw")
    renewed = time.monotonic()

    def still_at_it() -> None:
        nonlocal renewed
        if time.monotonic() - renewed > RENEW_SECONDS:
            renewed = time.monotonic()
            Recording.objects.filter(pk=row.pk).update(converting_until=timezone.now() + LEASE)

    encoded = sound.encode(store.read(raw), row.original_bytes, still_at_it)
    if abs(sound.decoded_seconds(encoded.opus) - encoded.seconds) > 0.2:
        raise sound.NotSound("what was encoded does not decode to the same length")
    key = key_of(row.tenant_id, row.secret, "opus")
    store.write(key, [encoded.opus])
    if b"".join(store.read(key)) != encoded.opus:
        raise StorageFailed(f"{key} is not in the storage as it was written")
    if row.tenant.keeps_uncompressed:
        wav = sound.as_wav(store.read(raw), row.original_bytes)
        store.write(key_of(row.tenant_id, row.secret, "wav"), wav)
    return encoded


def drop_samples(*, recording_id: int, store: SealedStore) -> None:
    """The last step of a conversion: until it is done the row says so by `converting_until`."""
    row = Recording.objects.filter(pk=recording_id, state=RecordingState.READY).first()
    if row is None or row.converting_until is None:
        return
    store.remove([key_of(row.tenant_id, row.secret, "raw")])
    Recording.objects.filter(pk=row.pk).update(converting_until=None)


def waiting_conversions(at: datetime, most: int = 200) -> list[tuple[int, int]]:
    """(tenant, recording) of those that nobody has in hand. In a system scope."""
    open_rows = Recording.objects.filter(going_at=None).filter(
        Q(state=RecordingState.ARRIVED, converting_until=None)
        | Q(state__in=[RecordingState.ARRIVED, RecordingState.READY], converting_until__lt=at)
    )
    return list(open_rows.order_by("pk").values_list("tenant_id", "pk")[:most])
