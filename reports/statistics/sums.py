"""What is summed of a set of visits, and what a figure is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.utils.functional import Promise

from reports.rendering.document import Kind
from reports.statistics import kpi
from reports.statistics.kpi import Distribution, Share, Visits

Number = float | int | None
Part = TypeVar("Part")


class NotSummed(LookupError):
    """This figure needs sums that were not asked for; name it in `wanted`."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Of lost calls: how many were called back, and the seconds until then, summed."""

    lost: int = 0
    called_back: int = 0
    seconds: float = 0.0

    def __add__(self, other: Callbacks) -> Callbacks:
        return Callbacks(
            self.lost + other.lost,
            self.called_back + other.called_back,
            self.seconds + other.seconds,
        )


# not frozen: a year of days and groups makes thousands, and that takes three times as long
@dataclass(slots=True)
class Figures:
    """What kpi.py makes of a set of visits. Rates are per cent, times are seconds; None: no calls.

    `share` keeps the service level's parts, for sums over several. `longest_wait_seconds` is of
    ended visits. The other parts are there when a figure that needs them was wanted; `repeats` are
    repeated of offered, `left_ringing` counts visits in which a phone rang in vain.
    """

    visits: Visits
    share: Share
    longest_wait_seconds: int | None
    distribution: Distribution | None = None
    repeats: Share | None = None
    callbacks: Callbacks | None = None
    left_ringing: int | None = None

    @property
    def service_level(self) -> float | None:
        return self.share.per_cent

    def as_json(self) -> dict[str, float | int | None]:
        """The live tile's own few."""
        visits = self.visits
        return {
            "offered": visits.offered,
            "answered": visits.answered,
            "abandoned": visits.abandoned,
            "short_abandoned": visits.short_abandoned,
            "overflowed": visits.overflowed,
            "closed": visits.closed,
            "service_level": _rounded(self.service_level),
            "answer_rate": _rounded(kpi.answer_rate(visits)),
            "abandon_rate": _rounded(kpi.abandon_rate(visits)),
            "asa_seconds": _rounded(kpi.average_speed_of_answer(visits)),
            "average_wait_seconds": _rounded(kpi.average_wait(visits)),
            "longest_wait_seconds": self.longest_wait_seconds,
        }


# of no visits: everything that can be summed is summed
NO_FIGURES = Figures(Visits(), Share(), None, Distribution(), Share(), Callbacks(), 0)


def _known(part: Part | None, name: str) -> Part:
    if part is None:
        raise NotSummed(name)
    return part


def distribution_in(figures: Figures) -> Distribution:
    return _known(figures.distribution, "distribution")


def repeats_in(figures: Figures) -> Share:
    return _known(figures.repeats, "repeats")


def callbacks_in(figures: Figures) -> Callbacks:
    return _known(figures.callbacks, "callbacks")


def left_ringing_in(figures: Figures) -> int:
    return _known(figures.left_ringing, "left_ringing")


def sum_of(parts: Iterable[Figures]) -> Figures:
    """All of them together, as one scan of them all would have said."""
    visits, share, waits = Visits(), Share(), Distribution()
    called: Callbacks | None = Callbacks()
    repeats: Share | None = Share()
    rung: int | None = 0
    has_waits, longest = True, []
    for one in parts:
        visits, share = visits + one.visits, share + one.share
        if called is not None:
            called = None if one.callbacks is None else called + one.callbacks
        if repeats is not None:
            repeats = None if one.repeats is None else repeats + one.repeats
        if rung is not None:
            rung = None if one.left_ringing is None else rung + one.left_ringing
        if one.longest_wait_seconds is not None:
            longest.append(one.longest_wait_seconds)
        if one.distribution is not None:
            waits = waits + one.distribution
        elif one.visits != Visits():
            has_waits = False
    return Figures(
        visits,
        share,
        max(longest, default=None),
        waits if has_waits else None,
        repeats=repeats,
        callbacks=called,
        left_ringing=rung,
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """`behind`: the set of visits that the figure is made of (visit_sets.py); "" where it is not
    made of visits. `counted`: how many those are. `needs`: a part of Figures that is summed only
    when the figure is wanted. `is_good_when` "high" or "low"; "" where it is neither.
    """

    key: str
    title: str | Promise
    kind: Kind
    definition: str | Promise
    formula: Callable[[Figures], Number]
    behind: str
    counted: Callable[[Figures], int]
    needs: str = ""
    is_good_when: str = ""


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
