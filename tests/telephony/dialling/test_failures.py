"""Calls begun by a click that came to nothing: which are told of, to whom, in which words."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.utils import timezone

from callcenter.agents.models import Agent
from callcenter.tenants.scope import tenant_scope
from telephony.commands.models import PbxCommand
from telephony.dialling.failures import ClickWatch, Failure
from telephony.dialling.models import PlacedCall
from telephony.dialling.telling import tell_of_failure
from telephony.management.commands import run_listener
from telephony.pbx import events
from tests.cast import Company, make_company

CLICK = "c2c-1"


def channel(uniqueid: str) -> events.Channel:
    return events.Channel(uniqueid, CLICK, f"PJSIP/{uniqueid}", "up")


NOTHING = events.OriginateEnded(1.0, "a", CLICK, False)
OWN, FAR, FORK = channel(CLICK), channel("9.1"), channel("9.2")


def began(called: events.Channel, caller: events.Channel | None = OWN) -> events.DialBegan:
    return events.DialBegan(1.0, caller, called)


def ended(
    called: events.Channel, outcome: str, caller: events.Channel | None = OWN
) -> events.DialEnded:
    return events.DialEnded(2.0, caller, called, outcome)


def heard(*facts: events.PbxEvent) -> list[Failure]:
    watch = ClickWatch()
    return [failure for one in facts for _id, failure in watch.look_at([one])]


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        # a phone that is not there never rings
        ([NOTHING], [Failure.OWN_UNREACHABLE]),
        # who rang says how it ended, before the order does or after it
        ([began(OWN, None), ended(OWN, "noanswer", None), NOTHING], [Failure.OWN_NO_ANSWER]),
        ([began(OWN, None), NOTHING, ended(OWN, "busy", None)], [Failure.OWN_BUSY]),
        ([began(OWN, None), ended(OWN, "cancel", None), NOTHING], [Failure.OWN_NO_ANSWER]),
        ([began(OWN, None), ended(OWN, "congestion", None), NOTHING], [Failure.OWN_UNREACHABLE]),
        ([began(OWN, None), ended(OWN, "answer", None)], []),
        ([events.OriginateEnded(1, "a", CLICK, True)], []),
        ([events.OriginateEnded(1, "a", "spy-1", False)], []),
        ([began(FAR), ended(FAR, "busy")], [Failure.BUSY]),
        ([began(FAR), ended(FAR, "noanswer")], [Failure.NO_ANSWER]),
        ([began(FAR), ended(FAR, "chanunavail")], [Failure.UNREACHABLE]),
        ([began(FAR), ended(FAR, "cancel")], []),
        ([began(FAR), ended(FAR, "answer")], []),
        # two phones of one colleague: one declines, the other is picked up or not
        ([began(FAR), began(FORK), ended(FAR, "busy"), ended(FORK, "answer")], []),
        ([began(FAR), began(FORK), ended(FAR, "busy"), ended(FORK, "busy")], [Failure.BUSY]),
        # transferred afterwards, and nobody there
        ([began(FAR), ended(FAR, "answer"), began(FORK), ended(FORK, "busy")], []),
        # an own number that leads to a queue rings one agent after the other
        ([events.CallerJoinedQueue(1, OWN, "acme-sales", 1), began(FAR), ended(FAR, "busy")], []),
        ([began(FAR), events.ChannelHungUp(2, OWN, 16), ended(FAR, "noanswer")], []),
    ],
)
def test_what_is_a_failure(facts: list[events.PbxEvent], wanted: list[Failure]) -> None:
    assert heard(*facts) == wanted


@pytest.fixture
def alices(db: None) -> Company:
    return make_company("alice", number="+3726001000")


def placed(company: Company, number: str = "+37255512345", by: str | None = "agent") -> PlacedCall:
    with tenant_scope(company.tenant.pk):
        agent = Agent.objects.get(pk=company.agents[0].pk)
        now = timezone.now()
        command = PbxCommand.objects.create(
            kind="dial", pbx="pbx1", orders=[], agent=agent, requested_at=now, deadline_at=now
        )
        return PlacedCall.objects.create(
            command=command, call_id=CLICK, agent=agent, number=number, requested_at=now,
            requested_by=company.people[by] if by else None,
        )  # fmt: skip


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, dict[str, Any]]]:
    found: list[tuple[int, int, dict[str, Any]]] = []

    def tell(*, tenant_id: int, user_id: int, frame: dict[str, Any]) -> None:
        found.append((tenant_id, user_id, json.loads(json.dumps(frame))))

    monkeypatch.setattr("telephony.dialling.telling.tell_user", tell)
    return found


def test_who_clicked_is_told_in_words(alices: Company, told: list[Any]) -> None:
    placed(alices)
    assert tell_of_failure(CLICK, Failure.OWN_NO_ANSWER)
    assert tell_of_failure(CLICK, Failure.BUSY)
    agent = alices.people["agent"]
    assert [(one[0], one[1]) for one in told] == [(alices.tenant.pk, agent.pk)] * 2
    words = [one[2]["text"] for one in told]
    assert words == [
        "You did not pick up your phone. 5551 2345 was not called.",
        "5551 2345 is busy.",
    ]
    assert {(one[2]["type"], one[2]["level"], one[2]["about"]) for one in told} == {
        ("toast", "refused", "dial")
    }


def test_nobody_is_told_of_a_programs_call_or_of_none(alices: Company, told: list[Any]) -> None:
    placed(alices, by=None)
    assert not tell_of_failure(CLICK, Failure.BUSY)
    assert not tell_of_failure("c2c-unknown", Failure.BUSY)
    assert told == []


def test_an_echo_test_names_no_number(alices: Company, told: list[Any]) -> None:
    placed(alices, number="")
    assert tell_of_failure(CLICK, Failure.OWN_UNREACHABLE)
    assert told[0][2]["text"] == "Your phone could not be reached."


async def test_the_listener_tells_beside_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, Failure]] = []

    def tell(call_id: str, failure: Failure) -> bool:
        done.append((call_id, failure))
        if len(done) == 1:
            raise OSError("the database is away")
        return True

    monkeypatch.setattr(run_listener, "tell_of_failure", tell)
    monkeypatch.setattr(run_listener, "close_old_connections", lambda: None)
    clicks = run_listener.Clicks()
    clicks.hear([NOTHING, began(FAR), ended(FAR, "busy")])
    async with asyncio.timeout(20):
        while len(done) < 2:
            await asyncio.sleep(0.01)
    assert sorted(done) == [(CLICK, Failure.BUSY), (CLICK, Failure.OWN_UNREACHABLE)]
