"""When to try again, and when to give up. Pure."""

from __future__ import annotations

import random
from email.utils import parsedate_to_datetime

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 3600.0
LONGEST_ASKED_SECONDS = 24 * 3600.0
GIVE_UP_SECONDS = 24 * 3600.0


def delay_seconds(attempts: int, *, chance: random.Random | None = None) -> float:
    """After so many attempts in vain: 2, 4, 8 ... 3600 s, each a quarter more or less, so that
    receivers that fell together are not tried together."""
    whole = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempts - 1, 20))
    return whole * (chance or random).uniform(0.75, 1.25)


def retry_after_seconds(header: str, now: float) -> float | None:
    """What the receiver asks for: seconds or a date; None if it says nothing that can be read."""
    text = header.strip()
    if text.isdecimal():
        return min(float(text[:9]), LONGEST_ASKED_SECONDS)
    try:
        at = parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return min(max(0.0, at - now), LONGEST_ASKED_SECONDS)


def is_over(failing_since: float, now: float) -> bool:
    return now - failing_since >= GIVE_UP_SECONDS
