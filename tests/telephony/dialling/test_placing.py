"""Calls by a click: who may call what, as whom, and once."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from callcenter.accounts.permissions import Person
from callcenter.agents.models import Device
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor
from callcenter.groups.models import AgentGroup, Number, Queue
from callcenter.tenants.scope import tenant_scope
from telephony.commands.executor import claim
from telephony.commands.models import CommandStatus, PbxCommand
from telephony.dialling import caller_ids, services, targets
from telephony.dialling.models import DialChoice, PlacedCall
from telephony.dialling.services import Wish
from telephony.live.selectors import LiveSnapshot
from telephony.provisioning.models import OutgoingPrefix
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db
ALICE = Actor(name="Alice")
ESTONIAN = "+37255512345"


@pytest.fixture
def company() -> Iterator[Company]:
    company = make_company("alice", number="+3726001001")
    with tenant_scope(company.tenant.pk):
        OutgoingPrefix.objects.create(prefix="+372")
        yield company


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def order_of(placed: PlacedCall) -> dict[str, Any]:
    (order,) = placed.command.orders
    values: dict[str, Any] = order
    return values


@pytest.mark.parametrize(
    "written",
    ["+372 5551 2345", "00372-555-12345", "5551 2345", "tel:+372-5551-2345", "Mob: 55512345"],
)
def test_a_number_is_called_however_it_is_written(
    company: Company, now: datetime, written: str
) -> None:
    placed = services.place_call(
        agent=company.agents[0], number=written, requested_by=ALICE, at=now
    )
    order = order_of(placed)
    assert (order["order"], order["interface"]) == ("Originate", "PJSIP/alice-101")
    assert (order["context"], order["extension"]) == ("click2call", ESTONIAN)
    assert order["shown_number"] == ESTONIAN
    assert order["timeout_seconds"] == 15
    assert order["call_id"] == placed.call_id
    assert AuditEntry.objects.get(action="agent.dial").after["number"] == ESTONIAN


@pytest.mark.parametrize(
    ("written", "refusal"),
    [
        ("", targets.Unreadable),
        ("anonymous", targets.Unreadable),
        ("sip:bob@example.com", targets.Unreadable),
        ("*43", targets.NotAllowed),
        ("+491511234567", targets.NotAllowed),
        ("1188", targets.NotAllowed),
        ("999", targets.NoSuchExtension),
        ("101", targets.OwnNumber),
        ("+37255512345, +37255512346", targets.SeveralNumbers),
    ],
)
def test_what_is_not_called_and_why(
    company: Company, now: datetime, written: str, refusal: type[targets.DialRefused]
) -> None:
    with pytest.raises(refusal) as caught:
        services.place_call(agent=company.agents[0], number=written, requested_by=ALICE, at=now)
    assert str(caught.value)
    assert not PbxCommand.objects.exists()


def test_colleagues_own_numbers_and_help_need_no_allowance(company: Company, now: datetime) -> None:
    OutgoingPrefix.objects.all().delete()
    for number in ("102", "+3726001001", "112"):
        placed = services.place_call(
            agent=company.agents[0], number=number, requested_by=ALICE, at=now
        )
        assert order_of(placed)["extension"] == number
        PbxCommand.objects.filter(pk=placed.command_id).update(status=CommandStatus.DONE)


def test_an_extension_that_is_also_a_service_is_the_colleague(
    company: Company, now: datetime
) -> None:
    Device.objects.filter(extension="102").update(extension="1188")
    placed = services.place_call(agent=company.agents[0], number="1188", requested_by=ALICE, at=now)
    assert order_of(placed)["extension"] == "1188"


def test_two_clicks_are_one_call(company: Company, now: datetime) -> None:
    agent = company.agents[0]
    first = services.place_call(agent=agent, number=ESTONIAN, requested_by=ALICE, at=now)
    second = services.place_call(
        agent=agent, number="5551 2345", requested_by=ALICE, at=now + timedelta(seconds=1)
    )
    assert second == first
    with pytest.raises(services.AlreadyCalling):
        services.place_call(agent=agent, number="102", requested_by=ALICE, at=now)
    assert PbxCommand.objects.count() == 1
    assert claim(first.command_id, now) is not None
    assert claim(first.command_id, now) is None


def test_after_a_refusal_the_number_can_be_tried_at_once(company: Company, now: datetime) -> None:
    agent = company.agents[0]
    first = services.place_call(agent=agent, number=ESTONIAN, requested_by=ALICE, at=now)
    PbxCommand.objects.update(status=CommandStatus.UNREACHABLE)
    second = services.place_call(agent=agent, number=ESTONIAN, requested_by=ALICE, at=now)
    assert second != first


@pytest.mark.parametrize(
    ("entity", "refusal"),
    [
        ({"state": "in_call", "reachable": True}, services.AlreadyCalling),
        ({"state": "ringing", "reachable": True}, services.AlreadyCalling),
        ({"state": "unreachable", "reachable": False}, services.PhoneUnreachable),
    ],
)
def test_the_live_state_is_asked(
    company: Company,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    entity: dict[str, Any],
    refusal: type[targets.DialRefused],
) -> None:
    agent = company.agents[0]
    live = LiveSnapshot({f"agent:{agent.pk}": entity}, 1, 1.0, is_live=True)
    monkeypatch.setattr(services, "live_snapshot", lambda *_: live)
    with pytest.raises(refusal):
        services.place_call(agent=agent, number=ESTONIAN, requested_by=ALICE, at=now)
    stale = LiveSnapshot(live.document, 1, 1.0, is_live=False)
    monkeypatch.setattr(services, "live_snapshot", lambda *_: stale)
    services.place_call(agent=agent, number=ESTONIAN, requested_by=ALICE, at=now)


def test_without_a_phone_or_being_nobody(company: Company, now: datetime) -> None:
    agent = company.agents[0]
    agent.device = None
    agent.save()
    with pytest.raises(services.NotAtAPhone, match="no phone"):
        services.place_call(agent=agent, number=ESTONIAN, requested_by=ALICE, at=now)
    manager = Person(1, "Manager", company.tenant.pk, "manager", frozenset())
    with pytest.raises(services.NotAtAPhone, match="Manager has no phone"):
        services.agent_of(manager)


def test_only_ones_own_numbers_are_shown(company: Company, now: datetime) -> None:
    agent = company.agents[0]
    other = AgentGroup.objects.create(slug="help", name="Help", caller_id="+3726001002")
    line = Queue.objects.create(group=other, slug="help", name="Help")
    Number.objects.create(e164="+3726001003", queue=line)
    mine = caller_ids.caller_ids_of(agent, company.tenant)
    assert [one.number for one in mine] == ["+3726001001"]
    for foreign in ("+3726001002", "+3726001003", "+37255512345"):
        with pytest.raises(caller_ids.NotYourNumber):
            services.place_call(
                agent=agent, number=ESTONIAN, requested_by=ALICE, at=now,
                wish=Wish(caller_id=foreign),
            )  # fmt: skip
    placed = services.place_call(
        agent=agent, number=ESTONIAN, requested_by=ALICE, at=now,
        wish=Wish(caller_id="600 1001", is_hidden=True),
    )  # fmt: skip
    assert order_of(placed)["caller_number"] == "+3726001001"
    assert order_of(placed)["variables"] == (("__C2C_HIDE", "1"),) or order_of(placed)[
        "variables"
    ] == [["__C2C_HIDE", "1"]]


def test_a_choice_is_remembered_until_the_number_is_not_ones_own_any_more(
    company: Company, now: datetime
) -> None:
    agent = company.agents[0]
    company.group.caller_id = "+3726001009"
    company.group.save()
    services.remember_choice(agent=agent, shows="+3726001009", is_hidden=False, device_id=None)
    placed = services.place_call(agent=agent, number=ESTONIAN, requested_by=ALICE, at=now)
    assert order_of(placed)["caller_number"] == "+3726001009"
    PbxCommand.objects.all().delete()
    company.group.caller_id = ""
    company.group.save()
    placed = services.place_call(agent=agent, number=ESTONIAN, requested_by=ALICE, at=now)
    assert order_of(placed)["caller_number"] == ""


def test_another_phone_of_ones_own_may_be_chosen(company: Company, now: datetime) -> None:
    agent, other = company.agents
    second = Device.objects.create(
        agent=agent, extension="150", name="Headset", digest="0" * 32, secret_made_at=now,
        answers_itself=True,
    )  # fmt: skip
    with pytest.raises(services.NotYourPhone):
        services.remember_choice(agent=agent, shows="", is_hidden=False, device_id=other.device_id)
    services.remember_choice(agent=agent, shows="", is_hidden=False, device_id=second.pk)
    order = order_of(services.place_call(agent=agent, number="102", requested_by=ALICE, at=now))
    assert (order["interface"], order["auto_answer"]) == ("PJSIP/alice-150", True)


def test_a_private_call_leaves_no_number_in_the_audit_log(company: Company, now: datetime) -> None:
    services.place_call(
        agent=company.agents[0], number=ESTONIAN, requested_by=ALICE, at=now,
        wish=Wish(is_private=True),
    )  # fmt: skip
    assert ESTONIAN not in str(AuditEntry.objects.get(action="agent.dial").after)


def test_an_echo_test_rings_the_own_phone(company: Company, now: datetime) -> None:
    placed = services.ring_for_echo(agent=company.agents[0], requested_by=ALICE, at=now)
    order = order_of(placed)
    assert (order["context"], order["extension"]) == ("agents", "*43")


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_the_same_moment_are_one_call() -> None:
    company = make_company("alice", number="+3726001001")
    at, start = timezone.now(), threading.Barrier(4)
    found: list[int] = []

    def click() -> None:
        try:
            with tenant_scope(company.tenant.pk):
                start.wait(5)
                placed = services.place_call(
                    agent=company.agents[0], number="102", requested_by=ALICE, at=at
                )
                found.append(placed.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with tenant_scope(company.tenant.pk):
        assert PlacedCall.objects.count() == 1
    assert len(found) == 4
    assert len(set(found)) == 1


def test_another_company_finds_nothing_of_it(company: Company, now: datetime) -> None:
    services.place_call(agent=company.agents[0], number=ESTONIAN, requested_by=ALICE, at=now)
    bob = make_company("bob", number="+3726001002")
    with tenant_scope(bob.tenant.pk):
        assert not PlacedCall.objects.exists()
        assert not DialChoice.objects.exists()
        with pytest.raises(targets.NotAllowed):
            services.place_call(agent=bob.agents[0], number=ESTONIAN, requested_by=ALICE, at=now)
