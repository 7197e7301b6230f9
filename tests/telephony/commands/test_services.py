"""Orders: refused with words, written with their audit entry, carried out at most once."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor
from callcenter.groups.models import AgentGroup, GroupMember, Queue
from callcenter.tenants.scope import tenant_scope
from telephony.commands import services, toasts
from telephony.commands.executor import carry_out, claim, close_overdue, settle
from telephony.commands.models import CommandStatus, PbxCommand
from telephony.commands.tasks import expire_commands, run_command
from telephony.pbx.orders import Order
from telephony.pbx.port import AnswerLost, Done, Refused, Result, Unreachable
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db
ALICE = Actor(name="Alice")


@pytest.fixture
def company() -> Iterator[Company]:
    company = make_company("alice", number="+3726001001")
    with tenant_scope(company.tenant.pk):
        yield company


@pytest.fixture
def now() -> datetime:
    return timezone.now()


class Recorder:
    """A PBX that answers as told and remembers what it was asked."""

    def __init__(self, *results: Result) -> None:
        self.results = list(results)
        self.orders: list[Order] = []

    def perform(self, order: Order) -> Result:
        self.orders.append(order)
        return self.results.pop(0) if self.results else Done()


def test_log_in_becomes_one_command_for_every_queue_and_an_audit_entry(
    company: Company, now: datetime
) -> None:
    agent = company.agents[0]
    command = services.log_in_agent(agent=agent, requested_by=ALICE, at=now)
    assert command.orders == [
        {
            "order": "AddMember",
            "queue": "alice-sales",
            "interface": "PJSIP/alice-101",
            "member_name": f"alice-a{agent.pk}",
            "penalty": 0,
            "paused": False,
            "reason": "",
        }
    ]
    assert AuditEntry.objects.get().action == "agent.log_in"


def test_an_agent_without_a_phone_is_told_what_to_do(company: Company, now: datetime) -> None:
    agent = company.agents[0]
    agent.device = None
    agent.save()
    with pytest.raises(services.NoPhone, match="no phone yet"):
        services.log_in_agent(agent=agent, requested_by=ALICE, at=now)
    assert not PbxCommand.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_strangers_group_is_refused(company: Company, now: datetime) -> None:
    with tenant_scope(company.tenant.pk):
        company.group.members.all().delete()
    with pytest.raises(services.NotAMember):
        services.log_in_agent(
            agent=company.agents[0], groups=[company.group], requested_by=ALICE, at=now
        )


@pytest.mark.parametrize("reason", ["wrap-up", "nonsense", ""])
def test_only_listed_reasons_pause(company: Company, now: datetime, reason: str) -> None:
    with pytest.raises(services.UnknownReason):
        services.pause_agent(agent=company.agents[0], reason=reason, requested_by=ALICE, at=now)


def test_of_two_workers_with_the_same_command_one_gets_it(company: Company, now: datetime) -> None:
    command = services.log_in_agent(agent=company.agents[0], requested_by=ALICE, at=now)
    assert claim(command.pk, now) is not None
    assert claim(command.pk, now) is None


def test_a_late_command_expires_and_is_never_carried_out(company: Company, now: datetime) -> None:
    command = services.log_in_agent(agent=company.agents[0], requested_by=ALICE, at=now)
    assert close_overdue(now + timedelta(seconds=19)) == []
    assert claim(command.pk, now + timedelta(seconds=21)) is None
    assert close_overdue(now + timedelta(seconds=21)) == [command]
    assert close_overdue(now + timedelta(seconds=21)) == []
    command.refresh_from_db()
    assert command.status == CommandStatus.EXPIRED
    assert "not carried out" in command.words


def test_done_makes_the_membership_logged_in(company: Company, now: datetime) -> None:
    services.log_in_agent(agent=company.agents[0], requested_by=ALICE, at=now)
    command = claim(PbxCommand.objects.get().pk, now)
    assert command is not None
    settle(command, *carry_out(command, Recorder()), now)
    place = GroupMember.objects.get(agent=company.agents[0])
    assert place.logged_in
    assert place.logged_in_at == now


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (Refused("No."), CommandStatus.REFUSED),
        (Unreachable("Away."), CommandStatus.UNREACHABLE),
        (AnswerLost("Perhaps."), CommandStatus.UNKNOWN),
    ],
)
def test_what_is_not_done_changes_nothing(
    company: Company, now: datetime, result: Result, status: CommandStatus
) -> None:
    services.log_in_agent(agent=company.agents[0], requested_by=ALICE, at=now)
    command = claim(PbxCommand.objects.get().pk, now)
    assert command is not None
    settle(command, *carry_out(command, Recorder(result)), now)
    command.refresh_from_db()
    assert command.status == status
    assert command.words
    assert not GroupMember.objects.get(agent=company.agents[0]).logged_in


def test_a_command_whose_worker_died_is_said_to_be_unknown(company: Company, now: datetime) -> None:
    command = services.log_in_agent(agent=company.agents[0], requested_by=ALICE, at=now)
    claim(command.pk, now)
    assert close_overdue(now + timedelta(seconds=30)) == []
    assert close_overdue(now + timedelta(seconds=61)) == [command]
    command.refresh_from_db()
    assert command.status == CommandStatus.UNKNOWN


class Mailbag:
    """A channel layer that keeps what it was given."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []

    async def group_send(self, _group: str, message: dict[str, Any]) -> None:
        self.frames.append(json.loads(message["frame"]))


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Mailbag:
    bag = Mailbag()
    monkeypatch.setattr(toasts, "get_channel_layer", lambda: bag)
    return bag


def test_who_gave_an_order_hears_in_his_language_what_became_of_it(
    company: Company, now: datetime, mail: Mailbag
) -> None:
    alice = company.people["supervisor"]
    alice.language = "et"
    alice.save()
    by = Actor(name="Alice", user_id=alice.pk)
    services.log_in_agent(agent=company.agents[0], requested_by=by, at=now)
    command = claim(PbxCommand.objects.get().pk, now)
    assert command is not None
    settle(command, Done(), 1, now)
    toasts.tell_requester(command)
    with translation.override("et"):
        assert [one["text"] for one in mail.frames] == [translation.gettext("Logged in.")]
    assert mail.frames[0]["text"] != "Logged in."


@pytest.mark.parametrize("is_delivered", [True, False])
def test_who_gave_an_order_hears_that_it_came_too_late(
    company: Company, now: datetime, mail: Mailbag, is_delivered: bool
) -> None:
    by = Actor(name="Alice", user_id=company.people["supervisor"].pk)
    long_ago = now - timedelta(minutes=1)
    command = services.log_in_agent(agent=company.agents[0], requested_by=by, at=long_ago)
    if is_delivered:
        run_command(tenant_id=company.tenant.pk, command_id=str(command.pk))
    expire_commands()
    (toast,) = mail.frames
    assert toast["level"] == "error"
    assert "not carried out" in toast["text"]


def test_who_got_into_two_of_three_queues_is_in_them(company: Company, now: datetime) -> None:
    agent = company.agents[0]
    for name in ("support", "night"):
        group = AgentGroup.objects.create(slug=name, name=name)
        Queue.objects.create(group=group, slug=name, name=name)
        GroupMember.objects.create(group=group, agent=agent)
    services.log_in_agent(agent=agent, requested_by=ALICE, at=now)
    command = claim(PbxCommand.objects.get().pk, now)
    assert command is not None
    queues = [order["queue"] for order in command.orders]
    control = Recorder(Done(), Done(), AnswerLost("Perhaps."))
    settle(command, *carry_out(command, control), now)
    logged_in = GroupMember.objects.filter(agent=agent, logged_in=True)
    assert {f"alice-{place.group.slug}" for place in logged_in} == set(queues[:2])


def test_who_has_no_phone_can_still_be_logged_out(company: Company, now: datetime) -> None:
    agent = company.agents[0]
    GroupMember.objects.filter(agent=agent).update(logged_in=True)
    agent.device = None
    agent.save()
    command = services.log_out_agent(agent=agent, requested_by=ALICE, at=now)
    assert command.orders == []
    claimed = claim(command.pk, now)
    assert claimed is not None
    settle(claimed, *carry_out(claimed, Recorder()), now)
    assert not GroupMember.objects.filter(agent=agent, logged_in=True).exists()
