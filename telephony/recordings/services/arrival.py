"""A PBX's finished files into storage: each once, whatever is killed when.

The order is the whole of it: the row, the object, the object read back and compared, the row again,
and only then is the PBX's file removed. Done twice it changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef

from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import Tenant
from telephony.calls.models import CallLeg
from telephony.ledger.models import CelLine
from telephony.privacy.models import ErasedFile
from telephony.recordings.files import PbxFile, read_name
from telephony.recordings.models import Problem, Recording, RecordingState, RecordingWatch
from telephony.recordings.samples import seconds_of
from telephony.recordings.services.facts import learn_facts
from telephony.recordings.storage.port import PIECE, StorageFailed, key_of
from telephony.recordings.storage.sealed import SealedStore

log = logging.getLogger(__name__)
BEGUN = "HELIN_RECORDING"
LINES_AT_ONCE = 50_000
LATE = timedelta(minutes=10)  # after the end of the channel a file is missing
ORPHANED = timedelta(days=1)  # and so is that of a channel of which nothing is known


def notice_begun(*, pbx: str) -> int:
    """Rows for the recordings that the ledger tells of, before there is any file.

    In a system scope. Returns how many lines were looked at.
    """
    with transaction.atomic():
        watch, _ = RecordingWatch.objects.select_for_update().get_or_create(pbx=pbx)
        lines = CelLine.objects.filter(pbx=pbx, pk__gt=watch.cel_line).order_by("pk")
        ids = list(lines.values_list("pk", flat=True)[:LINES_AT_ONCE])
        if not ids:
            return 0
        told = lines.filter(pk__lte=ids[-1], event=BEGUN)
        slugs = dict(Tenant.objects.filter(pbx=pbx).values_list("pk", "slug"))
        for extra, linkedid, at, owner in told.values_list("extra", "linkedid", "at", "tenant_id"):
            file = read_name(_name_in(extra))
            if file is not None and slugs.get(owner) == file.slug:
                row_of(pbx=pbx, file=file, at=at, linkedid=linkedid)
        RecordingWatch.objects.filter(pk=watch.pk).update(cel_line=ids[-1])
    return len(ids)


def _name_in(extra: str) -> str:
    try:
        found = json.loads(extra)
    except ValueError:
        return ""
    return str(found.get("extra", "")) if isinstance(found, dict) else ""


def row_of(*, pbx: str, file: PbxFile, at: datetime, linkedid: str = "") -> Recording | None:
    """The file's row, made if need be; None if it belongs to no company of this PBX."""
    tenant_id = Tenant.objects.filter(slug=file.slug, pbx=pbx).values_list("pk", flat=True).first()
    if tenant_id is None:
        return None
    group = AgentGroup.objects.filter(pk=file.group_id, tenant_id=tenant_id).first()
    row, _ = Recording.objects.get_or_create(
        pbx=pbx,
        name=file.name,
        defaults={
            "tenant_id": tenant_id,
            "uniqueid": file.uniqueid,
            "linkedid": linkedid,
            "direction": file.direction,
            "group_id": group.pk if group else None,
            "started_at": at,
        },
    )
    return row


def receive_file(*, pbx: str, folder: Path, name: str, store: SealedStore, at: datetime) -> bool:
    """One finished file below `folder`, into storage and away from the PBX's disk.

    Returns whether it is gone from there. Raises StorageFailed and OSError: try again later.
    """
    file = read_name(name)
    path = folder / name
    if file is None:
        return False
    if ErasedFile.objects.filter(pbx=pbx, name=name).exists():
        path.unlink(missing_ok=True)  # the person asked for it before it came
        return True
    status = path.stat()
    modified = datetime.fromtimestamp(status.st_mtime, UTC)
    row = row_of(pbx=pbx, file=file, at=file.channel_began_at or modified)
    if row is None:
        log.warning("The recording %s belongs to no company of %s.", name, pbx)
        return False
    if row.state in (RecordingState.ARRIVED, RecordingState.READY) and (
        row.original_bytes == status.st_size
    ):
        path.unlink(missing_ok=True)  # it was stored, and then we were stopped
        return True
    if status.st_size == 0:
        _empty(row=row, at=at)
    else:
        began = modified - timedelta(seconds=seconds_of(status.st_size))
        _keep(row=row, path=path, store=store, began=began, at=at)
    path.unlink(missing_ok=True)
    return True


def _keep(*, row: Recording, path: Path, store: SealedStore, began: datetime, at: datetime) -> None:
    from telephony.recordings.tasks import convert_recording

    key = key_of(row.tenant_id, row.secret, "raw")
    digest, size = hashlib.sha256(), 0

    def pieces() -> Iterator[bytes]:
        nonlocal size
        with path.open("rb") as source:
            while piece := source.read(PIECE):
                digest.update(piece)
                size += len(piece)
                yield piece

    store.write(key, pieces())
    back = hashlib.sha256()
    for piece in store.read(key):
        back.update(piece)
    if back.digest() != digest.digest():
        raise StorageFailed(f"{key} is not in the storage as it was written")
    with transaction.atomic():
        Recording.objects.filter(pk=row.pk).update(
            state=RecordingState.ARRIVED,
            problem=Problem.NONE,
            started_at=began,
            seconds=seconds_of(size),
            original_bytes=size,
            original_sha256=digest.hexdigest(),
            encrypted_with=store.key_id,
            arrived_at=at,
            converting_until=None,
        )
        learn_facts(recording=Recording.objects.get(pk=row.pk))
        tenant_id, pk = row.tenant_id, row.pk
        transaction.on_commit(
            lambda: convert_recording.delay(tenant_id=tenant_id, recording_id=pk),
            robust=True,  # with Valkey away the sweep finds it
        )


def _empty(*, row: Recording, at: datetime) -> None:
    """Nobody talked: there is nothing to keep. Somebody did: something went wrong, and it shows."""
    learn_facts(recording=row)
    if not row.talk_seconds:
        row.delete()
        return
    Recording.objects.filter(pk=row.pk).update(
        state=RecordingState.BROKEN, problem=Problem.EMPTY, arrived_at=at
    )


def find_missing(*, pbx: str, at: datetime) -> int:
    """Recordings that were begun and whose file never came; returns how many are missing now.

    In a system scope. A channel that never talked leaves nothing.
    """
    ended = CallLeg.objects.filter(
        tenant_id=OuterRef("tenant_id"), uniqueid=OuterRef("uniqueid"), ended_at__lt=at - LATE
    )
    late = Recording.objects.filter(pbx=pbx, state=RecordingState.ARRIVING, going_at=None)
    late = late.filter(Exists(ended)) | late.filter(started_at__lt=at - ORPHANED)
    found = 0
    for row in late[:1000]:
        learn_facts(recording=row)
        if row.talk_seconds:
            found += Recording.objects.filter(pk=row.pk, state=RecordingState.ARRIVING).update(
                state=RecordingState.BROKEN, problem=Problem.MISSING, arrived_at=at
            )
        else:
            Recording.objects.filter(pk=row.pk, state=RecordingState.ARRIVING).delete()
    return found
