"""Importing another PBX's files: each line once, in batches, from where a killed run stopped.

Lines and the file's position are one transaction. Calls are built from the lines by the same marks
as those of our own PBXes (telephony.calls.history).
"""

from __future__ import annotations

import gc
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from callcenter.tenants.models import Tenant
from telephony.ledger.cel_history import CelHistory
from telephony.ledger.gaps import note_gap
from telephony.ledger.history_clock import SECOND
from telephony.ledger.history_ends import settle_ends
from telephony.ledger.history_files import blocks, digest_of, open_history
from telephony.ledger.history_lines import Block, QueueHistory
from telephony.ledger.history_names import HistoryNames
from telephony.ledger.models import (
    CelLine,
    GapCause,
    LedgerFile,
    QueueLogLine,
    Source,
    UnreadableLine,
)
from telephony.ledger.owners import import_pbx
from telephony.ledger.queue_events import OF_VISITS
from telephony.ledger.services import CEL_COLUMNS, KEPT_BYTES, QUEUE_COLUMNS, PositionMoved

LOCK_CLASS = 0x48494D50
MOST_REPORTED = 1000  # unreadable lines that a summary holds; the table has all
_TABLES = {Source.QUEUE_LOG: (QueueLogLine, QUEUE_COLUMNS), Source.CEL: (CelLine, CEL_COLUMNS)}


class ImportUnderWay(Exception):
    """Another process imports this company's history."""


@dataclass(slots=True)
class Imported:
    """What became of one file. `read`: lines of this run; `added`: those that were not there yet;
    `unended`: the number of a last line that has no end, or 0."""

    path: Path
    was_done: bool = False
    read: int = 0
    added: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    reports: list[tuple[int, str, str]] = field(default_factory=list)  # line number, reason, start
    ambiguous: int = 0
    jumps: int = 0
    unended: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes as they lie on the disk are not known for compressed files: these are lines."""

    path: Path
    lines: int
    offset: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a block's lines. `changed`: the calls of which new lines tell; None: every line
    is new. `last_id`: the greatest id given."""

    added: int
    changed: frozenset[str] | None = None
    has_restart: bool = False
    last_id: int | None = None


class Builder(Protocol):
    """Builds calls in the transaction that keeps their lines (telephony.calls.history_blocks)."""

    is_fit: bool

    def look(self, block: Block) -> None: ...

    def build(self, kept: Kept) -> None: ...


@contextmanager
def importing(tenant: Tenant) -> Iterator[str]:
    """One import at a time for a company; yields its PBX's name. Raises ImportUnderWay."""
    pbx = import_pbx(tenant.slug)
    key = zlib.crc32(pbx.encode()) - 2**31
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, key])
        row = cursor.fetchone()
    if not (row and row[0]):
        raise ImportUnderWay(f"The history of {tenant.slug} is being imported by another process.")
    collections = gc.get_threshold()
    # a block is some hundred thousand tuples and no cycle: looking for one takes an eighth of the time
    gc.set_threshold(1_000_000, *collections[1:])
    try:
        yield pbx
    finally:
        gc.set_threshold(*collections)
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, key])


def import_file(
    *,
    tenant: Tenant,
    source: Source,
    path: Path,
    zone: ZoneInfo,
    names: HistoryNames,
    builder: Builder | None = None,
    on_batch: Callable[[Progress], None] = lambda _progress: None,
) -> Imported:
    """Keeps the lines of one file, and has their calls built if told by whom; to be called within
    `importing`, in a system scope.

    Raises OSError, EOFError and zlib.error for files that cannot be read, NoHeader for channel
    events whose first line names no columns.
    """
    pbx = import_pbx(tenant.slug)
    done = Imported(path)
    known = _known_file(pbx, source, path)
    if known.is_ended:
        done.was_done, done.unended = True, _unended(known)
        return done
    reader = QueueHistory(pbx, zone) if source == Source.QUEUE_LOG else CelHistory(pbx, zone)
    with open_history(path) as file:
        number = 0
        if isinstance(reader, CelHistory):
            reader.read_header(file)
            number = 1
        reader.clock.latest = int(known.bookmark.get("latest", -1))
        last = known.bookmark.get("last")
        reader.clock.last = datetime.fromisoformat(last) if last else None
        number = int(known.bookmark.get("newlines", number))
        with closing(_read(reader, file, known.offset or file.tell(), number)) as steps:
            for step in steps:
                known.bookmark = step.bookmark
                done.added += _keep(tenant.pk, known, step, names, builder)
                _report(done, step)
                done.read += step.block.lines
                done.unknown += step.block.unknown
                on_batch(Progress(path, done.read, step.ends))
    _end(known, reader, path)
    done.ambiguous, done.jumps = reader.clock.ambiguous, len(reader.clock.jumps)
    done.unended = _unended(known)
    return done


def _unended(file: LedgerFile) -> int:
    return int(file.bookmark.get("unended", 0))


@dataclass(frozen=True, slots=True)
class _Step:
    """A block as read. `number`: the newlines before it; `bookmark`: what to know to go on."""

    offset: int
    content: bytes
    block: Block
    number: int
    bookmark: dict[str, object]

    @property
    def ends(self) -> int:
        return self.offset + len(self.content)

    def line_number(self, place: int) -> int:
        """Of the line that begins at this offset in the file."""
        return self.number + self.content.count(b"\n", 0, place - self.offset) + 1


def _read(
    reader: QueueHistory | CelHistory, file: IO[bytes], start: int, number: int
) -> Generator[_Step]:
    """One block ahead: while PostgreSQL keeps one, the next is read."""

    def steps(number: int) -> Iterator[_Step]:
        is_quoted = isinstance(reader, CelHistory)
        for offset, content in blocks(file, start, is_quoted=is_quoted):
            block, clock = reader.read(content, offset), reader.clock
            newlines = number + content.count(b"\n")
            bookmark: dict[str, object] = {
                "newlines": newlines,
                "latest": clock.latest,
                "last": clock.last.isoformat() if clock.last else "",
            }
            step = _Step(offset, content, block, number, bookmark)
            if not block.has_end:
                bookmark["unended"] = step.line_number(block.misfits[-1][0])
            yield step
            number = newlines

    found = steps(number)
    with ThreadPoolExecutor(1, thread_name_prefix="history") as ahead:
        reading = ahead.submit(next, found, None)
        while (step := reading.result()) is not None:
            reading = ahead.submit(next, found, None)
            yield step


def _known_file(pbx: str, source: Source, path: Path) -> LedgerFile:
    """By its whole content: under another name it is the same file."""
    digest = digest_of(path)
    known = LedgerFile.objects.filter(pbx=pbx, source=source, digests__whole=digest).first()
    return known or LedgerFile.objects.create(
        pbx=pbx, source=source, name=path.name[-255:], inode=0, digests={"whole": digest}
    )


def _report(done: Imported, step: _Step) -> None:
    misfits = step.block.misfits
    done.unreadable += len(misfits)
    for place, line, reason in misfits[: MOST_REPORTED - len(done.reports)]:
        start = line[:80].decode("utf-8", "replace")
        done.reports.append((step.line_number(place), reason, start))


def _keep(
    tenant_id: int, file: LedgerFile, step: _Step, names: HistoryNames, builder: Builder | None
) -> int:
    """One transaction; returns how many lines were new."""
    block = step.block
    with transaction.atomic():
        moved = LedgerFile.objects.filter(pk=file.pk, offset=file.offset).update(
            offset=step.ends,
            lines=F("lines") + block.lines,
            unreadable=F("unreadable") + len(block.misfits),
            unknown=dict(Counter(file.unknown) + block.unknown),
            bookmark=file.bookmark,
            last_line_at=_instant(block.last_at) if block.last_at >= 0 else file.last_line_at,
        )
        if not moved:
            raise PositionMoved(f"{file.name} was read beyond {step.offset} by somebody else.")
        names.keep(block.queues, block.agents)
        if builder is not None and builder.is_fit:
            builder.look(block)
            kept = _insert(tenant_id, file, block)
            builder.build(kept)
        else:
            kept = _insert(tenant_id, file, block)
        _note_gaps(file, block)
        UnreadableLine.objects.bulk_create(
            [
                UnreadableLine(
                    tenant_id=tenant_id,
                    pbx=file.pbx,
                    file_id=file.pk,
                    byte_offset=place,
                    content=content[:KEPT_BYTES],
                    length=len(content),
                    reason=reason[:200],
                )
                for place, content, reason in block.misfits
            ],
            batch_size=1000,
        )
    file.offset = step.ends
    file.unknown = dict(Counter(file.unknown) + block.unknown)
    return kept.added


def _instant(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds // SECOND, UTC)


def _insert(tenant_id: int, file: LedgerFile, block: Block) -> Kept:
    """COPY into a table of this connection, then one statement: the quick one, for lines of which
    none was there, or else the one that leaves out what is there."""
    if not block.rows:
        return Kept(0)
    model, columns = _TABLES[Source(file.source)]
    staging = f"staged_{file.source}"
    typed = ", ".join(f"{name} text" for name in columns)
    words = {"table": model._meta.db_table, "columns": ", ".join(columns), "staging": staging}
    parameters: dict[str, Any] = {
        "pbx": file.pbx,
        "file": file.pk,
        "tenant": tenant_id,
        "events": list(OF_VISITS),
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {staging} (byte_offset bigint, at bigint, {typed}, "
            "identity bigint, place bigint)"
        )
        cursor.execute(f"TRUNCATE {staging}")
        with cursor.copy(f"COPY {staging} FROM STDIN") as copy:
            copy.write("".join(block.rows))
        if len(block.names) == len(block.rows):
            try:
                with transaction.atomic():
                    cursor.execute(_ALL_NEW.format(**words), parameters)
                    added = cursor.rowcount
                    cursor.execute("SELECT lastval()")
                    (last_id,) = cursor.fetchone() or (None,)
                    return Kept(added, None, block.has_restart, last_id)
            except IntegrityError:
                pass  # one of them, at least, is there
        words["callid"] = "callid" if file.source == Source.QUEUE_LOG else "linkedid"
        cursor.execute(_SOME_NEW.format(**words), parameters)
        added, changed, has_restart, last_id = cursor.fetchone() or (0, None, False, None)
    return Kept(added, frozenset(changed or ()), bool(has_restart), last_id)


_ALL_NEW = """
INSERT INTO {table} (pbx, file_id, tenant_id, byte_offset, at, {columns}, identity, place)
SELECT %(pbx)s, %(file)s, %(tenant)s, byte_offset, to_timestamp(at / 1000000::float8), {columns},
       identity, place
FROM {staging}
"""
# Of the same line in several files the latest place counts: it was read with more before it. It gets
# a new id, so that its call is built again.
_SOME_NEW = """
WITH kept AS (
  INSERT INTO {table} AS old
    (pbx, file_id, tenant_id, byte_offset, at, {columns}, identity, place)
  SELECT %(pbx)s, %(file)s, %(tenant)s, byte_offset, to_timestamp(at / 1000000::float8), {columns},
         identity, place
  FROM (SELECT DISTINCT ON (identity) * FROM {staging}
        ORDER BY identity, place DESC, byte_offset) new
  ORDER BY identity
  ON CONFLICT ({callid}, identity) DO UPDATE
    SET id = excluded.id, place = excluded.place, at = excluded.at
    WHERE excluded.place > old.place
  RETURNING id, {callid} AS callid, event, xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new),
       array_agg(DISTINCT callid) FILTER (WHERE event = ANY(%(events)s)),
       bool_or(event = 'QUEUESTART'), max(id)
FROM kept
"""


def _note_gaps(file: LedgerFile, block: Block) -> None:
    for since, until in block.gaps:
        note_gap(
            pbx=file.pbx,
            source=file.source,
            since=_instant(since),
            until=_instant(until),
            cause=GapCause.UNREADABLE,
            file_id=file.pk,
        )


def _end(file: LedgerFile, reader: QueueHistory | CelHistory, path: Path) -> None:
    with transaction.atomic():
        settle_ends(file, path)
        LedgerFile.objects.filter(pk=file.pk).update(is_ended=True)
        for jump in reader.clock.jumps:
            note_gap(
                pbx=file.pbx,
                source=file.source,
                since=_instant(jump.since),
                until=_instant(jump.until),
                cause=GapCause.CLOCK_JUMP,
                file_id=file.pk,
            )
