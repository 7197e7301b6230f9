"""The one formula of each figure. Pure.

A count may be a sum over many intervals or groups: every figure here is made from sums, so that a
day is not the average of its hours.
"""

from __future__ import annotations

from dataclasses import dataclass

HANDLED = "handled"
ABANDONS_IGNORED = "abandons_ignored"
ABANDONS_POSITIVE = "abandons_positive"
ABANDONS_NEGATIVE = "abandons_negative"


@dataclass(frozen=True, slots=True)
class Visits:
    """Ended stays in queues, without short-abandoned and closed ones, which are never offered.

    `..._in_time`: those that waited at most the answer-within seconds in force when they entered.
    """

    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    abandoned_in_time: int = 0
    overflowed: int = 0

    @property
    def offered(self) -> int:
        """Offered = answered + abandoned + overflowed (Genesys: answered, abandoned or flow-out)."""
        return self.answered + self.abandoned + self.overflowed

    def __add__(self, other: Visits) -> Visits:
        return Visits(
            self.answered + other.answered,
            self.answered_in_time + other.answered_in_time,
            self.abandoned + other.abandoned,
            self.abandoned_in_time + other.abandoned_in_time,
            self.overflowed + other.overflowed,
        )


def service_level_parts(visits: Visits, mode: str) -> tuple[int, int]:
    """(good, of how many) of one of the four modes of Cisco UCCX; sums of both may be divided.

    handled: answered in time / answered. abandons_ignored: answered in time / (offered - abandoned
    in time). abandons_positive: (answered + abandoned in time) / offered. abandons_negative:
    answered in time / offered. In time means <= everywhere. ValueError for another mode.
    """
    if mode == HANDLED:
        return visits.answered_in_time, visits.answered
    if mode == ABANDONS_IGNORED:
        return visits.answered_in_time, visits.offered - visits.abandoned_in_time
    if mode == ABANDONS_POSITIVE:
        return visits.answered_in_time + visits.abandoned_in_time, visits.offered
    if mode == ABANDONS_NEGATIVE:
        return visits.answered_in_time, visits.offered
    raise ValueError(f"No service level is defined for the mode {mode!r}.")


def share(good: int, of: int) -> float | None:
    """Per cent; None when there was nothing to count, which is shown as "-", never as 100 %."""
    return 100 * good / of if of else None
