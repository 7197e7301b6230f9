"""Another PBX's queue_log, block by block, to rows for COPY. Pure, and quick: millions of lines.

A line is known by what it says, so that files which overlap, or come twice, give each line once. Of
equal lines within one second of one file each is kept, as app_queue may well write them; a second
that comes again further down is a copy.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from struct import Struct
from zoneinfo import ZoneInfo

from telephony.ledger.history_clock import SECOND, HistoryClock
from telephony.ledger.history_files import NO_END, as_text, parted
from telephony.ledger.lines import LONGEST_NAME, LONGEST_TEXT, Unreadable
from telephony.ledger.queue_events import (
    BEGINS,
    GOES,
    KNOWN,
    OF_VISITS,
    RANKS,
    RANKS_OF_MEMBERS,
    REFUSED,
    tells_of_earlier,
)

FIELDS = 10
# within one second: stays that followed each other, then what happens in one, then the lines' order
_PLACES = 64  # a microsecond
_WHOLE = _PLACES * SECOND
_TURN, _RANK, _MOST_TURNS, _MOST_LINES = 800_000, 100_000, 7, 99_999
_PADS = tuple("\t" * (FIELDS - count) for count in range(FIELDS + 1))
_SURELY_SHORT = LONGEST_NAME
_TOLD = frozenset(OF_VISITS)
_ESCAPE = re.compile(r"\\([tr\\])")
_NUMBER = Struct("<q").unpack
# event ("" if the line holds an escape), callid, queue, agent, epoch microseconds, place, and what
# it says besides: the caller, the seconds of the wait or of the talk (None: not said)
ToldLine = tuple[str, str, str, str, int, int, str | None]
# where it says so: the fields of the whole line, from 0
_SAYS = {
    "ENTERQUEUE": 6, "CONNECT": 5, "COMPLETEAGENT": 6, "COMPLETECALLER": 6,
    "ABANDON": 7, "EXITEMPTY": 7, "EXITWITHTIMEOUT": 7, "EXITWITHKEY": 8,
}  # fmt: skip


@dataclass(slots=True)
class Block:
    """`rows`: lines in COPY's text format: byte offset, epoch microseconds, callid, queue, agent, event, data1 to
    data5, identity, place. `misfits`: byte offset, content, why."""

    rows: list[str] = field(default_factory=list)
    misfits: list[tuple[int, bytes, str]] = field(default_factory=list)
    lines: int = 0
    queues: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    unknown: Counter[str] = field(default_factory=Counter)
    gaps: list[tuple[int, int]] = field(default_factory=list)  # around misfits: known from, to
    told: list[ToldLine] = field(default_factory=list)  # what stays in queues are made of
    names: set[int] = field(default_factory=set)  # of the rows; fewer if one is there twice
    has_restart: bool = False
    has_end: bool = True  # False: no line feed ends the last line, which is a misfit

    def note_unended(self, offset: int, raw: bytes, since: int) -> None:
        """`since`: the latest instant that is known, if any."""
        self.has_end = False
        self.misfits.append((offset, raw, NO_END))
        if since >= 0:
            self.gaps.append((since, since))

    def note_other(self, event: str) -> None:
        if event == "QUEUESTART":
            self.has_restart = True
        elif event not in KNOWN:
            self.unknown[event] += 1

    last_at: int = -1


class QueueHistory:
    """Reads the blocks of one file in their order. `salt` tells one company's lines from others'."""

    def __init__(self, salt: str, zone: ZoneInfo) -> None:
        self.clock = HistoryClock(zone)
        self._salt = salt.encode() + b"\0"
        self._stamp: str | None = None  # of the line before
        self._twice: str | None = None  # it, if it is of an hour that came twice
        self._at = -1
        self._turns: dict[tuple[str, str], int] = {}
        self._members: dict[str, tuple[int, int]] = {}  # of this second: turn and rank reached
        self._before: list[str] = []  # rows of the block before
        self._reached: dict[tuple[str, str], tuple[int, int, set[int]]] | None = None
        self._gap_since: int | None = None

    def _start(self, stamp: str, callid: str) -> None:
        """Another second than the line before: what was said in it so far is nothing. In the hour
        that comes twice each line is asked which second it is."""
        # an epoch of these days; any other is looked at more closely
        if len(stamp) == 10 and stamp[0] != "0" and stamp.isdecimal() and stamp.isascii():
            at = int(stamp) * SECOND
            self._said, self._is_whole, is_twice = self._salt, True, False
        else:
            at, named = self.clock.read(stamp, callid)
            if stamp == self._twice and at == self._at:
                return
            self._said = self._salt + b"%d\0" % (named // SECOND)
            self._is_whole, is_twice = not at % SECOND, self.clock.is_twice
        self._twice = stamp if is_twice else None
        self._stamp = None if self._twice else stamp
        self._at, self._base = at, at * _PLACES
        if at < self.clock.latest:
            self._is_back = self.clock.is_back(at)
        else:
            self.clock.latest, self._is_back = at, False
        self._index = 0
        if self._turns:
            self._turns = {}
        if self._members:
            self._members = {}
        self._seen: dict[bytes, int] = {}

    def read(self, content: bytes, offset: int) -> Block:
        """`content`: lines, of which the first begins at `offset`."""
        block = Block()
        content, offset = _without_mark(content, offset)
        content, unended = parted(content)
        text = as_text(content)
        is_plain = not ("\\" in text or "\t" in text or "\r" in text)
        rows, told, add_name = block.rows, block.told, block.names.add
        add_queue, add_agent = block.queues.add, block.agents.add
        begins = offset
        for raw, line in zip(content.split(b"\n"), text.split("\n"), strict=True):
            offset, begins = begins, begins + len(raw) + 1
            if not is_plain:
                line = _escaped(line)
            parts = line.split("|", FIELDS - 1)
            count = len(parts)
            try:
                if count < 5 or len(line) > _SURELY_SHORT or not parts[4]:
                    if not raw or raw.isspace():
                        continue
                    parts = _checked(parts)
                if parts[0] != self._stamp:
                    self._start(parts[0], parts[1])
            except Unreadable as reason:
                self._note_misfit(block, offset, raw, str(reason))
                continue
            if self._gap_since is not None:
                block.gaps.append((max(self._gap_since, 0) or self._at, self._at))
                self._gap_since = None
            _, callid, queue, agent, event = parts[:5]
            add_queue(queue)
            add_agent(agent)
            self._index += 1
            said = self._said + (raw if is_plain else raw.rstrip(b"\r"))
            if said in self._seen:
                said = self._again(said)
            else:
                self._seen[said] = 1
            name = _NUMBER(blake2b(said, digest_size=8).digest())[0]
            where = self._placed(callid, queue, event, parts)
            if self._is_back:
                where = self._after_jump(rows, where, name, parts)
            if event in _TOLD:
                word = event
                if not is_plain and "\\" in line:
                    word, callid = "", _as_said(callid)
                place = _SAYS.get(event, FIELDS)
                besides = parts[place] if place < count else None
                told.append((word, callid, queue, agent, self._at, where, besides))
            else:
                block.note_other(event)
            add_name(name)
            fields = "\t".join(parts[1:])
            rows.append(f"{offset}\t{self._at}\t{fields}{_PADS[count]}\t{name}\t{where}\n")
        if unended and not unended.isspace():
            block.note_unended(begins - 1, unended, self.clock.latest)
        if not is_plain:
            block.queues = {_as_said(name) for name in block.queues}
            block.agents = {_as_said(name) for name in block.agents}
        return self._finished(block)

    def _finished(self, block: Block) -> Block:
        block.lines = len(block.rows) + len(block.misfits)
        block.last_at = self._at if block.rows else -1
        self._before, self._reached = block.rows, None
        return block

    def _note_misfit(self, block: Block, offset: int, raw: bytes, reason: str) -> None:
        block.misfits.append((offset, raw, reason))
        if self._gap_since is None:
            self._gap_since = self._at

    def _again(self, said: bytes) -> bytes:
        """What tells a line from those of its second that are equal."""
        times = self._seen[said]
        self._seen[said] = times + 1
        return said + b"\0%d" % times

    def _after_jump(self, rows: list[str], place: int, name: int, parts: list[str]) -> int:
        """The file goes back in time. A line that stood there before, or that begins what comes
        later, is in a copy; one that goes on with a call tells of a clock that was set back.
        """
        if self._reached is None:
            self._reached = _reached([*self._before, *rows])
        rank = RANKS.get(parts[4])
        key = parts[1], parts[2]
        reached, most, names = self._reached.setdefault(key, (place, BEGINS, set()))
        if rank and name not in names and place < reached and rank >= most:
            self.clock.note_jump(self._at)
            place = reached + 1
        names.add(name)
        self._reached[key] = max(reached, place), max(most, rank or BEGINS), names
        return place

    def _placed(self, callid: str, queue: str, event: str, parts: list[str]) -> int:
        """Where the line stands in time. Not by its file's order alone, as other parts of the same
        second may be in other files."""
        rank = RANKS.get(event)
        turns = self._turns
        index = 0
        if rank:
            turn = turns.get((callid, queue)) if turns else None
            if turn is None:
                turn = 0
                if not tells_of_earlier(event, parts):
                    turn = turns[callid, queue] = 1  # its entry is in another file
        else:
            index, turn = min(self._index, _MOST_LINES), 1
            if rank is not None or (
                event == "HELIN_OVERFLOW" and parts[5:6] and parts[5] in REFUSED
            ):
                key = callid, queue
                turn = turns[key] = min(turns.get(key, 0) + 1, _MOST_TURNS)
                rank = BEGINS
            elif rank := RANKS_OF_MEMBERS.get(event, BEGINS):
                turn, rank = self._turn_of_member(parts[3], rank)
        if self._is_whole:
            return self._base + turn * _TURN + rank * _RANK + index
        return self._base + turn * 8 + rank

    def _turn_of_member(self, member: str, rank: int) -> tuple[int, int]:
        """What he did in this second may be in several files, so the lines of one action stand in the
        order in which Asterisk writes them; a line that cannot follow begins another turn."""
        turn, last = self._members.get(member, (1, rank))
        if rank < last:
            turn += 1
        if turn > _MOST_TURNS:
            turn, rank = _MOST_TURNS, GOES  # from here on the lines' order alone
        self._members[member] = turn, rank
        return turn, rank


def _reached(rows: list[str]) -> dict[tuple[str, str], tuple[int, int, set[int]]]:
    """By call and queue of the latest rows: the greatest place and rank, and what was said."""
    found: dict[tuple[str, str], tuple[int, int, set[int]]] = {}
    for row in rows:
        fields = row.rstrip("\n").split("\t")
        key = fields[2], fields[3]
        place, most, names = found.get(key, (0, BEGINS, set()))
        names.add(int(fields[-2]))
        rank = RANKS.get(fields[5], BEGINS)
        found[key] = max(place, int(fields[-1])), max(most, rank), names
    return found


def _without_mark(content: bytes, offset: int) -> tuple[bytes, int]:
    """An editor that went over a file may have marked it as UTF-8."""
    if offset or not content.startswith(BOM_UTF8):
        return content, offset
    return content[len(BOM_UTF8) :], len(BOM_UTF8)


def _escaped(line: str) -> str:
    line = line.rstrip("\r").replace("\\", "\\\\")
    return line.replace("\t", "\\t").replace("\r", "\\r")


def _as_said(escaped: str) -> str:
    return _ESCAPE.sub(lambda found: {"t": "\t", "r": "\r"}.get(found[1], "\\"), escaped)


def _checked(parts: list[str]) -> list[str]:
    """Raises Unreadable."""
    if len(parts) < 5:
        raise Unreadable("fewer than five fields")
    if any(len(part) > LONGEST_NAME for part in parts[:5]):
        raise Unreadable("a name longer than 150 letters")
    if not parts[4]:
        raise Unreadable("no event")
    # an escape must not be cut in two
    return parts[:5] + [
        part if len(part) <= LONGEST_TEXT else part[:LONGEST_TEXT].rstrip("\\")
        for part in parts[5:]
    ]
