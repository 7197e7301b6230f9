"""Another PBX's channel events, as CSV with a header of column names, to rows for COPY. Pure."""

from __future__ import annotations

import csv
from hashlib import blake2b
from io import StringIO
from typing import IO
from zoneinfo import ZoneInfo

from telephony.ledger.history_clock import SECOND, HistoryClock
from telephony.ledger.history_files import as_text, parted
from telephony.ledger.history_lines import Block
from telephony.ledger.lines import LONGEST_NAME, LONGEST_TEXT, Unreadable
from telephony.ledger.queue_events import CEL_KNOWN

# in the order of telephony_celline; the names that Asterisk's backends have for each
_COLUMNS = {
    "event": ("eventtype", "event", "eventname"),
    "linkedid": ("linkedid",),
    "uniqueid": ("uniqueid",),
    "channel": ("channame", "channel", "channelname"),
    "name": ("cidname", "name", "callerid", "calleridname"),
    "number": ("cidnum", "num", "calleridnum"),
    "ani": ("cidani", "ani", "calleridani"),
    "rdnis": ("cidrdnis", "rdnis", "cidrdnid", "calleridrdnis"),
    "dnid": ("ciddnid", "dnid", "calleriddnid"),
    "exten": ("exten", "extension"),
    "context": ("context",),
    "application": ("appname", "application"),
    "application_data": ("appdata", "applicationdata"),
    "account": ("accountcode", "account"),
    "tenant_name": ("tenantid",),
    "peer": ("peer", "bridgepeer"),
    "user_event": ("userdeftype", "usereventtype"),
    "user_field": ("userfield",),
    "extra": ("eventextra", "extra"),
}
_TIMES = ("eventtime", "time", "start", "timestamp")
_NUMBERS = ("id",)  # a table's own, which count up as events were written
_KEYS = ("event", "linkedid", "uniqueid", "channel")
_MOST_LINES = 20  # of one record: an application's data may hold line feeds
_PLACES = 64
_CALLS_AT_ONCE = 5000


class NoHeader(Exception):
    """The first line does not name the columns."""


class CelHistory:
    """Reads the blocks of one file in their order."""

    def __init__(self, salt: str, zone: ZoneInfo) -> None:
        self.clock = HistoryClock(zone)
        self._salt = salt.encode() + b"\0"
        self._stamp: str | None = None  # of the line before
        self._twice: str | None = None  # it, if it is of an hour that came twice
        self._at, self._named, self._index = -1, 0, 0
        # the latest: the place reached, the number that the event there had, what was said
        self._calls: dict[str, tuple[int, int | None, set[int]]] = {}
        self._seen: dict[bytes, int] = {}
        self._gap_since: int | None = None
        self._time = self._number = -1
        self._places: list[int] = []

    def read_header(self, file: IO[bytes]) -> None:
        """Raises NoHeader."""
        line = file.readline(65536).decode("utf-8-sig", "replace")
        try:
            found = next(csv.reader([line]), [])
        except csv.Error:  # a carriage return within it
            found = []
        names = ["".join(one.lower().replace("_", "").split()) for one in found]

        def place(aliases: tuple[str, ...]) -> int:
            return next((names.index(one) for one in aliases if one in names), -1)

        self._time, self._number = place(_TIMES), place(_NUMBERS)
        self._places = [place(aliases) for aliases in _COLUMNS.values()]
        needed = dict(zip(_COLUMNS, self._places, strict=True))
        missing = [name for name in ("event", "uniqueid", "linkedid") if needed[name] < 0]
        if missing or self._time < 0:
            raise NoHeader(
                "The first line must name the columns, eventtype, eventtime, uniqueid and linkedid "
                "among them."
            )

    def read(self, content: bytes, offset: int) -> Block:
        block = Block()
        whole, unended = parted(content)
        end = offset + len(whole)
        record, begins, lines = b"", offset, 0
        for line in whole.split(b"\n"):
            record = record + b"\n" + line if lines else line
            lines += 1
            offset += len(line) + 1
            if record.count(b'"') % 2 and lines < _MOST_LINES and offset < begins + len(content):
                continue
            if record and not record.isspace():
                self._take(block, record.rstrip(b"\r"), begins)
            record, begins, lines = b"", offset, 0
        if unended and not unended.isspace():
            block.lines += 1
            block.note_unended(begins if record else end, record + unended, self.clock.latest)
        elif record and not record.isspace():
            self._take(block, record, begins)
        block.last_at = self._at if block.rows else -1
        return block

    def _take(self, block: Block, record: bytes, offset: int) -> None:
        block.lines += 1
        try:
            row = self._row(block, record)
        except Unreadable as reason:
            block.misfits.append((offset, record, str(reason)))
            if self._gap_since is None:
                self._gap_since = self._at
            return
        block.rows.append(f"{offset}\t{row}\n")
        if self._gap_since is not None:
            block.gaps.append((max(self._gap_since, 0) or self._at, self._at))
            self._gap_since = None

    def _row(self, block: Block, record: bytes) -> str:
        text = as_text(record)
        try:
            fields = next(csv.reader(StringIO(text, newline=""), strict=True), [])
        except csv.Error as error:
            raise Unreadable(f"not CSV: {error}"[:150]) from error
        if len(fields) <= max(self._time, *self._places):
            raise Unreadable("fewer fields than the header")
        values = [fields[place] if place >= 0 else "" for place in self._places]
        said = dict(zip(_COLUMNS, values, strict=True))
        for name in _KEYS:
            if len(said[name]) > LONGEST_NAME:
                raise Unreadable("a name longer than 150 letters")
        for name in ("event", "linkedid"):
            if not said[name]:
                raise Unreadable(f"no {name}")
        self._turn(fields[self._time], said["linkedid"])
        if said["event"] not in CEL_KNOWN:
            block.unknown[said["event"]] += 1
        self._index += 1
        identity = self._identity(record)
        texts = "\t".join(_escaped(value[:LONGEST_TEXT]) for value in values)
        number = _number(fields[self._number]) if 0 <= self._number < len(fields) else None
        place = self._placed(said["linkedid"], identity, number)
        return f"{self._at}\t{texts}\t{identity}\t{place}"

    def _turn(self, stamp: str, linkedid: str) -> None:
        if stamp == self._stamp:
            return
        at, named = self.clock.read(stamp, linkedid)
        if stamp == self._twice and at == self._at:
            return
        self._at, self._named = at, named
        # in the hour that comes twice each event is asked which second it is
        self._twice = stamp if self.clock.is_twice else None
        self._stamp = None if self._twice else stamp
        self._index = 0
        self._seen = {}
        self.clock.is_back(self._at)

    def _identity(self, record: bytes) -> int:
        said = self._salt + b"%d\0" % (self._named // SECOND) + record
        times = self._seen.get(said, 0)
        self._seen[said] = times + 1
        if times:
            said += b"\0%d" % times
        digest = blake2b(said, digest_size=8).digest()
        return int.from_bytes(digest, "little", signed=True)

    def _placed(self, linkedid: str, identity: int, number: int | None) -> int:
        """By time; events of one whole second in the order of their numbers, if they have any, others
        of one instant in that of the file. A file may hold call after call, so going back says nothing,
        unless it is within a call and no copy, and the numbers, if any, do not: a clock was set back."""
        is_whole = not self._at % SECOND
        most = _PLACES * SECOND - 1 if is_whole else _PLACES - 1
        index = number % most if number is not None and is_whole else min(self._index, most)
        place = self._at * _PLACES + index
        reached, last, told = self._calls.pop(linkedid, (-1, None, set()))
        goes_on = number is None or last is None or number > last
        if place <= reached and identity not in told and goes_on:
            place = reached + 1
        told.add(identity)
        if place > reached:
            reached, last = place, number
        self._calls[linkedid] = reached, last, told
        if len(self._calls) > _CALLS_AT_ONCE:
            del self._calls[next(iter(self._calls))]
        return place


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None


def _escaped(text: str) -> str:
    for letter, escape in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(letter, escape)
    return text
