"""The time of imported lines: epochs, local times of a zone, clocks that were changed. Pure.

A local time that came twice, when clocks went back, is the first of the two until the file itself
goes back by a minute or more, or where its call began after the first: ids of calls tell when. One
that never was, when clocks went forward, is read with the offset before the change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from telephony.ledger.lines import Unreadable

SECOND = 1_000_000
# a file that goes back by more holds several, one after the other
LONGEST_STEP_BACK = 2 * 3600 * SECOND
SMALLEST_JUMP = 2 * SECOND
_GOES_BACK = timedelta(minutes=1)
# Asterisk's first release was of 5 December 1999: what is earlier is the end of a cut line, a number
# of seconds taken for a time
_EARLIEST = 944_352_000 * SECOND
# until then a bigint holds the 64 places that lines have in each microsecond
_LATEST = 144_000_000_000 * SECOND
_EPOCH = re.compile(r"^([0-9]{1,12})(?:\.([0-9]{1,9}))?$")
_LOCAL = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")
# 1700000000.17, of a PBX with a name pbx-1700000000.17
_MADE = re.compile(r"(?:^|-)([0-9]{9,10})\.[0-9]+$")
_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Jump:
    """The PBX's clock went back from `until` to `since`; epoch microseconds."""

    since: int
    until: int


@dataclass(slots=True)
class HistoryClock:
    """Of one file, read in order. All instants are epoch microseconds."""

    zone: ZoneInfo
    latest: int = -1
    last: datetime | None = None
    ambiguous: int = 0  # stamps of an hour that came twice, of which this is all that is known
    is_twice: bool = False  # the last one read was of such an hour
    jumps: list[Jump] = field(default_factory=list)

    def read(self, stamp: str, callid: str = "") -> tuple[int, int]:
        """The instant, and the one that names the line: the same for every reader of any part of
        the file. Raises Unreadable."""
        self.is_twice = False
        epoch = _EPOCH.match(stamp)
        if epoch:
            at = int(epoch[1]) * SECOND + int((epoch[2] or "")[:6].ljust(6, "0"))
            return _possible(at), at
        if not _LOCAL.match(stamp):
            raise Unreadable("no time")
        try:
            moment = datetime.fromisoformat(stamp)
            if moment.tzinfo is None:
                return self._local(moment, callid)
            at = _possible((moment - _ORIGIN) // _MICROSECOND)
        except (ValueError, OverflowError):
            raise Unreadable("a time that cannot be") from None
        return at, at

    def _local(self, moment: datetime, callid: str) -> tuple[int, int]:
        first = moment.replace(tzinfo=self.zone).astimezone(UTC)
        second = moment.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        chosen = first
        _possible((first - _ORIGIN) // _MICROSECOND)
        named = (first - _ORIGIN) // _MICROSECOND
        if second > first:
            self.is_twice = True
            if self.last is not None and first < self.last - _GOES_BACK:
                chosen = second
            elif _began_after(first, callid):
                # where both hours are sorted into one, this says nothing of the next line
                return (second - _ORIGIN) // _MICROSECOND, named
            else:
                self.ambiguous += 1
        self.last = chosen
        return (chosen - _ORIGIN) // _MICROSECOND, named

    def is_back(self, at: int) -> bool:
        """Whether the file, at this instant, has been further in time before, but not by so much
        that another file begins within it."""
        if at >= self.latest:
            self.latest = at
            return False
        step = self.latest - at
        if step > LONGEST_STEP_BACK:
            self.latest = at
            return False
        return True

    def note_jump(self, at: int) -> None:
        """A call went on at `at`, before where it had been: not a copy, but a changed clock."""
        is_known = self.jumps and self.jumps[-1].until == self.latest
        if self.latest - at > SMALLEST_JUMP and not is_known:
            self.jumps.append(Jump(at, self.latest))


def _began_after(at: datetime, callid: str) -> bool:
    made = _MADE.search(callid)
    return made is not None and at.timestamp() < int(made[1]) - _GOES_BACK.total_seconds()


def _possible(at: int) -> int:
    """Raises Unreadable."""
    if at < _EARLIEST:
        raise Unreadable("a time before there was an Asterisk")
    if at >= _LATEST:
        raise Unreadable("a time that cannot be")
    return at
