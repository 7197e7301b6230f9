"""Noticing, while one PBX's files are read, that something is missing, and that it turned up."""

from __future__ import annotations

import logging
import os
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import Max
from django.utils import timezone

from telephony.ledger.completeness import UNNOTICED, doubts
from telephony.ledger.files import Candidate, Position, digests_of, head_of, is_same_content
from telephony.ledger.gaps import close_gaps, note_gap
from telephony.ledger.history_files import open_history
from telephony.ledger.models import GapCause, LedgerFile, LedgerGap, LedgerMark, Source
from telephony.ledger.services import Batch, told_by

log = logging.getLogger(__name__)

MARK_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 60.0
COMPRESSED = (".gz", ".bz2", ".xz")


class Watch:
    """Of one PBX. Remembers nothing that the database does not: a new process goes on."""

    def __init__(self, pbx: str) -> None:
        self.pbx = pbx
        self._mark: LedgerMark | None = None
        self._marked = 0.0
        self._looked = -LOOK_AGAIN_SECONDS
        self._missing: set[int] | None = None  # files whose end is missing

    def forget(self) -> None:
        self._mark = self._missing = None

    @property
    def mark(self) -> LedgerMark:
        if self._mark is None:
            self._mark = LedgerMark.objects.get_or_create(pbx=self.pbx)[0]
        return self._mark

    @property
    def missing(self) -> set[int]:
        if self._missing is None:
            gaps = LedgerGap.objects.filter(
                pbx=self.pbx, cause=GapCause.MISSING_FILE, closed_at=None, file__isnull=False
            )
            self._missing = {one for one in gaps.values_list("file_id", flat=True) if one}
        return self._missing

    def note_batch(self, source: Source, file_id: int, batch: Batch, now: datetime) -> None:
        """To be called before the batch is kept: the file's last line is the one before it."""
        if not batch.rows and not batch.misfits:
            return
        files = LedgerFile.objects.filter(pbx=self.pbx, source=source)
        last, alive_at = None, self.mark.alive_at
        if file_id:
            last = files.filter(pk=file_id).values_list("last_line_at", flat=True).first()
        else:
            ever = files.aggregate(last=Max("last_line_at"))["last"]
            alive_at = max(filter(None, (ever, alive_at)), default=None)
        if source == Source.CEL:
            last = None  # channel events overtake each other
        told = told_by(batch, source)
        if source == Source.CEL:
            told = [one for one in told if one.at is None]
        for gap in doubts(told, last, alive_at, now):
            note_gap(
                pbx=self.pbx, source=source, since=gap.since, until=gap.until,
                cause=GapCause(gap.cause),
            )  # fmt: skip

    def note_lost(
        self, source: Source, known: Iterable[Position], candidates: Iterable[Candidate],
        inodes: Iterable[int], first_at: datetime,
    ) -> None:  # fmt: skip
        """A content that was never seen begins at `first_at`: is the end of the one before there?"""
        before = next(iter(known), None)
        if before is None or not before.id or before.inode in set(inodes):
            return
        if any(
            is_same_content(before.digests, digests_of(head_of(one.descriptor)))
            for one in candidates
        ):
            return
        last = LedgerFile.objects.filter(pk=before.id, is_ended=False).first()
        if last is None:
            return
        since = max(filter(None, (last.last_line_at, self.mark.complete_to)), default=None)
        if since is not None and first_at - since > UNNOTICED:
            note_gap(
                pbx=self.pbx, source=source, since=since, until=first_at,
                cause=GapCause.MISSING_FILE, file_id=before.id,
            )  # fmt: skip
            self.missing.add(before.id)
            self._looked = -LOOK_AGAIN_SECONDS

    def note_end(self, position: Position, *, is_active: bool) -> None:
        """All of this content is read; nobody writes to it any more unless it is active."""
        if position.id in self.missing:
            close_gaps(file_id=position.id)
            self.missing.discard(position.id)
        if position.id and not is_active:
            LedgerFile.objects.filter(pk=position.id, is_ended=False).update(is_ended=True)

    def note_complete(self, at: datetime, is_pbx_up: Callable[[], bool]) -> None:
        """Everything that was written before `at` is read and built."""
        if time.monotonic() - self._marked < MARK_SECONDS:
            return
        self._marked = time.monotonic()
        mark = self.mark
        mark.complete_to = max(at, mark.complete_to or at)
        if is_pbx_up():
            mark.alive_at = at
        mark.save()

    def found(self, folder: Path, positions: Iterable[Position]) -> list[Candidate]:
        """Compressed files that hold what is missing, each unpacked into a file without a name."""
        wanted = [one for one in positions if one.id in self.missing]
        if not wanted or time.monotonic() - self._looked < LOOK_AGAIN_SECONDS:
            return []
        self._looked = time.monotonic()
        found = []
        for path in sorted(folder.glob("*")):
            if path.suffix in COMPRESSED:
                candidate = _unpacked(path, wanted)
                if candidate is not None:
                    found.append(candidate)
        return found


def _unpacked(path: Path, wanted: list[Position]) -> Candidate | None:
    try:
        with open_history(path) as packed:
            head = digests_of(packed.read(256))
            if not any(is_same_content(one.digests, head) for one in wanted):
                return None
            packed.seek(0)
            with tempfile.TemporaryFile(buffering=0) as file:
                while content := packed.read(1 << 20):
                    file.write(content)
                return _candidate(path, file.fileno())
    except (OSError, EOFError, zlib.error) as error:
        log.warning("%s cannot be unpacked: %s", path, error)
        return None


def _candidate(path: Path, descriptor: int) -> Candidate:
    kept = os.dup(descriptor)
    status = os.fstat(kept)
    old = (timezone.now() - timedelta(days=1)).timestamp()  # a last line without an end is one
    return Candidate(path.name, -status.st_ino, status.st_size, old, False, kept)
