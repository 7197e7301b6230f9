"""Which sums a figure is made of: its formula is asked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from reports.statistics.figures import FIGURES
from reports.statistics.kpi import MODES, Share, Visits, service_level
from reports.statistics.summing import EVERY_SUM, LONGEST
from reports.statistics.sums import Figures


class _AskedVisits:
    """Stands for Visits, and notes what was read of it."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name in Visits._fields:
            self.read.add(name)
            return 2 ** Visits._fields.index(name)  # no difference of two is nothing
        return getattr(Visits, name).fget(self)


class _Asked:
    def __init__(self) -> None:
        self.visits = _AskedVisits()

    @property
    def share(self) -> Share:
        for mode in MODES:
            service_level(cast(Visits, self.visits), mode)
        return Share(1, 1)

    @property
    def longest_wait_seconds(self) -> int:
        self.visits.read.add(LONGEST)
        return 1


@cache
def _sums_for(key: str) -> frozenset[str]:
    asked = _Asked()
    FIGURES[key].formula(cast(Figures, asked))
    return frozenset(asked.visits.read)


def sums_for(keys: Iterable[str]) -> tuple[str, ...]:
    """Of EVERY_SUM, in its order. The figures must need no other parts (figures.parts_for)."""
    needed = frozenset[str]().union(*map(_sums_for, keys))
    return tuple(one for one in EVERY_SUM if one in needed)
