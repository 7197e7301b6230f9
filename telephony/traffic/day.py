"""A company's day as its callers make it: who calls when, how patient they are, how long they talk.

Pure and seeded: the same seed gives the same day.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from telephony.traffic.people import Person

HOUR = 3600.0
BUSY_BY_HOUR = (
    0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.65, 0.7, 0.8, 1.0, 1.0, 0.95,
    0.75, 0.75, 0.95, 1.0, 0.9, 0.75, 0.65, 0.65, 0.6, 0.6, 0.6, 0.6,
)  # fmt: skip
"""Share of the rush hour's calls; never little, as somebody may look at the demo at night."""
_MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """`at` counts seconds from midnight and runs on past 86,400 into the next day."""

    at: float
    number: str
    caller: Person
    patience_seconds: float
    """Hangs up when nobody has answered by then."""
    talk_seconds: float
    caller_hangs_up: bool
    """Else the agent does."""
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Habits:
    """Medians of what differs from caller to caller by log-normal factors."""

    patience_seconds: float = 75.0
    talk_seconds: float = 60.0
    patience_spread: float = 0.8
    talk_spread: float = 0.6
    shortest_talk: float = 4.0
    longest_talk: float = 600.0


def plan_calls(
    random: Random,
    *,
    numbers: Sequence[str],
    people: Sequence[Person],
    calls_per_hour: float,
    start: float,
    habits: Habits | None = None,
    first_within: float | None = None,
) -> Iterator[PlannedCall]:
    """Endless, in order of time: a Poisson stream whose rate follows the hour.

    `calls_per_hour` is the rush hour's rate; `start` is in seconds from midnight. With
    `first_within` the first call comes within so many seconds, whatever the hour. Nothing comes of
    no numbers, no people or a rate of 0.
    """
    habits = habits or Habits()
    if not numbers or not people or calls_per_hour <= 0:
        return
    at = start
    if first_within is not None:
        at += random.uniform(0, first_within)
        yield _plan_call(random, at, numbers, people, habits)
    while True:
        at += random.expovariate(calls_per_hour / HOUR)
        if random.random() < BUSY_BY_HOUR[int(at // HOUR) % 24]:  # thinning: Lewis, Shedler 1979
            yield _plan_call(random, at, numbers, people, habits)


def next_try(random: Random, failed: PlannedCall, *, given_up_at: float) -> PlannedCall | None:
    """Who got nobody calls again in a minute or three, a little more patient; not for ever."""
    if failed.attempt >= _MOST_TRIES or random.random() < 0.4:
        return None
    return replace(
        failed,
        at=given_up_at + random.uniform(30, 180),
        patience_seconds=failed.patience_seconds * 1.3,
        attempt=failed.attempt + 1,
    )


def merged(*streams: Iterator[PlannedCall]) -> Iterator[PlannedCall]:
    """Several companies' days on one clock."""
    return heapq.merge(*streams, key=lambda call: call.at)


def _plan_call(
    random: Random, at: float, numbers: Sequence[str], people: Sequence[Person], habits: Habits
) -> PlannedCall:
    talk = _spread(random, habits.talk_seconds, habits.talk_spread)
    return PlannedCall(
        at=at,
        number=random.choice(numbers),
        caller=random.choice(people),
        patience_seconds=_spread(random, habits.patience_seconds, habits.patience_spread),
        talk_seconds=min(max(talk, habits.shortest_talk), habits.longest_talk),
        caller_hangs_up=random.random() < 0.7,
    )


def _spread(random: Random, median: float, sigma: float) -> float:
    return median * random.lognormvariate(0.0, sigma)
