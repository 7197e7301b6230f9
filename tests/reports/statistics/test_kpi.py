"""The definitions of the figures, by the example of a small day."""

from __future__ import annotations

import pytest

from reports.statistics.kpi import Visits, service_level_parts, share

DAY = Visits(answered=8, answered_in_time=6, abandoned=3, abandoned_in_time=1, overflowed=1)


def test_offered_is_answered_abandoned_and_overflowed() -> None:
    assert DAY.offered == 12
    assert (DAY + DAY).offered == 24


@pytest.mark.parametrize(
    ("mode", "parts"),
    [
        ("handled", (6, 8)),
        ("abandons_ignored", (6, 11)),
        ("abandons_positive", (7, 12)),
        ("abandons_negative", (6, 12)),
    ],
)
def test_the_four_service_levels(mode: str, parts: tuple[int, int]) -> None:
    assert service_level_parts(DAY, mode) == parts


def test_an_unknown_mode_is_a_bug() -> None:
    with pytest.raises(ValueError, match="best"):
        service_level_parts(DAY, "best")


def test_no_calls_have_no_share() -> None:
    assert share(0, 0) is None
    assert share(0, 3) == 0
    assert share(3, 4) == 75
