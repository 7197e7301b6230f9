"""The one formula of each figure. Pure: sums in, a figure out, None where there was no call.

A visit is one stay in one queue; it ended as exactly one of answered, abandoned, short-abandoned,
overflowed(reason). Short abandons (abandoned after at most the group's threshold) and visits outside
opening hours, overflowed(closed), are in no figure but their own count. "In time" is a wait of at
most the group's answer-within seconds, that second included, as both were when the caller entered.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import add, attrgetter

HANDLED = "handled"
ABANDONS_IGNORED = "abandons_ignored"
ABANDONS_POSITIVE = "abandons_positive"
ABANDONS_NEGATIVE = "abandons_negative"
MODES = (HANDLED, ABANDONS_IGNORED, ABANDONS_POSITIVE, ABANDONS_NEGATIVE)


@dataclass(frozen=True, slots=True)
class Visits:
    """Numbers of ended visits with one service-level mode. All add up over groups and periods.

    `wait_answered` and `wait_all` are seconds in queues: of answered visits, and of all offered.
    """

    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    abandoned_in_time: int = 0
    overflowed: int = 0
    short_abandoned: int = 0
    closed: int = 0
    wait_answered: int = 0
    wait_all: int = 0

    @property
    def offered(self) -> int:
        """Each offered visit was answered, abandoned or overflowed."""
        return self.answered + self.abandoned + self.overflowed

    def __add__(self, other: Visits) -> Visits:
        return Visits(*map(add, _numbers(self), _numbers(other)))


_numbers = attrgetter(*Visits.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Share:
    """`good` of `counted`: kept apart so that shares of several groups and modes can be summed."""

    good: int = 0
    counted: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.good + other.good, self.counted + other.counted)

    @property
    def per_cent(self) -> float | None:
        """0 to 100; None for no calls, which is neither good nor bad."""
        return 100 * self.good / self.counted if self.counted > 0 else None


def service_level(visits: Visits, mode: str) -> Share:
    """Answered in time, of what the mode visits. Short abandons are left out in all modes.

    handled: of the answered. abandons_ignored: of the offered without those abandoned in time.
    abandons_positive: those abandoned in time count as good, of the offered. abandons_negative: of
    the offered. Raises ValueError for another mode.
    """
    in_time = visits.answered_in_time
    if mode == HANDLED:
        return Share(in_time, visits.answered)
    if mode == ABANDONS_IGNORED:
        return Share(in_time, visits.offered - visits.abandoned_in_time)
    if mode == ABANDONS_POSITIVE:
        return Share(in_time + visits.abandoned_in_time, visits.offered)
    if mode == ABANDONS_NEGATIVE:
        return Share(in_time, visits.offered)
    raise ValueError(f"There is no service-level mode {mode!r}.")


def answer_rate(visits: Visits) -> float | None:
    """Per cent of the offered that were answered."""
    return Share(visits.answered, visits.offered).per_cent


def abandon_rate(visits: Visits) -> float | None:
    """Per cent of the offered that the caller gave up, short abandons left out."""
    return Share(visits.abandoned, visits.offered).per_cent


def average_speed_of_answer(visits: Visits) -> float | None:
    """ASA: seconds in queue and ringing, of answered visits, divided by their number. Greeting and
    menus before the queue are not in it.
    """
    return visits.wait_answered / visits.answered if visits.answered else None


def average_wait(visits: Visits) -> float | None:
    """Seconds in queue of all offered visits, however they ended, divided by their number."""
    return visits.wait_all / visits.offered if visits.offered else None
