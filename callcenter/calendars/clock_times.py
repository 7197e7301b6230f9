"""Minutes of the day to words and back: 510 <-> "08:30", 1440 is "24:00". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

MIDNIGHT = 1440
_TYPED = re.compile(r"^\s*(\d{1,2})(?:\s*[:.h]?\s*(\d{2}))?\s*$", re.IGNORECASE)


def as_clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def from_clock(typed: str) -> int | None:
    """ "8", "8:30", "8.30", "0830", "24:00" -> minutes; None for anything else."""
    match = _TYPED.match(typed)
    if match is None:
        return None
    hours, minutes = int(match[1]), int(match[2] or 0)
    minute = hours * 60 + minutes
    return minute if minutes < 60 and minute <= MIDNIGHT else None


def overlapping(
    opens: int, closes: int, others: Iterable[tuple[int, int]]
) -> tuple[int, int] | None:
    """The first of `others` that shares a minute with opens..closes (ends are not included)."""
    for start, end in sorted(others):
        if start < closes and opens < end:
            return start, end
    return None
