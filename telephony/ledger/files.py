"""Following files that rotation renames, copies, truncates and deletes. No Django here.

A file is its content: the digest of its first bytes says whether a name, an inode or a copy holds
the lines that were read before. What is read is decided by the caller, who keeps the positions.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 256
DIGEST_LENGTHS = (32, 64, 128, 256)
KEEP_OPEN_SECONDS = 10.0  # a file that left the folder: Asterisk may still write to it
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".tmp")


@dataclass(slots=True)
class Position:
    """How far one content is read. `digests`: by length, of the read part's first bytes."""

    id: int  # 0: not kept yet
    name: str
    inode: int
    offset: int = 0
    digests: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines with the offset of each, and where the next one begins."""

    position: Position
    lines: tuple[tuple[int, bytes], ...]
    next_offset: int
    digests: dict[int, str]
    endless: bool = False  # the one "line" is the beginning of one that is too long, or a last one


@dataclass(slots=True)
class Candidate:
    """A file that may have something to read; `modified` in epoch seconds."""

    name: str
    inode: int
    size: int
    modified: float
    is_active: bool
    descriptor: int


def digests_of(head: bytes) -> dict[int, str]:
    return {
        length: hashlib.sha256(head[:length]).hexdigest()
        for length in DIGEST_LENGTHS
        if len(head) >= length
    }


def is_same_content(known: dict[int, str], found: dict[int, str]) -> bool | None:
    """None where both have too little in common to tell."""
    common = known.keys() & found.keys()
    if not common:
        return None
    longest = max(common)
    return known[longest] == found[longest]


class Folder:
    """The files of one ledger: `is_active` tells, by name, those that Asterisk writes to."""

    def __init__(
        self,
        path: Path,
        is_active: Callable[[str], bool],
        is_rotated: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self._is_active = is_active
        self._is_rotated = is_rotated
        self._clock = clock
        self._done: dict[int, tuple[int, int]] = {}  # inode -> size and mtime when read to the end
        self._held: dict[int, tuple[int, str, float]] = {}  # inode -> descriptor, name, last seen
        self.inodes: set[int] = set()  # of all files that were there at the last look
        self.has_active = False  # one that Asterisk writes to was there

    def forget(self) -> None:
        """Look at every file again: positions may be others than those that were read from."""
        self._done.clear()

    def close(self) -> None:
        for descriptor, _, _ in self._held.values():
            os.close(descriptor)
        self._held.clear()

    @contextlib.contextmanager
    def unread(self) -> Iterator[list[Candidate]]:
        """Files that changed since they were read to the end, the oldest first, the active last."""
        found = sorted(self._candidates(), key=lambda one: (one.is_active, one.modified, one.name))
        opened: list[int] = []
        try:
            opened.extend(one.descriptor for one in found if one.descriptor < 0 and self._open(one))
            yield [candidate for candidate in found if candidate.descriptor >= 0]
        finally:
            held = {descriptor for descriptor, _, _ in self._held.values()}
            for descriptor in opened:
                if descriptor not in held:
                    os.close(descriptor)

    def _open(self, candidate: Candidate) -> bool:
        """False for a file that was renamed this very moment: it is found again next time."""
        try:
            descriptor = os.open(self.path / candidate.name, os.O_RDONLY)
        except OSError:
            return False
        if os.fstat(descriptor).st_ino != candidate.inode:
            os.close(descriptor)
            return False
        candidate.descriptor = descriptor
        if candidate.is_active:
            self._held[candidate.inode] = (descriptor, candidate.name, self._clock())
        return True

    def read_to_end(self, candidate: Candidate) -> None:
        """Remember that nothing is to be read here until the file changes."""
        with contextlib.suppress(OSError):
            status = os.fstat(candidate.descriptor)
            if status.st_size == candidate.size:
                self._done[candidate.inode] = (status.st_size, status.st_mtime_ns)

    def _let_go(self, inode: int) -> None:
        os.close(self._held.pop(inode)[0])

    def _candidates(self) -> Iterator[Candidate]:
        seen: set[int] = set()
        now = self._clock()
        self.has_active = False
        for entry in self._entries():
            try:
                status = entry.stat()
            except OSError:
                continue
            if not stat.S_ISREG(status.st_mode):
                continue
            seen.add(status.st_ino)
            self.has_active = self.has_active or self._is_active(entry.name)
            held = self._held.get(status.st_ino)
            if held and self._is_active(entry.name):
                self._held[status.st_ino] = (held[0], entry.name, now)
            if self._done.get(status.st_ino) == (status.st_size, status.st_mtime_ns):
                if held and now - held[2] > KEEP_OPEN_SECONDS:
                    self._let_go(status.st_ino)
                continue
            yield Candidate(
                entry.name,
                status.st_ino,
                status.st_size,
                status.st_mtime,
                self._is_active(entry.name),
                held[0] if held else -1,
            )
        self.inodes = seen | self._held.keys()
        for inode, (descriptor, name, last_seen) in list(self._held.items()):
            if inode in seen:
                continue
            status = os.fstat(descriptor)
            if self._done.get(inode) != (status.st_size, status.st_mtime_ns):
                yield Candidate(name, inode, status.st_size, status.st_mtime, False, descriptor)
            elif now - last_seen > KEEP_OPEN_SECONDS:
                self._let_go(inode)

    def _entries(self) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.path) as entries:
                return [entry for entry in entries if self._is_ours(entry.name)]
        except FileNotFoundError:
            return []

    def _is_ours(self, name: str) -> bool:
        return self._is_active(name) or (self._is_rotated(name) and not name.endswith(_COMPRESSED))


def head_of(descriptor: int) -> bytes:
    return os.pread(descriptor, HEAD_BYTES, 0)


def let_go_of_replaced(candidate: Candidate, positions: Iterable[Position]) -> None:
    """Frees the positions whose content is no longer in the file that had it: truncated, reused.

    To be done for all files before any is read, so that a copy made by copytruncate is known to be
    the only one that has the rest of the old lines.
    """
    found = digests_of(head_of(candidate.descriptor))
    for position in positions:
        if position.inode == candidate.inode:
            same = is_same_content(position.digests, found)
            if same is None:
                same = candidate.size >= position.offset
            if not same:
                position.inode = 0


def find_position(
    candidate: Candidate, positions: Iterable[Position], inodes: Set[int]
) -> Position:
    """The position of the candidate's content; a new one for a content never seen.

    `positions`: the newest first. `inodes`: of all files there. A copy is left alone while the file
    it was made from is there (raises CopyOfLiveFile): that one is read. A file that was cut short
    is read on from its new end, under a position of its own.
    """
    found = digests_of(head_of(candidate.descriptor))
    known = list(positions)
    for position in known:
        if position.inode == candidate.inode:
            if candidate.size >= position.offset:
                return position
            position.inode = 0
            return Position(0, candidate.name, candidate.inode, candidate.size, found)
    for position in known:
        if is_same_content(position.digests, found):
            if position.inode in inodes:
                raise CopyOfLiveFile
            position.inode = candidate.inode
            return position
    return Position(0, candidate.name, candidate.inode)


class CopyOfLiveFile(Exception):
    """What stands in this file is being read from the one it was copied from."""


def read_chunk(candidate: Candidate, position: Position, *, is_final: bool = False) -> Chunk | None:
    """The next whole lines; None when there is none yet. `is_final`: no end of line will come."""
    content = os.pread(candidate.descriptor, CHUNK_BYTES, position.offset)
    end = content.rfind(b"\n") + 1
    endless = False
    if not end:
        if not content or not (is_final or len(content) == CHUNK_BYTES):
            return None
        end, endless = len(content), True
    next_offset = position.offset + end
    head = head_of(candidate.descriptor)
    same = is_same_content(position.digests, digests_of(head))
    if os.fstat(candidate.descriptor).st_size < next_offset or same is False:
        return None  # truncated while we read: look again
    lines = [content[:end]] if endless else content[:end].split(b"\n")[:-1]
    offset = position.offset
    numbered = []
    for line in lines:
        if line:
            numbered.append((offset, line))
        offset += len(line) + 1
    return Chunk(position, tuple(numbered), next_offset, digests_of(head[:next_offset]), endless)
