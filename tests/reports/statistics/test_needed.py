"""What is summed for a figure is all that its formula reads."""

from __future__ import annotations

import random

import pytest

from reports.statistics.figures import FIGURES
from reports.statistics.kpi import MODES, Visits, service_level
from reports.statistics.needed import sums_for
from reports.statistics.summing import LONGEST
from reports.statistics.sums import Figures

SUMMED = [key for key, figure in FIGURES.items() if not figure.needs]


def test_a_figure_asks_for_its_own_sums_alone() -> None:
    assert sums_for(["offered"]) == ("answered", "abandoned", "overflowed")
    assert sums_for(["asa", "offered"]) == ("answered", "abandoned", "overflowed", "wait_answered")
    assert sums_for(["longest_wait"]) == (LONGEST,)
    assert set(sums_for(["service_level"])) == {
        "answered", "answered_in_time", "abandoned", "abandoned_in_time", "overflowed",
    }  # fmt: skip


@pytest.mark.parametrize("key", SUMMED)
def test_what_is_not_summed_changes_nothing(key: str) -> None:
    dice = random.Random(key)
    needed = sums_for([key])
    for _ in range(50):
        whole = Visits(*(dice.choice((0, 0, 1, 7, 40)) for _ in Visits._fields))
        part = Visits(**{name: getattr(whole, name) for name in needed if name != LONGEST})
        longest = dice.choice((None, 0, 12))
        for mode in MODES:
            full, bare = (
                Figures(one, service_level(one, mode), known)
                for one, known in ((whole, longest), (part, longest if LONGEST in needed else None))
            )
            assert FIGURES[key].formula(full) == FIGURES[key].formula(bare)
