from __future__ import annotations

from reports.schedules.standing_out import Leap, leap


def test_what_is_far_from_the_usual_stands_out() -> None:
    assert leap(40, [20, 22, 19, 21, 20, 23], least=5, share=0.25) == Leap(40, 20.5, True)
    assert leap(3, [20, 22, 19, 21, 20, 23], least=5, share=0.25) == Leap(3, 20.5, False)


def test_what_is_within_the_usual_spread_does_not() -> None:
    assert leap(26, [10, 20, 30, 15, 25, 35], least=5) is None


def test_one_wild_day_in_the_past_hides_nothing() -> None:
    assert leap(60, [20, 22, 500, 21, 20, 23], least=5) is not None


def test_a_figure_that_never_moved_needs_more_than_a_small_step() -> None:
    assert leap(22, [20] * 8, least=5, share=0.25) is None
    assert leap(26, [20] * 8, least=5, share=0.25) is not None


def test_too_short_a_past_or_no_figure_says_nothing() -> None:
    assert leap(90, [20, 21, 20], least=5) is None
    assert leap(90, [20, None, 21, None, 20], least=5) is None
    assert leap(None, [20] * 8, least=5) is None
