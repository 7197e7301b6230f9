"""Keeping lines: the rows and the file's position in one transaction, so that each is kept once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F

from telephony.ledger.completeness import Told
from telephony.ledger.files import Chunk, Position
from telephony.ledger.lines import Unreadable, parse_cel_line, parse_queue_line
from telephony.ledger.models import CelLine, LedgerFile, QueueLogLine, Source, UnreadableLine
from telephony.ledger.owners import owner_of_cel_line, owner_of_queue_line
from telephony.ledger.queue_events import CEL_KNOWN, KNOWN

KEPT_BYTES = 65536  # of a line that cannot be read
_LINE = {Source.QUEUE_LOG: QueueLogLine, Source.CEL: CelLine}
QUEUE_COLUMNS = ("callid", "queue", "agent", "event", "data1", "data2", "data3", "data4", "data5")
CEL_COLUMNS = (
    "event", "linkedid", "uniqueid", "channel", "name", "number", "ani", "rdnis", "dnid", "exten",
    "context", "application", "application_data", "account", "tenant_name", "peer", "user_event",
    "user_field", "extra",
)  # fmt: skip
_cel_values = attrgetter(*CEL_COLUMNS)


class PositionMoved(Exception):
    """Somebody else has read on in this file: there are two writers."""


@dataclass(frozen=True, slots=True)
class Row:
    """One readable line: where it stood, whose it is, and its values in the order of columns."""

    byte_offset: int
    tenant_id: int | None
    at: datetime
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Misfit:
    byte_offset: int
    content: bytes
    reason: str


@dataclass(slots=True)
class Batch:
    """What became of a chunk's lines."""

    rows: list[Row] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)
    began_at: datetime | None = None  # the earliest line
    last_at: datetime | None = None  # the last line in the file
    unknown: Counter[str] = field(default_factory=Counter)


def read_batch(chunk: Chunk, source: Source, tenants: Mapping[str, int]) -> Batch:
    """Parses; nothing is written. `tenants`: ids by slug, of those at home on this PBX."""
    batch = Batch()
    parse = _queue_row if source == Source.QUEUE_LOG else _cel_row
    known, place = (KNOWN, 3) if source == Source.QUEUE_LOG else (CEL_KNOWN, 0)
    for byte_offset, line in chunk.lines:
        try:
            if chunk.endless:
                raise Unreadable("no end of line")
            row = parse(byte_offset, line, tenants)
        except Unreadable as reason:
            batch.misfits.append(Misfit(byte_offset, line, str(reason)))
            continue
        batch.rows.append(row)
        batch.last_at = row.at
        event = row.values[place]
        if event not in known:
            batch.unknown[event] += 1
        batch.began_at = min(batch.began_at, row.at) if batch.began_at else row.at
    return batch


def _queue_row(byte_offset: int, line: bytes, tenants: Mapping[str, int]) -> Row:
    record = parse_queue_line(line)
    values = (record.callid, record.queue, record.agent, record.event, *record.data)
    return Row(byte_offset, owner_of_queue_line(record, tenants), record.at, values)


def _cel_row(byte_offset: int, line: bytes, tenants: Mapping[str, int]) -> Row:
    record = parse_cel_line(line)
    return Row(byte_offset, owner_of_cel_line(record, tenants), record.at, _cel_values(record))


def keep_batch(*, pbx: str, source: Source, chunk: Chunk, batch: Batch) -> Position:
    """Writes the lines and moves the position on; returns the new position.

    A line that PostgreSQL refuses is kept as unreadable, and does not hold up the others. Raises
    PositionMoved, and what the database raises when it is away: then nothing was written.
    """
    old = chunk.position
    with transaction.atomic():
        file_id = _move_position(pbx=pbx, source=source, chunk=chunk, batch=batch)
        misfits = list(batch.misfits)
        _insert_or_split(pbx, source, file_id, batch.rows, misfits)
        _insert_misfits(pbx, file_id, misfits)
        LedgerFile.objects.filter(pk=file_id).update(
            unreadable=F("unreadable") + len(misfits),
            lines=F("lines") + len(chunk.lines),
        )
        if batch.unknown:
            file = LedgerFile.objects.get(pk=file_id)
            file.unknown = dict(batch.unknown + Counter(file.unknown))
            file.save(update_fields=["unknown"])
    return Position(file_id, old.name, old.inode, chunk.next_offset, chunk.digests)


def keep_position(*, pbx: str, source: Source, position: Position) -> Position:
    """A position that no line goes with yet."""
    row = LedgerFile.objects.create(
        pbx=pbx,
        source=source,
        name=position.name[-255:],
        inode=position.inode,
        offset=position.offset,
        digests=position.digests,
    )
    return Position(row.pk, position.name, position.inode, position.offset, position.digests)


def _move_position(*, pbx: str, source: Source, chunk: Chunk, batch: Batch) -> int:
    old = chunk.position
    now: dict[str, Any] = {
        "name": old.name[-255:],
        "inode": old.inode,
        "offset": chunk.next_offset,
        "digests": chunk.digests,
    }
    if batch.last_at is not None:
        now["last_line_at"] = batch.last_at
    if not old.id:
        return LedgerFile.objects.create(pbx=pbx, source=source, **now).pk
    moved = LedgerFile.objects.filter(pk=old.id, offset=old.offset).update(**now)
    if not moved:
        raise PositionMoved(f"{old.name} was read beyond {old.offset} by somebody else.")
    return old.id


def _insert_or_split(
    pbx: str, source: Source, file_id: int, rows: Sequence[Row], misfits: list[Misfit]
) -> None:
    if not rows:
        return
    try:
        with transaction.atomic():
            _insert(pbx, source, file_id, rows)
    except (DataError, IntegrityError) as error:
        if len(rows) == 1:
            text = "|".join(rows[0].values).encode("utf-8", "replace")
            misfits.append(Misfit(rows[0].byte_offset, text, f"refused: {error}"[:200]))
            return
        middle = len(rows) // 2
        _insert_or_split(pbx, source, file_id, rows[:middle], misfits)
        _insert_or_split(pbx, source, file_id, rows[middle:], misfits)


def _insert(pbx: str, source: Source, file_id: int, rows: Sequence[Row]) -> None:
    """One statement however many rows; ids grow in the order of the lines."""
    names = QUEUE_COLUMNS if source == Source.QUEUE_LOG else CEL_COLUMNS
    table = _LINE[source]._meta.db_table
    columns = ", ".join(names)
    arrays = "%s::bigint[], %s::bigint[], %s::timestamptz[]" + ", %s::text[]" * len(names)
    # table and columns are our own words
    statement = (
        f"INSERT INTO {table} (pbx, file_id, byte_offset, tenant_id, at, {columns}) "  # noqa: S608
        f"SELECT %s, %s, byte_offset, tenant_id, at, {columns} FROM unnest({arrays}) "
        f"WITH ORDINALITY AS line (byte_offset, tenant_id, at, {columns}, n) ORDER BY n"
    )
    values = list(zip(*(row.values for row in rows), strict=True))
    parameters: list[Any] = [
        pbx,
        file_id,
        [row.byte_offset for row in rows],
        [row.tenant_id for row in rows],
        [row.at for row in rows],
        *(list(column) for column in values),
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _insert_misfits(pbx: str, file_id: int, misfits: Sequence[Misfit]) -> None:
    UnreadableLine.objects.bulk_create(
        UnreadableLine(
            tenant_id=None,
            pbx=pbx,
            file_id=file_id,
            byte_offset=misfit.byte_offset,
            content=misfit.content[:KEPT_BYTES],
            length=len(misfit.content),
            reason=misfit.reason[:200],
        )
        for misfit in misfits
    )


def told_by(batch: Batch, source: Source) -> list[Told]:
    """The batch's lines in their order, as completeness looks at them."""
    is_queue_log = source == Source.QUEUE_LOG
    lines = [
        (row.byte_offset, Told(row.at, is_queue_log and row.values[3] == "QUEUESTART"))
        for row in batch.rows
    ]
    lines += [(misfit.byte_offset, Told(None)) for misfit in batch.misfits]
    return [told for _, told in sorted(lines, key=itemgetter(0))]
