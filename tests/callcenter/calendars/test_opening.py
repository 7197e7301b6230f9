"""The pure decision, rule by rule, and PostgreSQL's: the same for every calendar and instant."""

from collections.abc import Generator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from callcenter.calendars.opening import (
    DaysThatDiffer,
    Hours,
    Opening,
    Rules,
    is_open,
    opening_at,
)
from tests.conftest import TestDatabase

TALLINN = "Europe/Tallinn"
MONDAY_TO_FRIDAY = tuple(Hours(day, 9 * 60, 17 * 60) for day in range(1, 6))


def at(text: str, zone: str = TALLINN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


OFFICE = Rules(TALLINN, MONDAY_TO_FRIDAY)


def test_no_calendar_is_always_open() -> None:
    assert opening_at(None, at("2026-03-08T03:00")) == Opening(True, "no calendar")


@pytest.mark.parametrize(
    ("when", "wanted"),
    [
        ("2026-03-06T09:00", True),
        ("2026-03-06T08:59:59", False),
        ("2026-03-06T16:59:59", True),
        ("2026-03-06T17:00", False),
        ("2026-03-07T12:00", False),
    ],
)
def test_weekly_hours_are_half_open_and_local(when: str, wanted: bool) -> None:
    assert opening_at(OFFICE, at(when)) == Opening(wanted, "hours")


def test_hours_over_midnight_are_two() -> None:
    night = Rules(TALLINN, (Hours(5, 22 * 60, 1440), Hours(6, 0, 6 * 60)))
    assert is_open(night, at("2026-03-06T23:59:59"))
    assert is_open(night, at("2026-03-07T00:00"))
    assert not is_open(night, at("2026-03-07T06:00"))


def test_an_exception_beats_a_holiday_beats_hours() -> None:
    day = date(2026, 2, 24)
    holiday = Rules(TALLINN, MONDAY_TO_FRIDAY, frozenset({day}))
    assert opening_at(holiday, at("2026-02-24T12:00")) == Opening(False, "holiday")
    short = Rules(
        TALLINN, MONDAY_TO_FRIDAY, frozenset({day}), (DaysThatDiffer(day, day, 600, 720),)
    )
    assert opening_at(short, at("2026-02-24T11:59")) == Opening(True, "exception")
    assert opening_at(short, at("2026-02-24T12:00")) == Opening(False, "exception")


def test_the_shorter_exception_beats_the_longer() -> None:
    summer = DaysThatDiffer(date(2026, 7, 1), date(2026, 7, 31), 600, 840)
    party = DaysThatDiffer(date(2026, 7, 3), date(2026, 7, 3))
    rules = Rules(TALLINN, MONDAY_TO_FRIDAY, exceptions=(summer, party))
    assert is_open(rules, at("2026-07-02T11:00"))
    assert not is_open(rules, at("2026-07-03T11:00"))


def test_forced_beats_all_until_its_end() -> None:
    until = at("2026-03-06T12:00")
    closed = Rules(TALLINN, MONDAY_TO_FRIDAY, forced="closed", forced_until=until)
    assert opening_at(closed, until - timedelta(microseconds=1)) == Opening(False, "forced")
    assert opening_at(closed, until) == Opening(True, "hours")
    assert is_open(Rules(TALLINN, forced="open"), at("2026-03-08T03:00"))


def test_the_hour_that_comes_twice_is_open_twice() -> None:
    """29 October 2028, Tallinn: at 04:00 the clocks go back to 03:00."""
    rules = Rules(TALLINN, (Hours(7, 3 * 60, 3 * 60 + 30),))
    moments = [datetime(2028, 10, 29, 0, 15, tzinfo=UTC) + timedelta(hours=n) for n in range(3)]
    assert [is_open(rules, moment) for moment in moments] == [True, True, False]


# --- PostgreSQL says the same -----------------------------------------------------------------

FIRST_DAY = date(2026, 3, 20)
ZONES = [TALLINN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]


@st.composite
def minutes(draw: st.DrawFn) -> tuple[int, int]:
    opens = draw(st.integers(0, 1439) | st.sampled_from([0, 120, 180, 540]))
    return opens, draw(st.integers(opens + 1, 1440))


days = st.integers(0, 24).map(lambda days: FIRST_DAY + timedelta(days))
# both changes of the clocks lie within: New York's on 8 March, Europe's on 29 March, Lord Howe's
# half an hour on 5 April
instants = st.integers(0, 38 * 24 * 3600).map(
    lambda seconds: datetime(2026, 3, 6, tzinfo=UTC) + timedelta(seconds=seconds)
) | st.integers(0, 38 * 24 * 4).map(
    lambda quarters: datetime(2026, 3, 6, tzinfo=UTC) + timedelta(minutes=15 * quarters)
)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[Hours, ...]:
    """At most one row a day: the table refuses hours that overlap."""
    chosen = draw(st.sets(st.integers(1, 7)))
    return tuple(Hours(day, *draw(minutes())) for day in sorted(chosen))


@st.composite
def exceptions(draw: st.DrawFn) -> DaysThatDiffer:
    first = draw(days)
    last = first + timedelta(draw(st.sampled_from([0, 0, 1, 2, 10])))
    times = draw(st.none() | minutes())
    return DaysThatDiffer(first, last, *(times or (None, None)))


calendars = st.builds(
    Rules,
    time_zone=st.sampled_from(ZONES),
    hours=weeks(),
    holidays=st.frozensets(days, max_size=4),
    exceptions=st.lists(exceptions(), max_size=4).map(tuple),
    forced=st.sampled_from(["", "", "", "open", "closed"]),
    forced_until=st.none() | instants,
)


@pytest.fixture(scope="module")
def owner(database_urls: TestDatabase) -> Generator[psycopg.Connection[Any]]:
    with psycopg.connect(database_urls.owner) as link:
        link.execute("SELECT set_config('app.tenant', '*', false)")
        link.commit()
        yield link


def postgres_says(link: psycopg.Connection[Any], rules: Rules, moment: datetime) -> bool:
    try:
        tenant = _insert(
            link, "tenant", slug="acme", name="Acme", country="EE", time_zone=rules.time_zone,
            language="en", pbx="pbx1", caller_id="", is_active=True, created_at=moment,
            recording_days=30, keeps_uncompressed=False,
        )  # fmt: skip
        calendar = _insert(
            link, "openingcalendar", tenant_id=tenant, name="Office", holiday_country="",
            holiday_region="", forced=rules.forced, forced_until=rules.forced_until,
        )  # fmt: skip
        of_it = {"tenant_id": tenant, "calendar_id": calendar}
        for hours in rules.hours:
            _insert(
                link, "openinghours", weekday=hours.weekday, opens_minute=hours.opens_minute,
                closes_minute=hours.closes_minute, **of_it,
            )  # fmt: skip
        for day in rules.holidays:
            _insert(link, "holiday", day=day, name="Holiday", **of_it)
        for one in rules.exceptions:
            _insert(
                link, "calendarexception", name="Other", first_day=one.first_day,
                last_day=one.last_day, opens_minute=one.opens_minute,
                closes_minute=one.closes_minute, **of_it,
            )  # fmt: skip
        question = "SELECT asterisk.calendar_is_open(%s, %s, %s)"
        row = link.execute(question, [calendar, rules.time_zone, moment]).fetchone()
        assert row is not None
        return bool(row[0])
    finally:
        link.rollback()


def _insert(link: psycopg.Connection[Any], table: str, **values: object) -> int:
    columns, places = ", ".join(values), ", ".join(["%s"] * len(values))
    statement = f"INSERT INTO callcenter_{table} ({columns}) VALUES ({places}) RETURNING id"  # noqa: S608
    row = link.execute(statement.encode(), list(values.values())).fetchone()
    assert row is not None
    return int(row[0])


LAST_OF_MARCH = datetime(2026, 3, 29, tzinfo=UTC)


@pytest.mark.django_db
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rules=calendars, moment=instants)
@example(Rules(TALLINN, (Hours(7, 0, 180),)), LAST_OF_MARCH + timedelta(minutes=59, seconds=59))
@example(Rules(TALLINN, (Hours(7, 0, 240),)), LAST_OF_MARCH + timedelta(hours=1))
@example(Rules("Australia/Lord_Howe", (Hours(7, 90, 120),)), datetime(2026, 4, 4, 15, tzinfo=UTC))
def test_postgresql_decides_the_same(
    owner: psycopg.Connection[Any], rules: Rules, moment: datetime
) -> None:
    assert postgres_says(owner, rules, moment) == is_open(rules, moment)


@pytest.mark.django_db
def test_postgresql_knows_no_calendar_as_always_open(owner: psycopg.Connection[Any]) -> None:
    row = owner.execute("SELECT asterisk.calendar_is_open(NULL, 'UTC', now())").fetchone()
    owner.rollback()
    assert row == (True,)
