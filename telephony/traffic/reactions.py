"""What an invented agent does when the phone rings, and between calls. Pure and seeded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Deed(StrEnum):
    ANSWER = "answer"
    REJECT = "reject"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Reaction:
    deed: Deed
    after_seconds: float
    """0 for a missed call: nobody is there."""


@dataclass(frozen=True, slots=True)
class Temper:
    """Shares of all rings; the rest is answered. Delays in seconds."""

    rejects: float = 0.03
    misses: float = 0.05
    quickest: float = 1.2
    usual: float = 3.0


@dataclass(frozen=True, slots=True)
class Break:
    """After `work_seconds` of work the agent pauses for `reason`, or logs out if it is None."""

    work_seconds: float
    reason: str | None
    away_seconds: float


def react(random: Random, temper: Temper) -> Reaction:
    fate = random.random()
    if fate < temper.misses:
        return Reaction(Deed.MISS, 0.0)
    delay = temper.quickest + random.expovariate(1 / temper.usual)
    if fate < temper.misses + temper.rejects:
        return Reaction(Deed.REJECT, delay)
    return Reaction(Deed.ANSWER, min(delay, 12.0))


def next_break(random: Random, reasons: tuple[str, ...]) -> Break:
    """Every quarter of an hour or so a short one; once in six a logout. No reasons: only logouts."""
    work = random.uniform(300, 1500)
    if reasons and random.random() > 1 / 6:
        return Break(work, random.choice(reasons), random.uniform(60, 300))
    return Break(work, None, random.uniform(90, 400))
