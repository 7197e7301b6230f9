"""Each formula by numbers small enough to be worked out by hand."""

import pytest

from reports.statistics.kpi import (
    Share,
    Visits,
    abandon_rate,
    answer_rate,
    average_handling_time,
    average_speed_of_answer,
    average_talk,
    average_wait,
    bucket_of,
    callback_time,
    first_contact_resolution,
    occupancy,
    service_level,
)

# 10 offered: 6 answered (5 in time), 3 abandoned (1 in time), 1 overflowed
DAY = Visits(
    answered=6,
    answered_in_time=5,
    abandoned=3,
    abandoned_in_time=1,
    overflowed=1,
    timeout=1,
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
    assert Visits(12, 10, 6, 2, 2, 8, 4, 180, 400, timeout=2) == DAY + DAY
    assert Share(1, 2) + Share(0, 1) == Share(1, 3)


@pytest.mark.parametrize(
    ("wait", "bucket"), [(0, 0), (5, 0), (6, 1), (20, 3), (21, 4), (600, 11), (601, 12)]
)
def test_an_edge_is_inside(wait: int, bucket: int) -> None:
    assert bucket_of(wait) == bucket


def test_who_was_not_taken_in_or_left_by_a_key_did_not_wait() -> None:
    day = Visits(
        answered=1, abandoned=1, overflowed=6, full=1, no_agents=1, timeout=1, agents_left=1, key=1,
        other=1, wait_all=120,
    )  # fmt: skip
    assert day.offered == 8
    assert average_wait(day) == 30


def test_handling_is_talk_and_what_comes_after() -> None:
    assert average_handling_time(Visits(answered=4, talk=100, wrap_up_ms=6000)) == 26.5
    assert average_handling_time(Visits()) is None
    assert average_talk(Visits(answered=4, talk=100)) == 25
    assert average_talk(Visits()) is None


def test_who_still_talks_is_in_no_average_of_talk() -> None:
    three_of_four = Visits(answered=4, talk=90, wrap_up_ms=6000, talk_unknown=1)
    assert average_talk(three_of_four) == 30
    assert average_handling_time(three_of_four) == 32
    assert average_talk(Visits(answered=1, talk_unknown=1)) is None
    assert average_handling_time(Visits(answered=1, talk_unknown=1)) is None


def test_occupancy() -> None:
    assert occupancy(30, 10) == 75
    assert occupancy(0, 0) is None


def test_first_contact_resolution() -> None:
    assert first_contact_resolution(Share(1, 4)) == 75
    assert first_contact_resolution(Share(0, 0)) is None


def test_time_to_call_back() -> None:
    assert callback_time(90, 3) == 30
    assert callback_time(0, 0) is None
