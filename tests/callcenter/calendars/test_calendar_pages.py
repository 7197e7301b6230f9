"""The calendar's page: what is typed, what is refused, what a caller would hear."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Generator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from callcenter.audit.services import HELIN_ITSELF
from callcenter.calendars import services
from callcenter.calendars.models import Forced, OpeningCalendar
from callcenter.groups.services import change_group, create_clip, create_group
from callcenter.tenants.scope import tenant_scope
from tests.callcenter.groups.sounds import tone
from tests.callcenter.groups.test_management_doors import signed_in
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def alices() -> Company:
    return make_company("alice", number="+3726001000")


@pytest.fixture
def calendar(alices: Company) -> Generator[OpeningCalendar]:
    with tenant_scope(alices.tenant.pk):
        yield services.create_calendar(name="Office", holiday_country="EE", by=HELIN_ITSELF)


@pytest.fixture
def client(alices: Company) -> Client:
    return signed_in(alices, "manager")


def post(client: Client, calendar: OpeningCalendar, path: str, **fields: Any) -> tuple[int, str]:
    response = client.post(f"/t/alice/manage/calendars/{calendar.pk}/{path}", fields)
    return response.status_code, response.content.decode()


def test_hours_are_typed_as_people_do(client: Client, calendar: OpeningCalendar) -> None:
    status, _ = post(client, calendar, "hours/", weekdays=[6, 7], opens="8", closes="24:00")
    assert status == 302
    assert list(calendar.hours.values_list("weekday", "opens_minute", "closes_minute")) == [
        (6, 480, 1440),
        (7, 480, 1440),
    ]
    status, page = post(client, calendar, "hours/", weekdays=[6], opens="9:00", closes="10:00")
    assert status == 422
    assert "Saturday 09:00–10:00 overlaps with 08:00–24:00" in page
    status, page = post(client, calendar, "hours/", weekdays=[1], opens="9:75", closes="10:00")
    assert status == 422
    assert "Type a time as 08:30" in page
    status, page = post(client, calendar, "hours/", opens="9", closes="10")
    assert "Choose at least one day" in page


def test_an_exception_of_one_day_needs_one_date(client: Client, calendar: OpeningCalendar) -> None:
    status, _ = post(client, calendar, "exceptions/", name="Party", first_day="2031-12-24")
    assert status == 302
    row = calendar.exceptions.get()
    assert row.first_day == row.last_day
    status, page = post(client, calendar, "exceptions/", name="Other", first_day="2031-12-24")
    assert status == 422
    assert "“Party” is for the same days already" in page


def test_forcing_is_in_the_companys_time(client: Client, calendar: OpeningCalendar) -> None:
    status, _ = post(client, calendar, "force/", forced="closed", forced_until="2031-01-01T10:00")
    assert status == 302
    calendar.refresh_from_db()
    assert calendar.forced_until is not None
    assert calendar.forced_until.isoformat() == "2031-01-01T08:00:00+00:00"  # Tallinn in winter
    status, page = post(client, calendar, "force/", forced="open", forced_until="2001-01-01T10:00")
    assert status == 422
    assert "has passed already" in page


def test_holidays_are_looked_at_before_they_are_kept(
    client: Client, calendar: OpeningCalendar
) -> None:
    url = f"/t/alice/manage/calendars/{calendar.pk}/holidays/"
    page = client.get(url, {"holiday_country": "DE", "holiday_region": "BY"}).content.decode()
    assert "Epiphany" in page
    calendar.refresh_from_db()
    assert calendar.holiday_country == "EE"
    # Bavaria is no part of Finland: the region of the country looked at before is forgotten
    page = client.get(url, {"holiday_country": "FI", "holiday_region": "BY"}).content.decode()
    assert "Finland" in page
    assert client.post(url, {"holiday_country": "DE", "holiday_region": "BY"}).status_code == 302
    calendar.refresh_from_db()
    assert (calendar.holiday_country, calendar.holiday_region) == ("DE", "BY")
    assert client.post(url, {"holiday_country": "<script>"}).status_code == 422


def hears(client: Client, alices: Company, at: str) -> str:
    url = f"/t/alice/manage/groups/{alices.group.pk}/hearing/"
    return client.get(url, {"at": at, "number": ""}).content.decode()


def test_what_a_caller_hears_and_which_rule_says_so(
    client: Client, alices: Company, calendar: OpeningCalendar
) -> None:
    by: dict[str, Any] = {"by": HELIN_ITSELF}
    assert "No calendar is chosen" in hears(client, alices, "2026-11-02T10:00")
    clip = create_clip(data=tone(0.4), description="Sorry, closed", **by)
    change_group(group=alices.group, calendar=calendar, closed_clip=clip, **by)
    services.add_hours(calendar=calendar, weekday=1, opens=540, closes=1020, **by)
    page = hears(client, alices, "2026-11-02T16:59")
    assert "on Monday are 09:00–17:00" in page
    assert "waits in the queue “Sales”" in page
    page = hears(client, alices, "2026-11-02T17:00")
    assert "Sorry, closed" in page
    assert "The call ends." in page
    assert "have no hours on Tuesday" in hears(client, alices, "2026-11-03T10:00")
    # holidays are known for this year and those to come
    zone = ZoneInfo(alices.tenant.time_zone)
    day = datetime.date(timezone.localdate(timezone=zone).year, 12, 25)
    assert "public holiday: Christmas Day" in hears(client, alices, f"{day}T10:00")
    services.add_exception(
        calendar=calendar, name="We work", first_day=day, last_day=day, opens=600, closes=720, **by
    )
    page = hears(client, alices, f"{day}T10:00")
    assert "“We work”" in page
    assert "waits in the queue" in page
    services.force_calendar(
        calendar=calendar, forced=Forced.CLOSED, until=None, now=timezone.now(), **by
    )
    assert "forced closed until somebody undoes it" in hears(client, alices, "2026-11-02T10:00")
    assert "Enter a valid date/time" in hears(client, alices, "tomorrow")


def test_the_lists_cost_the_same_however_long_they_are(
    client: Client, alices: Company, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    def queries(path: str) -> int:
        with django_assert_max_num_queries(30) as found:
            assert client.get(f"/t/alice/manage/{path}").status_code == 200
        return len(found.captured_queries)

    paths = ("groups/", "calendars/", "clips/", "audit/", f"groups/{alices.group.pk}/members/")
    with tenant_scope(alices.tenant.pk):
        services.create_calendar(name="First", by=HELIN_ITSELF)
        create_clip(data=tone(0.2), description="First", by=HELIN_ITSELF)
        client.get("/t/alice/manage/groups/")  # the first request also notes the session
        few = {path: queries(path) for path in paths}
        for number in range(8):
            row = services.create_calendar(name=f"Office {number}", by=HELIN_ITSELF)
            services.add_hours(calendar=row, weekday=1, opens=0, closes=60, by=HELIN_ITSELF)
            clip = create_clip(data=tone(0.2), description=f"C {number}", by=HELIN_ITSELF)
            create_group(name=f"G {number}", calendar=row, greeting=clip, by=HELIN_ITSELF)
        assert {path: queries(path) for path in paths} == few
