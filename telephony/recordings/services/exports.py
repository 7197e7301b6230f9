"""A selection of recordings as one zip: ordered, made piece by piece, fetched, gone."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, record
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal
from phonebook.numbers.e164 import masked
from telephony.recordings.models import ExportState, Recording, RecordingExport, RecordingState
from telephony.recordings.permissions import RecordingSight
from telephony.recordings.selectors import RecordingFilter, recordings_seen
from telephony.recordings.storage.port import NotStored, key_of
from telephony.recordings.storage.sealed import CannotOpen, SealedStore

MOST = 1000
LIFETIME = timedelta(hours=24)
LEASE = timedelta(minutes=2)
REPORT_SECONDS = 0.5
UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)


class NothingToExport(Refusal):
    def __init__(self) -> None:
        super().__init__(_("None of these recordings can be played."))


class TooManyToExport(Refusal):
    def __init__(self) -> None:
        words = gettext("At most %(most)d recordings go into one zip. Choose a shorter period.")
        super().__init__(words % {"most": MOST})


class OneAtATime(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Your export before is still being made. Wait for it, or cancel it."))


class Stopped(Exception):
    """Cancelled, or somebody else has it."""


def order_export(
    *,
    sight: RecordingSight,
    wanted: RecordingFilter,
    chosen: Sequence[int],
    by: Actor,
    tenant: Tenant,
    at: datetime,
) -> RecordingExport:
    """Of the `chosen`, or all that `wanted` finds. Raises the refusals above."""
    from telephony.recordings.tasks import make_export

    found = recordings_seen(sight, wanted).filter(state=RecordingState.READY)
    if chosen:
        found = found.filter(pk__in=chosen)
    ids = list(found.order_by("started_at", "pk").values_list("pk", flat=True)[: MOST + 1])
    if not ids:
        raise NothingToExport
    if len(ids) > MOST:
        raise TooManyToExport
    with transaction.atomic():
        # one after the other, also when the button is pressed twice
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        mine = RecordingExport.objects.filter(requested_by_id=by.user_id, state__in=UNFINISHED)
        if mine.exists():
            raise OneAtATime
        export = RecordingExport.objects.create(
            requested_by_id=by.user_id,
            requested_by_name=by.name[:150],
            recording_ids=ids,
            shows_numbers=sight.sees_numbers,
            created_at=at,
            expires_at=at + LIFETIME,
        )
        record(action="recordings.exported", by=by, about=tenant, after={"count": len(ids)})
        transaction.on_commit(
            lambda: make_export.delay(tenant_id=tenant.pk, export_id=str(export.pk)), robust=True
        )
    return export


def cancel_export(*, export: RecordingExport, store: SealedStore) -> None:
    RecordingExport.objects.filter(pk=export.pk).update(state=ExportState.CANCELLED)
    store.remove([_key(export)])


def make(*, export_id: str, store: SealedStore, at: datetime) -> bool:
    """Makes the zip; False where there is nothing (more) to do. Raises StorageFailed."""
    mine = RecordingExport.objects.filter(pk=export_id, state__in=UNFINISHED)
    free = mine.filter(Q(working_until=None) | Q(working_until__lt=at))
    if not free.update(state=ExportState.RUNNING, working_until=at + LEASE, done=0, left_out=0):
        return False
    export = RecordingExport.objects.get(pk=export_id)
    try:
        store.write(_key(export), _Zip(export, store).pieces())
    except Stopped:
        return False
    size = store.size(_key(export)) or 0
    done = mine.update(state=ExportState.READY, bytes=size, working_until=None)
    if not done:
        store.remove([_key(export)])
    return bool(done)


def sound_of(export: RecordingExport, store: SealedStore) -> Iterator[bytes]:
    """The zip. Raises NotStored."""
    return store.read(_key(export))


def sweep(*, at: datetime, store: SealedStore) -> list[tuple[int, str]]:
    """Removes what is over, and says (tenant, export) of what nobody works at. System scope."""
    over = RecordingExport.objects.filter(expires_at__lt=at)
    for export in over[:200]:
        store.remove([_key(export)])
        export.delete()
    lost = RecordingExport.objects.filter(state__in=UNFINISHED, expires_at__gte=at)
    lost = lost.filter(
        Q(working_until__lt=at) | Q(working_until=None, created_at__lt=at - timedelta(minutes=1))
    )
    return [(tenant_id, str(pk)) for tenant_id, pk in lost.values_list("tenant_id", "pk")[:50]]


def _key(export: RecordingExport) -> str:
    return key_of(export.tenant_id, export.secret, "zip")


class _Zip:
    """Grows in memory by one recording at a time."""

    def __init__(self, export: RecordingExport, store: SealedStore) -> None:
        self._export = export
        self._store = store
        self._reported = time.monotonic()
        self._index = io.StringIO()
        self._zone = ZoneInfo(export.tenant.time_zone)  # a worker has none of its own

    def pieces(self) -> Iterator[bytes]:
        target = Unseekable()
        rows = csv.writer(self._index)
        rows.writerow(["file", "began", "seconds", "direction", "number", "problem"])
        by = self._export
        about = f"{by.requested_by_name}"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for done, pk in enumerate(self._export.recording_ids, 1):
                there = Recording.objects.select_related("tenant").filter(pk=pk, going_at=None)
                row = there.defer("peaks").first()
                sound = self._sound(row)
                if row is None or sound is None:
                    self._export.left_out += 1
                else:
                    name = self._name(row)
                    archive.writestr(name, sound)
                    rows.writerow(
                        [name, row.started_at.astimezone(self._zone).isoformat(), row.seconds, row.direction,
                         self._number(row), row.problem]
                    )  # fmt: skip
                    record(
                        action="recording.exported",
                        by=Actor(about, self._export.requested_by_id),
                        about=row,
                    )
                yield target.taken()
                self._report(done)
            archive.writestr("index.csv", "\ufeff" + self._index.getvalue())
        yield target.taken()
        self._report(len(self._export.recording_ids), last=True)

    def _sound(self, row: Recording | None) -> bytes | None:
        if row is None or row.state != RecordingState.READY:
            return None
        try:
            return b"".join(self._store.read(key_of(row.tenant_id, row.secret, "opus")))
        except (NotStored, CannotOpen):
            return None

    def _name(self, row: Recording) -> str:
        began = row.started_at.astimezone(self._zone).strftime("%Y-%m-%d %H-%M-%S")
        return f"{began} {self._number(row) or row.direction} {row.pk}.opus"

    def _number(self, row: Recording) -> str:
        shown = row.party_number if self._export.shows_numbers else masked(row.party_number)
        return "".join(one for one in shown if one.isalnum() or one in "+*#•·")

    def _report(self, done: int, *, last: bool = False) -> None:
        """How far it is, now and then; raises Stopped when it was cancelled."""
        tick = time.monotonic()
        if not last and tick - self._reported < REPORT_SECONDS:
            return
        self._reported = tick
        mine = RecordingExport.objects.filter(pk=self._export.pk, state=ExportState.RUNNING)
        until = timezone.now() + LEASE
        if not mine.update(done=done, left_out=self._export.left_out, working_until=until):
            raise Stopped


class Unseekable(io.RawIOBase):
    """What zipfile writes to: handed on piece by piece."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._waiting += data
        return len(data)

    def taken(self) -> bytes:
        some = bytes(self._waiting)
        self._waiting.clear()
        return some
