"""Each formula by numbers small enough to be worked out by hand."""

import pytest

from reports.statistics.kpi import (
    Share,
    Visits,
    abandon_rate,
    answer_rate,
    average_speed_of_answer,
    average_wait,
    service_level,
)

# 10 offered: 6 answered (5 in time), 3 abandoned (1 in time), 1 overflowed
DAY = Visits(
    answered=6,
    answered_in_time=5,
    abandoned=3,
    abandoned_in_time=1,
    overflowed=1,
    short_abandoned=4,
    closed=2,
    wait_answered=90,
    wait_all=200,
)


@pytest.mark.parametrize(
    ("mode", "good", "counted"),
    [
        ("handled", 5, 6),
        ("abandons_ignored", 5, 9),
        ("abandons_positive", 6, 10),
        ("abandons_negative", 5, 10),
    ],
)
def test_the_four_service_levels(mode: str, good: int, counted: int) -> None:
    share = service_level(DAY, mode)
    assert share == Share(good, counted)
    assert share.per_cent == pytest.approx(100 * good / counted)


def test_an_unknown_mode_is_no_service_level() -> None:
    with pytest.raises(ValueError, match="generous"):
        service_level(DAY, "generous")


def test_rates_and_times() -> None:
    assert DAY.offered == 10
    assert answer_rate(DAY) == 60
    assert abandon_rate(DAY) == 30
    assert average_speed_of_answer(DAY) == 15
    assert average_wait(DAY) == 20


def test_no_calls_are_not_a_hundred_per_cent() -> None:
    nothing = Visits(short_abandoned=3, closed=1)
    assert service_level(nothing, "abandons_negative").per_cent is None
    assert answer_rate(nothing) is None
    assert abandon_rate(nothing) is None
    assert average_speed_of_answer(nothing) is None
    assert average_wait(nothing) is None


def test_only_abandons_in_time_leave_nothing_to_count() -> None:
    counts = Visits(abandoned=2, abandoned_in_time=2)
    assert service_level(counts, "abandons_ignored").per_cent is None
    assert service_level(counts, "abandons_positive").per_cent == 100


def test_sums_add_up() -> None:
    assert Visits(12, 10, 6, 2, 2, 8, 4, 180, 400) == DAY + DAY
    assert Share(1, 2) + Share(0, 1) == Share(1, 3)
