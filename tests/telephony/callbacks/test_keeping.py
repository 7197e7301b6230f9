"""Calls become promises, and promises are kept by whoever reaches the caller."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from callcenter.audit.services import Actor
from callcenter.calendars.models import OpeningCalendar, OpeningHours
from callcenter.groups.models import AgentGroup
from callcenter.tenants.scope import tenant_scope
from telephony.callbacks import services
from telephony.callbacks.keeping import keep_callbacks
from telephony.callbacks.models import Callback, CallTouch, LostCall
from telephony.calls.models import Call
from tests.cast import Company, make_company
from tests.telephony.calls.made import make_call

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # a Friday
NUMBER = "+37255512345"
BOSS = Actor("Boss")


@pytest.fixture
def alice(db: None) -> Company:
    return make_company("alice", number="+3726001000")


def lost(company: Company, minute: float = 0, **fields: Any) -> Call:
    """A call given up so many minutes after NOW."""
    at = NOW + timedelta(minutes=minute)
    return make_call(company, **{
        "at": at, "answered_at": None, "ended_at": at, "outcome": "abandoned", "agent_ids": [],
        "agent_id": None, "talk_seconds": 0, **fields,
    })  # fmt: skip


def answered(company: Company, minute: float, direction: str = "out", **fields: Any) -> Call:
    at = NOW + timedelta(minutes=minute)
    return make_call(company, at=at, direction=direction, **fields)


def promises(company: Company) -> list[Callback]:
    while not keep_callbacks().is_all:
        pass
    with tenant_scope(company.tenant.pk):
        return list(Callback.objects.order_by("first_lost_at", "pk"))


def states(company: Company) -> list[tuple[str, int]]:
    return [(one.state, one.lost_count) for one in promises(company)]


def test_calls_of_one_number_are_one_promise(alice: Company) -> None:
    lost(alice, 0, wait_seconds=7)
    lost(alice, 5, outcome="overflowed", reason="timeout", wait_seconds=60)
    lost(alice, 7, outcome="closed")
    lost(alice, 8, outcome="no_answer", reason="voicemail")
    lost(alice, 1, party_digits="37255500000", caller_number="+37255500000")
    first, other = promises(alice)
    assert (first.key, first.lost_count, first.state) == (NUMBER, 4, "open")
    assert (first.longest_wait_seconds, first.outcome, first.reason) == (
        60,
        "no_answer",
        "voicemail",
    )
    assert first.due_at == NOW + timedelta(hours=1)
    assert other.lost_count == 1
    with tenant_scope(alice.tenant.pk):
        assert LostCall.objects.filter(callback=first).count() == 4
        assert not CallTouch.objects.exists()


def test_calls_written_together_touch_a_number_once(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        Call.objects.bulk_create(
            Call(
                pbx="pbx1", linkedid=f"together-{number}", direction="in", caller_number=digits,
                party_digits=digits, started_at=NOW, ended_at=NOW, outcome="abandoned",
            )
            for number, digits in enumerate(("3725", "3725", "", "", "3726", "3725"))
        )  # fmt: skip
        touched = sorted(CallTouch.objects.values_list("party_digits", flat=True))
        assert touched == ["", "", "3725", "3726"]
        keep_callbacks()
        assert LostCall.objects.count() == 6


def test_hanging_up_at_once_promises_nothing(alice: Company) -> None:
    lost(alice, outcome="short_abandoned")
    assert promises(alice) == []


def test_nobody_with_a_number_is_never_merged(alice: Company) -> None:
    for minute in (0, 1):
        lost(alice, minute, caller_number="anonymous", party_digits="", caller_name="")
    assert states(alice) == [("anonymous", 1), ("anonymous", 1)]
    answered(alice, 5, party_digits="", dialled="")
    assert states(alice) == [("anonymous", 1), ("anonymous", 1)]


def test_anybody_who_reaches_the_caller_keeps_the_promise(alice: Company) -> None:
    lost(alice, 0)
    lost(alice, 2)
    call = answered(alice, 12, agent_id=alice.agents[1].pk)
    (promise,) = promises(alice)
    assert (promise.state, promise.closed_at) == ("reached", call.answered_at)
    assert promise.closed_by_id == alice.agents[1].pk
    with tenant_scope(alice.tenant.pk):
        first, second = LostCall.objects.order_by("lost_at")
    assert (first.called_back_at, second.called_back_at) == (call.answered_at, call.answered_at)
    lost(alice, 20)
    assert states(alice) == [("reached", 2), ("open", 1)], "a new lost call is a new promise"


def test_a_caller_who_calls_in_and_is_answered_keeps_it_too(alice: Company) -> None:
    lost(alice, 0)
    call = answered(alice, 3, direction="in")
    (promise,) = promises(alice)
    assert (promise.state, promise.closed_at) == ("called_in", call.answered_at)
    with tenant_scope(alice.tenant.pk):
        (row,) = LostCall.objects.all()
    assert (row.called_back_at, row.contacted_at) == (None, call.answered_at)
    later = answered(alice, 9)
    promises(alice)
    with tenant_scope(alice.tenant.pk):
        row.refresh_from_db()
    assert row.called_back_at == later.answered_at


def test_only_an_answered_call_counts(alice: Company) -> None:
    lost(alice, 0)
    answered(alice, 3, answered_at=None, outcome="no_answer")
    answered(alice, 4, reason="service")
    answered(alice, -5)
    answered(alice, 4, party_digits="37255512346")
    assert states(alice) == [("open", 1)]


def test_a_call_that_is_still_going_on_keeps_it_already(alice: Company) -> None:
    lost(alice, 0)
    answered(alice, 3, ended_at=None, outcome="running")
    assert states(alice) == [("reached", 1)]


def test_late_lines_repair(alice: Company) -> None:
    call = lost(alice, 0)
    lost(alice, 9)
    assert states(alice) == [("open", 2)]
    with tenant_scope(alice.tenant.pk):
        Call.objects.filter(pk=call.pk).update(outcome="answered", answered_at=NOW)
    assert states(alice) == [("open", 1)], "the first one had been answered after all"
    answered(alice, 4)
    assert states(alice) == [("open", 1)]
    answered(alice, 11)
    assert states(alice) == [("reached", 1)]


def test_an_earlier_call_that_turns_up_late_joins_and_work_stays(alice: Company) -> None:
    lost(alice, 5)
    (promise,) = promises(alice)
    with tenant_scope(alice.tenant.pk):
        person = alice.people["supervisor"]
        services.assign(callback=promise, to_id=person.pk, by=BOSS, at=NOW)
    lost(alice, 0)
    (promise,) = promises(alice)
    assert (promise.lost_count, promise.first_lost_at) == (2, NOW)
    assert promise.assigned_to_id == person.pk


def test_built_anew_it_is_the_same(alice: Company) -> None:
    lost(alice, 0)
    answered(alice, 3)
    lost(alice, 5)
    lost(alice, 6, party_digits="37255500000", caller_number="+37255500000")
    lost(alice, 7, party_digits="", caller_number="anonymous")
    found = promises(alice)
    with tenant_scope(alice.tenant.pk):
        services.give_up(callback=found[2], reason="wrong number", by=BOSS, at=NOW)
        services.assign(callback=found[1], to_id=alice.people["agent"].pk, by=BOSS, at=NOW)
    before = [
        (one.state, one.linkedid, one.closed_at, one.assigned_to_id) for one in promises(alice)
    ]
    assert [state for state, *_ in before] == ["reached", "open", "given_up", "anonymous"]
    with tenant_scope(alice.tenant.pk):
        kept: list[Any] = list(Call.objects.order_by("pk").values())
        Call.objects.all().delete()
    promises(alice)
    with tenant_scope(alice.tenant.pk):
        for values in kept:  # one by one, so that every half of it is looked at
            values.pop("party_backwards")
            Call.objects.create(**{**values, "id": values["id"] + 1000})
            keep_callbacks()
    after = [
        (one.state, one.linkedid, one.closed_at, one.assigned_to_id) for one in promises(alice)
    ]
    assert after == before


def test_given_up_until_it_is_lost_again(alice: Company) -> None:
    lost(alice, 0)
    (promise,) = promises(alice)
    with tenant_scope(alice.tenant.pk):
        services.give_up(callback=promise, reason="spam", by=BOSS, at=NOW + timedelta(minutes=4))
    assert states(alice) == [("given_up", 1)]
    lost(alice, 2)  # before he gave up, but he could not know of it
    assert states(alice) == [("given_up", 1), ("open", 1)]
    with tenant_scope(alice.tenant.pk):
        services.take_up_again(
            tenant=alice.tenant, callback=promises(alice)[0], by=BOSS, at=timezone.now()
        )
    assert states(alice) == [("open", 2)]


def test_a_number_that_is_never_called_back(alice: Company) -> None:
    lost(alice, 0)
    promises(alice)
    with tenant_scope(alice.tenant.pk):
        row = services.never_call_back(
            tenant=alice.tenant,
            number="5551 2345",
            reason="",
            by=BOSS,
            at=NOW + timedelta(minutes=1),
        )
    assert states(alice) == [("blocked", 1)]
    lost(alice, 9)
    assert states(alice) == [("blocked", 2)]
    with tenant_scope(alice.tenant.pk):
        services.allow_calling_back(tenant=alice.tenant, row=row, by=BOSS)
    assert states(alice) == [("open", 2)]


def test_after_hours_it_is_due_after_the_next_opening(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        calendar = OpeningCalendar.objects.create(name="Office")
        for weekday in range(1, 6):
            OpeningHours.objects.create(
                calendar=calendar, weekday=weekday, opens_minute=540, closes_minute=1020
            )
        AgentGroup.objects.update(calendar=calendar)
        services.set_due_minutes(
            tenant=alice.tenant, minutes={None: 30, alice.group.pk: 45}, by=BOSS
        )
    lost(alice, 8 * 60, outcome="closed")  # Friday 20:00 in Tallinn
    (promise,) = promises(alice)
    assert promise.due_at == datetime(2026, 11, 23, 7, 45, tzinfo=UTC)  # Monday 9:45


def test_another_history_makes_no_work(alice: Company) -> None:
    lost(alice, 0, pbx="@alice")
    assert promises(alice) == []
    with tenant_scope(alice.tenant.pk):
        assert LostCall.objects.get().callback_id is None


def test_companies_do_not_meet(alice: Company) -> None:
    bob = make_company("bob", number="+3726002000", first_extension=201)
    lost(alice, 0)
    lost(bob, 1)
    answered(bob, 2)
    assert states(alice) == [("open", 1)]
    assert states(bob) == [("reached", 1)]


def test_as_many_queries_for_many_numbers(alice: Company) -> None:
    def queries(numbers: range) -> int:
        for one in numbers:
            lost(alice, one % 60, party_digits=f"372555{one:05}", caller_number=f"+372555{one:05}")
        with CaptureQueriesContext(connection) as counted:
            keep_callbacks()
        return len(counted)

    few = queries(range(2))
    assert queries(range(100, 180)) == few
