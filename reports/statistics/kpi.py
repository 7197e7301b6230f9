"""The one formula of each figure. Pure: sums in, a figure out, None where there was no call.

A visit is one stay in one queue; it ended as exactly one of answered, abandoned, short-abandoned,
overflowed(reason). Short abandons (abandoned after at most the group's threshold) and visits outside
opening hours, overflowed(closed), are in no figure but their own count. "In time" is a wait of at
most the group's answer-within seconds, that second included, as both were when the caller entered.
"""

from __future__ import annotations

from operator import add
from typing import NamedTuple

HANDLED = "handled"
ABANDONS_IGNORED = "abandons_ignored"
ABANDONS_POSITIVE = "abandons_positive"
ABANDONS_NEGATIVE = "abandons_negative"
MODES = (HANDLED, ABANDONS_IGNORED, ABANDONS_POSITIVE, ABANDONS_NEGATIVE)

# upper edges in seconds, the edge itself inside; the last bucket is what waited longer
WAIT_EDGES = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
BUCKETS = len(WAIT_EDGES) + 1
REPEAT_HOURS = 168


class Visits(NamedTuple):
    """Numbers of ended visits with one service-level mode. All add up over groups and periods.

    `wait_answered` and `wait_all` are seconds in queues: of answered visits, and of `waited`.
    `talk` is seconds of answered visits, hold within. `timeout` to `other` are the overflowed by
    reason; `restarted` are those of the abandoned whom a restart of the PBX cut off. `wrap_up_ms`
    is after-call work of answered visits, in milliseconds. `talk_unknown` are the answered who still
    talk, or of whom no file says how long they did: 0 s of `talk`, and in no average of it.
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
    talk: int = 0
    timeout: int = 0
    full: int = 0
    no_agents: int = 0
    agents_left: int = 0
    key: int = 0
    other: int = 0
    restarted: int = 0
    wrap_up_ms: int = 0
    talk_unknown: int = 0

    @property
    def talked(self) -> int:
        return self.answered - self.talk_unknown

    @property
    def offered(self) -> int:
        """Each offered visit was answered, abandoned or overflowed."""
        return self.answered + self.abandoned + self.overflowed

    @property
    def unanswered(self) -> int:
        return self.abandoned + self.overflowed

    @property
    def gave_up(self) -> int:
        """The abandoned whom nothing cut off."""
        return self.abandoned - self.restarted

    @property
    def waited(self) -> int:
        """Until somebody answered, they gave up, or the queue let them go: not who left by a key, nor
        who never got in, nor who ended in a way that nobody told."""
        return self.answered + self.abandoned + self.timeout + self.agents_left

    def __add__(self, other: Visits) -> Visits:  # type: ignore[override]
        return Visits._make(map(add, self, other))


class Distribution(NamedTuple):
    """How many visits waited how long, by WAIT_EDGES: the answered, and the other offered ones."""

    answered: tuple[int, ...] = (0,) * BUCKETS
    unanswered: tuple[int, ...] = (0,) * BUCKETS

    def __add__(self, other: Distribution) -> Distribution:  # type: ignore[override]
        return Distribution(
            tuple(map(add, self.answered, other.answered)),
            tuple(map(add, self.unanswered, other.unanswered)),
        )


def bucket_of(wait_seconds: int) -> int:
    """Which bucket a wait falls into, from 0; exactly on an edge is inside."""
    return sum(wait_seconds > edge for edge in WAIT_EDGES)


class Share(NamedTuple):
    """`good` of `counted`: kept apart so that shares of several groups and modes can be summed."""

    good: int = 0
    counted: int = 0

    def __add__(self, other: Share) -> Share:  # type: ignore[override]
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
    if mode == ABANDONS_NEGATIVE:
        return Share(in_time, visits.offered)
    if mode == ABANDONS_POSITIVE:
        return Share(in_time + visits.abandoned_in_time, visits.offered)
    if mode == ABANDONS_IGNORED:
        return Share(in_time, visits.offered - visits.abandoned_in_time)
    if mode == HANDLED:
        return Share(in_time, visits.answered)
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
    """Seconds in queue of the answered, the abandoned, those whom the queue let go after the longest
    wait, and those whom the last agent left, divided by their number.
    """
    return visits.wait_all / visits.waited if visits.waited else None


def average_talk(visits: Visits) -> float | None:
    """Seconds of talk, hold within, of answered visits whose talk is over, divided by their number."""
    return visits.talk / visits.talked if visits.talked else None


def average_handling_time(visits: Visits) -> float | None:
    """AHT: talk, hold and after-call work of answered visits whose talk is over, divided by their
    number."""
    whole = visits.talk + visits.wrap_up_ms / 1000
    return whole / visits.talked if visits.talked else None


def occupancy(busy_seconds: float, idle_seconds: float) -> float | None:
    """Per cent of the time on duty that was spent on calls (talk, hold, after-call work). Pauses
    are in neither.
    """
    whole = busy_seconds + idle_seconds
    return 100 * busy_seconds / whole if whole > 0 else None


def first_contact_resolution(repeats: Share) -> float | None:
    """FCR: 1 - repeated / all, per cent. `repeats.good` are the repeated. A call is repeated if the
    same number calls the same group again within the margin; a call without a number never is.
    """
    share = repeats.per_cent
    return None if share is None else 100 - share


def callback_time(seconds: float, called_back: int) -> float | None:
    """Seconds from the lost call to the first successful call back, on average."""
    return seconds / called_back if called_back else None
