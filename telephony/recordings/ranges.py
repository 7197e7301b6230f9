"""HTTP ranges (RFC 9110, 14). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


class NotSatisfiable(Exception):
    """The range lies outside: 416."""


@dataclass(frozen=True, slots=True)
class Part:
    start: int
    length: int

    def as_header(self, size: int) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def wanted_part(header: str, size: int) -> Part | None:
    """None: all of it, which is also the answer to several ranges at once and to other units.

    Raises NotSatisfiable.
    """
    found = _ONE.fullmatch(header.replace(" ", ""))
    if found is None or found[0] == "bytes=-" or len(found[0]) > 60:
        return None
    first, last = found[1], found[2]
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise NotSatisfiable
        return Part(size - length, length)
    start = int(first)
    if start >= size:
        raise NotSatisfiable
    if not last:
        return Part(start, size - start)
    if int(last) < start:
        return None
    return Part(start, min(int(last), size - 1) - start + 1)
