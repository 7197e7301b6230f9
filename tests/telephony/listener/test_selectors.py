"""What the live state knows of a company, read from the database."""

from __future__ import annotations

import datetime

import pytest

from callcenter.agents.models import Agent
from callcenter.tenants.scope import tenant_scope
from telephony.listener.selectors import directories_of, directory_of
from telephony.listener.services import forget_pause_wish
from tests.cast import make_company

pytestmark = pytest.mark.django_db


def test_a_company_as_the_pbx_names_it() -> None:
    alice = make_company("alice", number="+372600100")
    directory = directory_of(alice.tenant)
    (queue,) = directory.queues.values()
    assert (queue.name, queue.group_id, queue.wrap_up_seconds) == ("alice-sales", alice.group.pk, 5)
    agent = alice.agents[0]
    entry = directory.agents[agent.pk]
    assert entry.member_name == f"alice-a{agent.pk}"
    assert (entry.interface, entry.interfaces) == ("PJSIP/alice-101", ("PJSIP/alice-101",))
    assert entry.group_ids == (alice.group.pk,)
    assert entry.user_id == alice.people["agent"].pk
    assert directory.agent_at("PJSIP/alice-101") == agent.pk
    assert directory.agent_behind(f"alice-a{agent.pk}", "") == agent.pk
    assert directory.group_of_number("00372600100"[2:]) == alice.group.pk
    assert directory.group_of_number("+999") is None
    assert "101" in directory.extensions


def test_the_tenants_of_one_pbx_and_nothing_of_each_other() -> None:
    alice = make_company("alice", number="+372600100")
    bob = make_company("bob", number="+372600200")
    alice_sees, bob_sees = directories_of("pbx1")
    assert not alice_sees.agents.keys() & bob_sees.agents.keys()
    assert alice_sees.numbers.keys() == {"372600100"}
    bob.tenant.pbx = "pbx2"
    bob.tenant.save()
    assert [directory.slug for directory in directories_of("pbx1")] == ["alice"]
    assert directories_of("pbx1", {bob.tenant.pk}) == []
    assert [one.slug for one in directories_of("pbx1", {alice.tenant.pk})] == ["alice"]
    alice.tenant.is_active = False
    alice.tenant.save()
    assert directories_of("pbx1") == []


def test_who_left_is_not_known() -> None:
    alice = make_company("alice", number="+372600100")
    with tenant_scope(alice.tenant.pk):
        Agent.objects.filter(pk=alice.agents[0].pk).update(is_active=False)
        Agent.objects.filter(pk=alice.agents[1].pk).update(device=None)
    directory = directory_of(alice.tenant)
    assert list(directory.agents) == [alice.agents[1].pk]
    assert directory.agents[alice.agents[1].pk].interface == ""


def test_wishes() -> None:
    alice = make_company("alice", number="+372600100")
    agent = alice.agents[0]
    until = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC)
    with tenant_scope(alice.tenant.pk):
        Agent.objects.filter(pk=agent.pk).update(pause_after_call="lunch", wrap_up_until=until)
    entry = directory_of(alice.tenant).agents[agent.pk]
    assert (entry.pause_after_call, entry.wrap_up_until) == ("lunch", until.timestamp())
    forget_pause_wish(tenant_id=alice.tenant.pk, agent_id=agent.pk, reason="other")
    assert directory_of(alice.tenant).agents[agent.pk].pause_after_call == "lunch"
    forget_pause_wish(tenant_id=alice.tenant.pk, agent_id=agent.pk, reason="lunch")
    assert directory_of(alice.tenant).agents[agent.pk].pause_after_call is None


def test_few_queries_whatever_the_size(django_assert_num_queries: object) -> None:
    alice = make_company("alice", number="+372600100")
    with django_assert_num_queries(5):  # type: ignore[operator]
        directory_of(alice.tenant)
