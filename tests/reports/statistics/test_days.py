"""Rows of days: what makes them stale, and that nothing stale is ever shown."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope
from reports.statistics.behind import count_behind
from reports.statistics.intervals import By, keys_of
from reports.statistics.models import AgentDay, ChangedSpan, QueueDay, QueueHour
from reports.statistics.selection import midnight, of_days
from reports.statistics.selectors import figures, total_of
from reports.statistics.services import (
    BUSY_VISITS_A_DAY,
    forget_days,
    sum_days,
    sum_days_of_everybody,
)
from reports.statistics.sources import sources_of
from telephony.calls.models import QueueVisit
from tests.reports.statistics.history import invent, make_visit

pytestmark = pytest.mark.django_db
ZONE = "Europe/Tallinn"
MARCH = of_days(date(2026, 3, 1), date(2026, 3, 31), ZONE)
AFTER = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def alice() -> Tenant:
    return Tenant.objects.create(slug="alice", name="Alice", time_zone=ZONE)


def rows() -> list[str]:
    found: list[str] = []
    for model in (QueueDay, QueueHour, AgentDay):
        names = [field.attname for field in model._meta.fields if field.attname != "id"]
        found += map(repr, model.objects.values_list(*names))
    return sorted(found)


def test_days_answer_when_they_are_summed(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        invent(1, 200, MARCH.since, MARCH.until)
        assert not sources_of(MARCH, alice.pk).days
        assert sum_days(tenant_id=alice.pk, at=AFTER) == 31
        assert sources_of(MARCH, alice.pk).days == [(date(2026, 3, 1), date(2026, 4, 1))]
        assert not sources_of(MARCH, alice.pk).visits
        assert total_of(MARCH) == total_of(MARCH, wanted=("offered",))
        assert figures(MARCH, By.DAY) == figures(MARCH, By.DAY, from_days=False)


def test_a_migration_has_all_days_summed_again(alice: Tenant) -> None:
    migration = import_module("reports.migrations.0004_who_waited")
    with tenant_scope(alice.pk):
        invent(1, 200, MARCH.since, MARCH.until)
        sum_days(tenant_id=alice.pk, at=AFTER)
        assert not sources_of(MARCH, alice.pk).visits
    with connection.cursor() as cursor:
        cursor.execute(migration.SUM_AGAIN)
    with tenant_scope(alice.pk):
        assert sum_days(tenant_id=alice.pk, at=AFTER) == 31


@pytest.mark.parametrize(
    ("minutes", "by", "table"),
    [
        ((480, 1020), By.GROUP, "reports_queuehour"),
        ((1320, 120), By.DAY, "reports_queuehour"),
        ((0, 1440), By.WEEKDAY_HOUR, "reports_queuehour"),
        ((0, 1440), By.WEEKDAY, "reports_queueday"),
        ((485, 1020), By.GROUP, "telephony_queuevisit"),
        ((480, 1020), By.AGENT, "telephony_queuevisit"),
        ((0, 1440), By.HOUR, "telephony_queuevisit"),
    ],
)
def test_whole_hours_come_from_rows_of_hours(
    alice: Tenant, busy: None, minutes: tuple[int, int], by: By, table: str
) -> None:
    some_hours = replace(MARCH, minutes_from=minutes[0], minutes_to=minutes[1])
    with tenant_scope(alice.pk):
        invent(3, 300, MARCH.since, MARCH.until)
        sum_days(tenant_id=alice.pk, at=AFTER)
        with CaptureQueriesContext(connection) as asked:
            found = figures(some_hours, by)
        assert f"FROM {table} " in asked.captured_queries[-1]["sql"]
        assert found == figures(some_hours, by, from_days=False)
        assert any(any(one.visits) for one in found.values())


def test_a_company_gets_rows_of_hours_for_all_its_days_when_it_is_busy(alice: Tenant) -> None:
    office = replace(MARCH, minutes_from=480, minutes_to=1020)
    with tenant_scope(alice.pk):
        invent(9, 100, MARCH.since, MARCH.since + timedelta(days=20))
        sum_days(tenant_id=alice.pk, at=AFTER)
        assert not QueueHour.objects.exists()
        assert not sources_of(office, alice.pk, of_hours=True).days
        invent(10, 40 * BUSY_VISITS_A_DAY, MARCH.until - timedelta(days=3), MARCH.until)
        sum_days(tenant_id=alice.pk, at=AFTER)
        days = set(QueueDay.objects.values_list("day", flat=True))
        assert set(QueueHour.objects.values_list("day", flat=True)) == days
        assert sources_of(office, alice.pk, of_hours=True).days
        for by in (By.GROUP, By.WEEKDAY_HOUR):
            assert figures(office, by) == figures(office, by, from_days=False)


def test_a_late_line_repairs_its_day_only(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        invent(2, 100, MARCH.since, MARCH.until)
        sum_days(tenant_id=alice.pk, at=AFTER)
        before = total_of(MARCH).visits.answered
        make_visit(datetime(2026, 3, 10, 12, tzinfo=UTC)).save()
        assert total_of(MARCH).visits.answered == before + 1
        assert list(sources_of(MARCH, alice.pk).visits) == [
            (midnight(date(2026, 3, 10), ZONE), midnight(date(2026, 3, 11), ZONE))
        ]
        assert sum_days(tenant_id=alice.pk, at=AFTER) == 1
        assert not sources_of(MARCH, alice.pk).visits
        assert total_of(MARCH).visits.answered == before + 1
        assert sum_days(tenant_id=alice.pk, at=AFTER) == 0


@pytest.mark.parametrize("how", ["changed", "moved", "deleted", "over", "lost"])
def test_whatever_becomes_of_a_visit_is_noticed(alice: Tenant, busy: None, how: str) -> None:
    with tenant_scope(alice.pk):
        visit = make_visit(datetime(2026, 3, 10, 12, tzinfo=UTC))
        if how in ("over", "lost"):
            visit.talk_seconds, visit.ended_at = 0, None
        visit.save()
        invent(3, 50, MARCH.since, MARCH.until)
        sum_days(tenant_id=alice.pk, at=AFTER)
        same = QueueVisit.objects.filter(pk=visit.pk)
        if how == "changed":
            same.update(outcome="abandoned", agent_id=None)
        elif how == "moved":
            same.update(entered_at=datetime(2026, 3, 20, 12, tzinfo=UTC))
        elif how == "over":  # after no second
            same.update(ended_at=visit.entered_at)
        elif how == "lost":
            same.update(ended_at=visit.entered_at, reason="lost")
        else:
            same.delete()
        for _ in range(2):
            assert figures(MARCH, By.DAY) == figures(MARCH, By.DAY, from_days=False)
            assert figures(MARCH, By.AGENT) == figures(MARCH, By.AGENT, from_days=False)
            assert figures(MARCH, By.HOUR_OF_DAY) == figures(MARCH, By.HOUR_OF_DAY, from_days=False)
            sum_days(tenant_id=alice.pk, at=AFTER)
        assert not ChangedSpan.objects.exists()


def test_what_changes_no_figure_leaves_the_days(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        invent(4, 50, MARCH.since, MARCH.until)
        sum_days(tenant_id=alice.pk, at=AFTER)
        QueueVisit.objects.update(call_id=None, caller_number="erased")
        assert not ChangedSpan.objects.exists()


def test_today_is_left_to_its_visits(alice: Tenant) -> None:
    noon = datetime(2026, 3, 20, 10, tzinfo=UTC)
    with tenant_scope(alice.pk):
        for hours in (-70, -30, -13, -2, -1, 0):
            make_visit(noon + timedelta(hours=hours)).save()
        assert sum_days(tenant_id=alice.pk, at=noon) == 2
        assert ChangedSpan.objects.count() == 1
        summed = set(QueueDay.objects.values_list("day", flat=True))
        assert summed == {date(2026, 3, 17), date(2026, 3, 19)}
        assert sum_days(tenant_id=alice.pk, at=noon) == 0
        assert total_of(MARCH).visits.answered == 6
        # the next morning
        assert sum_days(tenant_id=alice.pk, at=noon + timedelta(days=1)) == 1
        assert not ChangedSpan.objects.exists()
        assert total_of(MARCH).visits.answered == 6


def test_made_anew_they_are_the_same(alice: Tenant, busy: None) -> None:
    with tenant_scope(alice.pk):
        visits = invent(5, 300, MARCH.since, MARCH.until)
        for visit in visits[:40]:
            QueueVisit.objects.filter(pk=visit.pk).update(wait_seconds=visit.wait_seconds + 1)
            if visit.pk % 10 == 0:
                sum_days(tenant_id=alice.pk, at=AFTER)
        sum_days(tenant_id=alice.pk, at=AFTER)
        before = rows()
        forget_days(tenant_id=alice.pk)
        assert not QueueDay.objects.exists()
        assert not QueueHour.objects.exists()
        sum_days(tenant_id=alice.pk, at=AFTER)
        assert rows() == before


def test_another_time_zone_makes_other_days(alice: Tenant, busy: None) -> None:
    with tenant_scope(alice.pk):
        invent(6, 300, MARCH.since, MARCH.until)
        sum_days(tenant_id=alice.pk, at=AFTER)
    alice.time_zone = "America/St_Johns"
    alice.save()
    there = of_days(date(2026, 2, 27), date(2026, 4, 2), alice.time_zone)
    with tenant_scope(alice.pk):
        assert not QueueDay.objects.exists()
        assert not QueueHour.objects.exists()
        for _ in range(2):
            for by in (By.DAY, By.WEEKDAY_HOUR):
                assert figures(there, by) == figures(there, by, from_days=False)
            assert figures(MARCH, By.DAY) == figures(MARCH, By.DAY, from_days=False)
            sum_days(tenant_id=alice.pk, at=AFTER)
        assert sources_of(there, alice.pk).days
        assert not sources_of(MARCH, alice.pk).days


def test_everybodys_days_are_kept(alice: Tenant) -> None:
    bob = Tenant.objects.create(slug="bob", name="Bob", time_zone="UTC")
    for tenant in (alice, bob):
        with tenant_scope(tenant.pk):
            invent(7, 40, MARCH.since, MARCH.since + timedelta(days=5))
    assert sum_days_of_everybody(at=AFTER) >= 10
    with system_scope("a test looks at everybody"):
        assert set(QueueDay.objects.values_list("tenant_id", flat=True)) == {alice.pk, bob.pk}
        assert not ChangedSpan.objects.exists()


def test_a_company_can_be_deleted_with_its_history(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        invent(8, 20, MARCH.since, MARCH.until)
    with system_scope("a test deletes a company"):
        alice.delete()
        connection.check_constraints()
    assert sum_days_of_everybody(at=AFTER) == 0
    with system_scope("a test looks at everybody"):
        assert not ChangedSpan.objects.exists()


def test_bob_sees_nothing_of_alices(alice: Tenant, busy: None) -> None:
    bob = Tenant.objects.create(slug="bob", name="Bob", time_zone=ZONE)
    with tenant_scope(alice.pk):
        invent(9, 100, MARCH.since, MARCH.until)
        sum_days(tenant_id=alice.pk, at=AFTER)
    with tenant_scope(bob.pk):
        for by in By:
            found = figures(MARCH, by, wanted=("aht", "fcr", "answered_bucket_1"))
            assert not any(any(one.visits) for one in found.values())
        assert figures(MARCH, By.GROUP) == {}
        with connection.cursor() as cursor:  # the wall, not our conditions
            for table in (
                "reports_queueday",
                "reports_queuehour",
                "reports_agentday",
                "reports_changedspan",
            ):
                cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
                assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("number", [1, 300])
def test_queries_do_not_grow(alice: Tenant, number: int) -> None:
    with tenant_scope(alice.pk):
        invent(10, number, MARCH.since, MARCH.until)
        sum_days(tenant_id=alice.pk, at=AFTER)
        with CaptureQueriesContext(connection) as queries:
            figures(MARCH, (By.DAY, By.GROUP), wanted=("aht", "fcr", "answered_bucket_1"))
    assert len(queries) == 3


# --- days when clocks change --------------------------------------------------------------------
@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_such_a_day_has_its_hours(alice: Tenant, day: date, hours: int) -> None:
    selection = of_days(day, day, ZONE)
    assert selection.until - selection.since == timedelta(hours=hours)
    with tenant_scope(alice.pk):
        for hour in range(hours):
            make_visit(selection.since + timedelta(hours=hour, minutes=59, seconds=59)).save()
        make_visit(selection.since - timedelta(microseconds=1)).save()
        make_visit(selection.until).save()
        found = figures(selection, By.HOUR)
        assert [one.visits.answered for one in found.values()] == [1] * hours
        assert len(keys_of(selection, By.QUARTER_HOUR)) == hours * 4
        assert figures(selection, By.DAY)[day].visits.answered == hours
        clock = figures(selection, By.HOUR_OF_DAY)
        assert clock[3].visits.answered == {23: 0, 25: 2}[hours]
        assert len(clock) == 24


def test_the_hour_that_comes_twice_is_two(alice: Tenant) -> None:
    selection = of_days(date(2026, 10, 25), date(2026, 10, 25), ZONE)
    first, second = (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )
    with tenant_scope(alice.pk):
        make_visit(first).save()
        make_visit(second, "abandoned", 30).save()
        hours = figures(selection, By.HOUR)
        assert hours[first - timedelta(minutes=30)].visits.answered == 1
        assert hours[second - timedelta(minutes=30)].visits.abandoned == 1
        quarters = figures(selection, By.QUARTER_HOUR)
        assert quarters[first].visits.answered == 1
        assert quarters[second].visits.abandoned == 1


@pytest.mark.parametrize(("day", "rows"), [(date(2025, 4, 6), 25), (date(2025, 10, 5), 24)])
def test_half_an_hour_more_or_less_is_a_row_of_its_own(alice: Tenant, day: date, rows: int) -> None:
    selection = of_days(day, day, "Australia/Lord_Howe")
    with tenant_scope(alice.pk):
        at = selection.since
        while at < selection.until:
            make_visit(at).save()
            at += timedelta(minutes=10)
        for by, most in ((By.HOUR, 6), (By.QUARTER_HOUR, 2)):
            found = figures(selection, by)
            assert list(found) == keys_of(selection, by)
            offered = [one.visits.offered for one in found.values()]
            assert sum(offered) == total_of(selection).visits.offered
            assert set(offered) == {6: {6, 3}, 2: {2, 1}}[most]
            assert offered == [count_behind(selection, "offered", by, key) for key in found]
        assert len(figures(selection, By.HOUR)) == rows
        # a period that begins within the half hour has the same keys
        inside = replace(selection, since=selection.since + timedelta(hours=2, minutes=10))
        assert list(figures(inside, By.HOUR)) == keys_of(selection, By.HOUR)[2:]
