"""One PBX's files into the database: reads what is new, keeps it, has the calls built.

The files are the buffer: while PostgreSQL is away nothing is read, and afterwards everything is.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from redis.exceptions import RedisError

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope
from telephony.ledger.facts import notice_facts
from telephony.ledger.files import (
    Candidate,
    CopyOfLiveFile,
    Folder,
    Position,
    find_position,
    let_go_of_replaced,
    read_chunk,
)
from telephony.ledger.models import LedgerFile, Source
from telephony.ledger.selectors import health_key
from telephony.ledger.services import Batch, PositionMoved, keep_batch, keep_position, read_batch
from telephony.ledger.watching import Watch

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
STANDBY_SECONDS = 1.0
FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 5.0
CHUNKS_AT_ONCE = 8  # before the calls are built, so that they do not wait for a long history
TAIL_IS_LOST_SECONDS = 60.0  # a rotated file that ends within a line
LOCK_CLASS = 0x48454C4C  # beside the listener's; the second key is the PBX


class Ledger:
    """`build` makes calls of the lines kept so far and returns whether all are; it is called in a
    system scope. It is handed in because this room knows lines, not calls. `is_pbx_up`: whether the
    PBX is known to run at this moment, by whoever has a link to it.
    """

    def __init__(
        self,
        pbx: str,
        log_dir: Path,
        build: Callable[[], bool],
        is_pbx_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self.pbx = pbx
        self._build = build
        self._is_pbx_up = is_pbx_up
        self._watch = Watch(pbx)
        self._folders = {
            Source.QUEUE_LOG: Folder(
                log_dir,
                is_active=lambda name: name == "queue_log",
                is_rotated=lambda name: name.startswith(("queue_log.", "queue_log-")),
            ),
            Source.CEL: Folder(
                log_dir / "cel-custom",
                is_active=lambda name: name.endswith(".jsonl"),
                is_rotated=lambda name: ".jsonl." in name or ".jsonl-" in name,
            ),
        }
        self._positions: dict[Source, list[Position]] | None = None  # the newest first
        self._is_built = False
        self._noticed_at: dict[int, float] = {}
        self._locked: Any = None  # the very connection that holds the lock

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. PostgreSQL and Valkey may be away at any time."""
        retry = FIRST_RETRY_SECONDS
        while not stop.is_set():
            try:
                with system_scope("a PBX's files tell of all its tenants"):
                    wait = self._turn()
                retry = FIRST_RETRY_SECONDS
            except (DatabaseError, InterfaceError, PositionMoved) as error:
                log.warning("The ledger waits, the files keep what comes: %s", error)
                self._start_over()
                wait, retry = retry, min(retry * 2, LONGEST_RETRY_SECONDS)
            if wait:
                stop.wait(wait)
        self.close()

    def _turn(self) -> float:
        """Reads what is new; returns how long to wait before the next turn."""
        if not self._hold_lock():
            return STANDBY_SECONDS
        at = timezone.now()
        lag = self.read()
        self._report(lag)
        if lag is not None and self._is_followed():
            self._watch.note_complete(at, self._is_pbx_up)
        return 0.0 if lag is None else POLL_SECONDS

    def _is_followed(self) -> bool:
        """Whether we know of a file for what the PBX writes now. Where the one that it wrote last
        was taken away, it may go on writing to what nobody can see."""
        if self._positions is None or not self._folders[Source.QUEUE_LOG].path.is_dir():
            return False
        for source, folder in self._folders.items():
            newest = next(iter(self._positions[source]), None)
            if newest and not folder.has_active and newest.inode not in folder.inodes:
                return False
        return True

    def read(self) -> float | None:
        """One round over all files. Returns how old the last line was, or None if there is more."""
        if self._positions is None:
            self._positions = {source: self._load(source) for source in Source}
        lag = 0.0
        is_all = True
        for source, folder in self._folders.items():
            with folder.unread() as candidates:
                positions = self._positions[source]
                for candidate in candidates:
                    let_go_of_replaced(candidate, positions)
                for packed in self._watch.found(folder.path, positions):
                    self._read_packed(source, positions, packed)
                for candidate in candidates:
                    seen, is_read = self._read_file(source, positions, candidate, candidates)
                    lag, is_all = max(lag, seen), is_all and is_read
                    if not is_read:
                        break  # the newer files come after this one
        if not self._is_built:
            self._is_built = self._build()
        return lag if is_all and self._is_built else None

    def _read_packed(self, source: Source, positions: list[Position], packed: Candidate) -> None:
        """What was missing, and has turned up as a compressed file."""
        try:
            while not self._read_file(source, positions, packed, [])[1]:
                pass
        finally:
            os.close(packed.descriptor)

    def _read_file(
        self,
        source: Source,
        positions: list[Position],
        candidate: Candidate,
        candidates: list[Candidate],
    ) -> tuple[float, bool]:
        """How old the last line was, and whether the file is read to its end."""
        folder = self._folders[source]
        try:
            position = find_position(candidate, positions, folder.inodes)
        except CopyOfLiveFile:
            return 0.0, True
        if not position.id and position.offset:
            # cut short: kept at once, because later its beginning looks like that of another file
            position = keep_position(pbx=self.pbx, source=source, position=position)
            positions.insert(0, position)
        lag = 0.0
        for _ in range(CHUNKS_AT_ONCE):
            is_final = (
                not candidate.is_active and time.time() - candidate.modified > TAIL_IS_LOST_SECONDS
            )
            chunk = read_chunk(candidate, position, is_final=is_final)
            if chunk is None:
                # a tail without an end of line is looked at again until it is lost
                if candidate.is_active or is_final or position.offset >= candidate.size:
                    folder.read_to_end(candidate)
                    self._watch.note_end(position, is_active=candidate.is_active)
                return lag, True
            tenants = dict(Tenant.objects.filter(pbx=self.pbx).values_list("slug", "pk"))
            batch = read_batch(chunk, source, tenants)
            now = timezone.now()
            if position not in positions and batch.rows:
                first_at = batch.rows[0].at
                self._watch.note_lost(source, positions, candidates, folder.inodes, first_at)
            self._watch.note_batch(source, position.id, batch, now)
            if batch.began_at is not None:
                self._notice({row.tenant_id for row in batch.rows if row.tenant_id}, batch, now)
            kept = keep_batch(pbx=self.pbx, source=source, chunk=chunk, batch=batch)
            self._is_built = False
            if position in positions:
                positions[positions.index(position)] = kept
            else:
                positions.insert(0, kept)
            position = kept
            if batch.last_at is not None:
                lag = max(0.0, (now - batch.last_at).total_seconds())
        return lag, False

    def _notice(self, tenant_ids: set[int], batch: Batch, now: datetime) -> None:
        """The companies' data as of these lines, looked at once a second at most."""
        tick = time.monotonic()
        due = {one for one in tenant_ids if tick - self._noticed_at.get(one, -1.0) >= 1.0}
        if due and batch.began_at is not None:
            notice_facts(tenant_ids=due, since=batch.began_at, at=now)
            self._noticed_at.update(dict.fromkeys(due, tick))

    def _load(self, source: Source) -> list[Position]:
        rows = LedgerFile.objects.filter(pbx=self.pbx, source=source).order_by("-pk")
        return [
            Position(
                row.pk,
                row.name,
                row.inode,
                row.offset,
                {int(length): digest for length, digest in row.digests.items()},
            )
            for row in rows
        ]

    # --- one writer per PBX -------------------------------------------------------------------
    def _hold_lock(self) -> bool:
        connection.ensure_connection()
        if self._locked is not None and self._locked is connection.connection:
            return True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, self._lock_key])
            row = cursor.fetchone()
        self._positions = None
        self._locked = connection.connection if row and row[0] else None
        return self._locked is not None

    @property
    def _lock_key(self) -> int:
        return zlib.crc32(self.pbx.encode()) - 2**31

    def _start_over(self) -> None:
        """Whatever we believed of positions may be wrong: the transaction may have been kept."""
        self._positions = None
        self._watch.forget()
        self._noticed_at.clear()
        self._is_built = False
        for folder in self._folders.values():
            folder.forget()
        self._let_go_of_lock()

    def close(self) -> None:
        for folder in self._folders.values():
            folder.close()
        self._let_go_of_lock()

    def _let_go_of_lock(self) -> None:
        """The connection may go back to a pool, where it would keep the lock."""
        locked, self._locked = self._locked, None
        try:
            if locked is not None and locked is connection.connection:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock_all()")
            connection.close()
        except (DatabaseError, InterfaceError) as error:
            log.debug("Letting go of the lock: %s", error)

    def _report(self, lag: float | None) -> None:
        now = time.time()
        if lag is not None and now - self._reported_at < 1.0:
            return
        self._reported_at = now
        try:
            cache.set(health_key(self.pbx), {"seen_at": now, "lag_seconds": lag}, timeout=3600)
        except (RedisError, OSError) as error:
            log.debug("Valkey: %s", error)

    _reported_at = 0.0
