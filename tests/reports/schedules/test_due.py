"""When reports are due: tables for the days that are hard, and every zone and day by chance."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports.schedules.due import (
    Repeats,
    Rule,
    Span,
    days_between,
    missed_runs,
    next_run_at,
    occurrences,
    period_before,
    periods_before,
)

TALLINN = ZoneInfo("Europe/Tallinn")
DAILY_AT_NINE = Rule(Repeats.DAILY, time(9))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        # the wall clock stays at nine when clocks go forward (29 March) and back (25 October)
        (DAILY_AT_NINE, "2026-03-28 06:00", "2026-03-28 07:00"),
        (DAILY_AT_NINE, "2026-03-28 07:00", "2026-03-29 06:00"),
        (DAILY_AT_NINE, "2026-10-24 06:00", "2026-10-25 07:00"),
        # 03:30 does not exist on 29 March: as much later as the clocks jumped, 04:30
        (Rule(Repeats.DAILY, time(3, 30)), "2026-03-28 12:00", "2026-03-29 01:30"),
        # and is there again as ever the day after
        (Rule(Repeats.DAILY, time(3, 30)), "2026-03-29 01:30", "2026-03-30 00:30"),
        # 03:30 happens twice on 25 October: the first time, and once only
        (Rule(Repeats.DAILY, time(3, 30)), "2026-10-24 12:00", "2026-10-25 00:30"),
        (Rule(Repeats.DAILY, time(3, 30)), "2026-10-25 00:30", "2026-10-26 01:30"),
        # Mondays and Thursdays
        (Rule(Repeats.WEEKLY, time(8), (1, 4)), "2026-11-22 12:00", "2026-11-23 06:00"),
        (Rule(Repeats.WEEKLY, time(8), (1, 4)), "2026-11-23 06:00", "2026-11-26 06:00"),
        # the 31st: the last day of each month
        (Rule(Repeats.MONTHLY, time(9), month_day=31), "2026-01-31 07:00", "2026-02-28 07:00"),
        (Rule(Repeats.MONTHLY, time(9), month_day=31), "2026-02-28 07:00", "2026-03-31 06:00"),
        (Rule(Repeats.MONTHLY, time(9), month_day=31), "2028-02-01 07:00", "2028-02-29 07:00"),
        (Rule(Repeats.MONTHLY, time(9), month_day=30), "2026-02-27 07:00", "2026-02-28 07:00"),
        (Rule(Repeats.MONTHLY, time(9), month_day=30), "2026-04-30 06:00", "2026-05-30 06:00"),
        (Rule(Repeats.MONTHLY, time(9), month_day=1), "2026-11-22 07:00", "2026-12-01 07:00"),
        (Rule(Repeats.ONCE, time(9), on=date(2026, 12, 24)), "2026-11-22 07:00", "2026-12-24 07:00"),
        (Rule(Repeats.ONCE, time(9), on=date(2026, 12, 24)), "2026-12-24 07:00", None),
    ],
)  # fmt: skip
def test_the_next_run(rule: Rule, after: str, expected: str | None) -> None:
    found = next_run_at(rule, utc(after), TALLINN)
    assert found == (None if expected is None else utc(expected))


def test_where_clocks_change_at_midnight() -> None:
    """In Beirut 00:00 became 01:00 on 29 March 2026: the day begins at 01:00."""
    beirut = ZoneInfo("Asia/Beirut")
    since, until = period_before(Span.DAY, datetime(2026, 3, 30, 9, tzinfo=beirut), beirut)
    assert until - since == timedelta(hours=23)
    at = next_run_at(Rule(Repeats.DAILY, time(0, 30)), utc("2026-03-28 12:00"), beirut)
    assert at is not None
    assert at.astimezone(beirut).replace(tzinfo=None) == datetime.fromisoformat("2026-03-29 01:30")


@pytest.mark.parametrize(
    ("span", "at", "since", "until"),
    [
        (Span.DAY, "2026-11-22 07:00", "2026-11-20 22:00", "2026-11-21 22:00"),
        # a day of 23 hours and one of 25
        (Span.DAY, "2026-03-30 06:00", "2026-03-28 22:00", "2026-03-29 21:00"),
        (Span.DAY, "2026-10-26 07:00", "2026-10-24 21:00", "2026-10-25 22:00"),
        (Span.WEEK, "2026-11-22 07:00", "2026-11-08 22:00", "2026-11-15 22:00"),
        (Span.WEEK, "2026-11-23 07:00", "2026-11-15 22:00", "2026-11-22 22:00"),
        (Span.MONTH, "2026-11-01 07:00", "2026-09-30 21:00", "2026-10-31 22:00"),
        # 23:30 UTC is the first of the next month in Tallinn
        (Span.MONTH, "2026-12-31 23:30", "2026-11-30 22:00", "2026-12-31 22:00"),
    ],
)
def test_the_period_that_has_ended(span: Span, at: str, since: str, until: str) -> None:
    assert period_before(span, utc(at), TALLINN) == (utc(since), utc(until))


def test_what_a_period_is_compared_with() -> None:
    since = datetime(2026, 11, 2, tzinfo=TALLINN)  # a Monday
    days = periods_before(Span.DAY, since, TALLINN, 3)
    assert [one[0].astimezone(TALLINN).strftime("%a %F") for one in days] == [
        "Mon 2026-10-26", "Mon 2026-10-19", "Mon 2026-10-12",
    ]  # fmt: skip
    weeks = periods_before(Span.WEEK, since, TALLINN, 2)
    assert weeks[0][1] == since.astimezone(UTC)
    assert weeks[0][1] - weeks[0][0] == timedelta(days=7)
    assert weeks[1][1] - weeks[1][0] == timedelta(days=7, hours=1)  # the clocks went back
    months = periods_before(Span.MONTH, datetime(2026, 3, 1, tzinfo=TALLINN), TALLINN, 2)
    assert [(one[1] - one[0]).days for one in months] == [28, 31]


def test_each_missed_day_once_and_in_order() -> None:
    first, now = utc("2026-11-19 07:00"), utc("2026-11-22 07:00")
    assert missed_runs(DAILY_AT_NINE, first, now, TALLINN) == [
        utc(f"2026-11-{day} 07:00") for day in (19, 20, 21, 22)
    ]
    assert missed_runs(DAILY_AT_NINE, utc("2026-11-23 07:00"), now, TALLINN) == []


def test_chosen_days() -> None:
    since, until = days_between(date(2026, 3, 29), date(2026, 3, 29), TALLINN)
    assert until - since == timedelta(hours=23)


ZONES = st.sampled_from(
    ["Europe/Tallinn", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "UTC",
     "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca"]
).map(ZoneInfo)  # fmt: skip
INSTANTS = st.datetimes(
    datetime.fromisoformat("2010-01-01"),
    datetime.fromisoformat("2035-12-31"),
    timezones=st.just(UTC),
)
RULES = st.builds(
    Rule,
    repeats=st.sampled_from([Repeats.DAILY, Repeats.WEEKLY, Repeats.MONTHLY]),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0, tzinfo=None)),
    weekdays=st.sets(st.integers(1, 7), min_size=1).map(lambda one: tuple(sorted(one))),
    month_day=st.integers(1, 31),
)


# midnight is left out on 28 March, and the time asks for the second of two that are not there
@example(Rule(Repeats.DAILY, time(0, 0, fold=1)), utc("2010-03-01 00:00"), ZoneInfo("Asia/Beirut"))
@settings(deadline=None, max_examples=300)
@given(RULES, INSTANTS, ZONES)
def test_any_rule_comes_once_for_each_of_its_days_and_in_order(
    rule: Rule, after: datetime, zone: ZoneInfo
) -> None:
    found = []
    for at in occurrences(rule, after, zone):
        found.append(at)
        if len(found) == 40:
            break
    assert found == sorted(set(found))
    assert found[0] > after
    for earlier, later in pairwise(found):
        assert next_run_at(rule, earlier, zone) == later
    for at in found:
        local = at.astimezone(zone).replace(tzinfo=None)
        if local.time() != rule.at:
            # only where that time does not exist on the day
            days = (local.date(), local.date() - timedelta(days=1))
            meant = [datetime.combine(day, rule.at.replace(fold=0), zone) for day in days]
            there = [one for one in meant if one.astimezone(UTC) == at]
            assert there
            assert there[0].astimezone(UTC).astimezone(zone).replace(tzinfo=None) != there[
                0
            ].replace(tzinfo=None)
        elif rule.repeats is Repeats.WEEKLY:
            assert local.isoweekday() in rule.weekdays
        elif rule.repeats is Repeats.MONTHLY:
            is_last = (local.date() + timedelta(days=1)).day == 1
            assert local.day == rule.month_day or (is_last and local.day < rule.month_day)
    step = {Repeats.DAILY: 2, Repeats.WEEKLY: 8, Repeats.MONTHLY: 32}[rule.repeats]
    assert all(b - a <= timedelta(days=step) for a, b in pairwise(found))


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(list(Span)), INSTANTS, ZONES)
def test_periods_follow_one_another_without_a_gap(span: Span, at: datetime, zone: ZoneInfo) -> None:
    since, until = period_before(span, at, zone)
    assert since < until <= at
    assert period_before(span, until, zone) == (since, until)
    assert period_before(span, since, zone)[1] == since
