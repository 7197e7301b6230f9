"""The invented day: the same from the same seed, with the rates, patience and letters promised."""

from itertools import islice, pairwise, takewhile
from random import Random

import pytest

from telephony.traffic.day import (
    BUSY_BY_HOUR,
    HOUR,
    PlannedCall,
    merged,
    next_try,
    plan_calls,
)
from telephony.traffic.people import ANONYMOUS, Person, invent_people

ALICE = Person("Alice", "+3725550001")


def whole_day(seed: int, calls_per_hour: float = 100.0) -> list[PlannedCall]:
    calls = plan_calls(
        Random(seed),
        numbers=("+3726001001", "+3726001002"),
        people=invent_people(Random(seed), 50),
        calls_per_hour=calls_per_hour,
        start=0.0,
    )
    return list(takewhile(lambda call: call.at < 24 * HOUR, calls))


def test_the_same_seed_gives_the_same_day() -> None:
    assert whole_day(7) == whole_day(7)
    assert whole_day(7) != whole_day(8)


def test_calls_come_in_order_and_follow_the_hours() -> None:
    calls = whole_day(1, calls_per_hour=400)
    assert all(one.at <= other.at for one, other in pairwise(calls))
    for hour, share in enumerate(BUSY_BY_HOUR):
        found = sum(1 for call in calls if int(call.at // HOUR) == hour)
        assert found == pytest.approx(400 * share, abs=5 * (400 * share) ** 0.5)


def test_waits_and_talks_are_those_of_people() -> None:
    calls = whole_day(2)
    patience = sorted(call.patience_seconds for call in calls)
    assert 60 < patience[len(patience) // 2] < 95
    assert all(4 <= call.talk_seconds <= 600 for call in calls)
    assert {call.number for call in calls} == {"+3726001001", "+3726001002"}
    assert {call.caller_hangs_up for call in calls} == {True, False}


@pytest.mark.parametrize(
    ("numbers", "people", "rate"), [((), (ALICE,), 9.0), (("1",), (), 9.0), (("1",), (ALICE,), 0.0)]
)
def test_nothing_comes_of_nothing(
    numbers: tuple[str, ...], people: tuple[Person, ...], rate: float
) -> None:
    calls = plan_calls(Random(1), numbers=numbers, people=people, calls_per_hour=rate, start=0.0)
    assert list(islice(calls, 1)) == []


def test_the_first_call_can_be_had_soon() -> None:
    for seed in range(20):
        soon = plan_calls(
            Random(seed),
            numbers=("+1",),
            people=(ALICE,),
            calls_per_hour=0.1,
            start=1000.0,
            first_within=15,
        )
        assert 1000 <= next(soon).at <= 1015
        assert next(soon).at > 1015


def test_who_got_nobody_calls_again_later_but_not_for_ever() -> None:
    first = whole_day(3)[0]
    tries = [next_try(Random(seed), first, given_up_at=first.at + 60) for seed in range(200)]
    again = [call for call in tries if call is not None]
    assert 80 < len(again) < 160
    assert all(call.at >= first.at + 90 and call.attempt == 2 for call in again)
    last = again[0]
    while (more := next_try(Random(5), last, given_up_at=last.at)) is not None:
        last = more
    assert last.attempt <= 3


def test_two_companies_share_one_clock() -> None:
    days = [iter(whole_day(seed)) for seed in (1, 2)]
    both = list(merged(*days))
    assert both == sorted(whole_day(1) + whole_day(2), key=lambda call: call.at)


def test_people_have_their_own_numbers_and_letters() -> None:
    people = invent_people(Random(1), 200)
    numbers = [person.number for person in people if person.number != ANONYMOUS]
    assert len(set(numbers)) == len(numbers)
    assert {number[:3] for number in numbers} == {"+37", "+49", "+39"}
    assert any(not person.name.isascii() for person in people)
    assert any(person.number == ANONYMOUS for person in people)
    assert any(not person.name and person.number != ANONYMOUS for person in people)
