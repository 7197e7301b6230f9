"""What stands out of the usual. Pure and robust: one wild day among the past changes nothing.

A figure stands out when it is farther from the median of comparable periods than three times their
scaled median absolute deviation, and than a least distance of its own, so that a figure that never
moves does not cry out at the first small change. Fewer than four comparable values say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

LEAST_PAST = 4
# makes the median absolute deviation of normal noise equal its standard deviation
_SCALE = 1.4826
_TIMES = 3.0


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual, and the least distance from it that is worth a word."""

    middle: float
    distance: float


@dataclass(frozen=True, slots=True)
class Leap:
    value: float
    usual: float
    is_up: bool


def usual_of(past: Sequence[float | None], *, least: float, share: float = 0.0) -> Usual | None:
    """`least`: in the figure's unit; `share`: of the median. None where too little is known."""
    known = [value for value in past if value is not None]
    if len(known) < LEAST_PAST:
        return None
    middle = median(known)
    spread = median(abs(value - middle) for value in known)
    return Usual(middle, max(_TIMES * _SCALE * spread, least, share * abs(middle)))


def leap(
    value: float | None, past: Sequence[float | None], *, least: float, share: float = 0.0
) -> Leap | None:
    """None for what is as usual, not known, or has too short a past."""
    usual = usual_of(past, least=least, share=share)
    if value is None or usual is None or abs(value - usual.middle) <= usual.distance:
        return None
    return Leap(value, usual.middle, value > usual.middle)
