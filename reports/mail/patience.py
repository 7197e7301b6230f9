"""How long a refused mail is tried again. Pure."""

from __future__ import annotations

from datetime import timedelta

# a greylisting server wants some minutes, a mended one a day: 28 hours in all
_MINUTES = (1, 5, 15, 60, 120, 240, 480, 720)


def wait_after(attempts: int) -> timedelta | None:
    """Before the next attempt, after that many in vain; None: no more."""
    return timedelta(minutes=_MINUTES[attempts - 1]) if attempts <= len(_MINUTES) else None
