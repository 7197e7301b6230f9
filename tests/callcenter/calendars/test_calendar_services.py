"""Weekly hours, exceptions, forced states and holidays: what is written and what is refused."""

from __future__ import annotations

import datetime
from collections.abc import Generator
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor
from callcenter.calendars import services
from callcenter.calendars.models import Forced, Holiday, OpeningCalendar
from callcenter.calendars.services import calendars, exceptions, hours
from callcenter.calendars.tasks import fill_all_holidays
from callcenter.groups.services import create_group
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope

pytestmark = pytest.mark.django_db
ALICE = Actor(name="Alice")
DAY = datetime.date(2026, 12, 24)
TODAY = datetime.date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _acme(db: None) -> Generator[None]:
    with tenant_scope(Tenant.objects.create(slug="acme", name="Acme").pk):
        yield


@pytest.fixture
def calendar() -> OpeningCalendar:
    return services.create_calendar(name="Office", by=ALICE)


def stretches(calendar: OpeningCalendar) -> list[tuple[int, int, int]]:
    return list(calendar.hours.values_list("weekday", "opens_minute", "closes_minute"))


def test_hours_up_to_midnight_and_side_by_side(calendar: OpeningCalendar) -> None:
    services.add_hours(calendar=calendar, weekday=1, opens=0, closes=720, by=ALICE)
    services.add_hours(calendar=calendar, weekday=1, opens=720, closes=1440, by=ALICE)
    assert stretches(calendar) == [(1, 0, 720), (1, 720, 1440)]


@pytest.mark.parametrize(
    ("opens", "closes"), [(600, 700), (500, 541), (1019, 1100), (500, 1100), (540, 1020)]
)
def test_overlapping_hours_are_refused_naming_both(
    calendar: OpeningCalendar, opens: int, closes: int
) -> None:
    services.add_hours(calendar=calendar, weekday=3, opens=540, closes=1020, by=ALICE)
    with pytest.raises(hours.HoursOverlap) as refusal:
        services.add_hours(calendar=calendar, weekday=3, opens=opens, closes=closes, by=ALICE)
    words = str(refusal.value)
    assert "Wednesday" in words
    assert "09:00–17:00" in words
    assert hours.hours_words(opens, closes) in words
    services.add_hours(calendar=calendar, weekday=4, opens=opens, closes=closes, by=ALICE)


@pytest.mark.parametrize(("opens", "closes"), [(600, 600), (700, 600), (-1, 600), (600, 1441)])
def test_hours_go_forward_and_stay_in_their_day(
    calendar: OpeningCalendar, opens: int, closes: int
) -> None:
    with pytest.raises(hours.HoursBackwards):
        services.add_hours(calendar=calendar, weekday=1, opens=opens, closes=closes, by=ALICE)


def test_hours_for_several_days_are_added_to_all_or_none(calendar: OpeningCalendar) -> None:
    services.add_hours(calendar=calendar, weekday=5, opens=540, closes=900, by=ALICE)
    before = AuditEntry.objects.count()
    with pytest.raises(hours.HoursOverlap, match="Friday"):
        services.add_hours_to_days(
            calendar=calendar, weekdays=[1, 2, 5], opens=600, closes=700, by=ALICE
        )
    assert stretches(calendar) == [(5, 540, 900)]
    assert AuditEntry.objects.count() == before


def test_a_copied_day_replaces_the_others(calendar: OpeningCalendar) -> None:
    services.add_hours(calendar=calendar, weekday=1, opens=540, closes=720, by=ALICE)
    services.add_hours(calendar=calendar, weekday=1, opens=780, closes=1020, by=ALICE)
    services.add_hours(calendar=calendar, weekday=2, opens=0, closes=1440, by=ALICE)
    services.copy_day(calendar=calendar, weekday=1, to=[1, 2, 3], by=ALICE)
    two = [(540, 720), (780, 1020)]
    assert stretches(calendar) == [(day, *pair) for day in (1, 2, 3) for pair in two]
    entry = AuditEntry.objects.get(action="calendar.day_copied")
    assert entry.before == {"week": {"2": [[0, 1440]], "3": []}}
    services.copy_day(calendar=calendar, weekday=7, to=[1], by=ALICE)
    assert stretches(calendar)[0][0] == 2


def test_exceptions_are_named_and_make_sense(calendar: OpeningCalendar) -> None:
    def add(**changes: object) -> None:
        wanted = {"name": "Eve", "first_day": DAY, "last_day": DAY, **changes}
        services.add_exception(calendar=calendar, by=ALICE, **wanted)  # type: ignore[arg-type]

    with pytest.raises(exceptions.ExceptionNameMissing):
        add(name=" ")
    with pytest.raises(exceptions.ExceptionBackwards):
        add(last_day=DAY - datetime.timedelta(days=1))
    with pytest.raises(exceptions.ExceptionTooLong):
        add(last_day=DAY + datetime.timedelta(days=367))
    with pytest.raises(hours.HoursBackwards):
        add(opens=600)
    add(opens=540, closes=720)
    add(name="Eve afternoon", opens=780, closes=900)
    with pytest.raises(exceptions.ExceptionContradicts, match="“Eve"):
        add(opens=700, closes=800)
    with pytest.raises(exceptions.ExceptionContradicts):
        add()
    # a longer one around it is no contradiction: the shorter decides
    add(name="Holidays", first_day=DAY - datetime.timedelta(days=3))
    assert calendar.exceptions.count() == 3


def test_forced_until_a_moment_to_come(calendar: OpeningCalendar) -> None:
    now = timezone.now()
    with pytest.raises(calendars.ForcedUntilPast):
        services.force_calendar(calendar=calendar, forced=Forced.OPEN, until=now, by=ALICE, now=now)
    until = now + datetime.timedelta(hours=1)
    services.force_calendar(calendar=calendar, forced=Forced.OPEN, until=until, by=ALICE, now=now)
    calendar.refresh_from_db()
    assert (calendar.forced, calendar.forced_until) == ("open", until)
    services.force_calendar(calendar=calendar, forced=Forced.NOT, until=until, by=ALICE, now=now)
    calendar.refresh_from_db()
    assert (calendar.forced, calendar.forced_until) == ("", None)
    assert AuditEntry.objects.filter(action="calendar.forced").count() == 2


def test_holidays_of_three_years_are_filled_once(calendar: OpeningCalendar) -> None:
    services.change_calendar(calendar=calendar, holiday_country="EE", by=ALICE)
    calendar.refresh_from_db()
    Holiday.objects.all().delete()
    assert services.fill_holidays(calendar=calendar, today=TODAY) > 30
    assert services.fill_holidays(calendar=calendar, today=TODAY) == 0
    years = set(calendar.holidays.values_list("day__year", flat=True))
    assert years == {2026, 2027, 2028}
    assert calendar.holidays.filter(day=DAY).get().name == "Christmas Eve"
    past = calendar.holidays.filter(day__year=2026).count()
    services.fill_holidays(calendar=calendar, today=datetime.date(2027, 1, 1))
    assert calendar.holidays.filter(day__year=2026).count() == past
    assert calendar.holidays.filter(day__year=2029).exists()


def test_this_year_is_the_one_where_the_tenant_is() -> None:
    new_year = datetime.datetime(2027, 1, 1, 2, tzinfo=datetime.UTC)
    first = {}
    for slug, zone in (("bob", "America/New_York"), ("charlie", "Europe/Tallinn")):
        with (
            tenant_scope(Tenant.objects.create(slug=slug, name=slug, time_zone=zone).pk),
            time_machine.travel(new_year, tick=False),
        ):
            row = services.create_calendar(name="Office", holiday_country="US", by=ALICE)
            first[slug] = row.holidays.earliest("day").day.year
    assert first == {"bob": 2026, "charlie": 2027}


def test_a_regions_holidays_are_its_own_and_go_with_the_country(calendar: OpeningCalendar) -> None:
    services.change_calendar(calendar=calendar, holiday_country="DE", holiday_region="BY", by=ALICE)
    here = timezone.localdate(timezone=ZoneInfo(calendar.tenant.time_zone))
    epiphany = datetime.date(here.year, 1, 6)
    assert calendar.holidays.filter(day=epiphany).exists()
    services.change_calendar(calendar=calendar, holiday_country="DE", holiday_region="BE", by=ALICE)
    assert not calendar.holidays.filter(day=epiphany).exists()
    services.change_calendar(calendar=calendar, holiday_country="", by=ALICE)
    assert not calendar.holidays.exists()
    with pytest.raises(calendars.CountryUnknown):
        services.change_calendar(calendar=calendar, holiday_country="XX", by=ALICE)


def test_the_task_fills_every_tenants_calendars_in_their_own_scope() -> None:
    rows = []
    for slug in ("bob", "charlie"):
        with tenant_scope(Tenant.objects.create(slug=slug, name=slug).pk):
            rows.append(services.create_calendar(name="Office", holiday_country="EE", by=ALICE))
            Holiday.objects.all().delete()
    with system_scope("as the task's base class does"):
        written = fill_all_holidays.run()
        assert written > 60
        assert fill_all_holidays.run() == 0
    for row in rows:
        with tenant_scope(row.tenant_id or 0):
            assert row.holidays.exists()


def test_a_calendar_in_use_stays_and_says_by_whom(calendar: OpeningCalendar) -> None:
    group = create_group(name="Sales", calendar=calendar, by=ALICE)
    with pytest.raises(calendars.CalendarInUse, match="Sales"):
        services.delete_calendar(calendar=calendar, by=ALICE)
    assert not AuditEntry.objects.filter(action="calendar.deleted").exists()
    group.delete()
    services.delete_calendar(calendar=calendar, by=ALICE)


def test_undo_takes_back_a_name_and_a_country(calendar: OpeningCalendar) -> None:
    services.change_calendar(calendar=calendar, name="Desk", by=ALICE)
    services.change_calendar(calendar=calendar, holiday_country="EE", by=ALICE)
    for action in ("calendar.changed", "calendar.renamed"):
        entry = AuditEntry.objects.get(action=action)
        calendar.refresh_from_db()
        services.undo_change(calendar=calendar, entry=entry, by=ALICE)
    calendar.refresh_from_db()
    assert (calendar.name, calendar.holiday_country) == ("Office", "")
    assert not calendar.holidays.exists()
