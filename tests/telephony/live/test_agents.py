"""Agents' states as the screens show them."""

from __future__ import annotations

from telephony.live.reducer import decide
from telephony.live.state import apply
from telephony.pbx import events
from tests.telephony.live.replay import (
    SALES,
    acme,
    agent,
    events_of,
    member,
    play,
    start,
    states_of,
)


def test_login_pause_and_logout() -> None:
    directory = acme(agents=(agent(103, member_name="Agent 103"),))
    name = "07_agent_login_pause_logout_dynamic"
    assert states_of(name, "agent:103", directory=directory)[-4:] == [
        "available",
        "paused",
        "available",
        "logged_out",
    ]
    assert "lunch" in states_of(name, "agent:103", "reason", directory)
    assert [SALES] in states_of(name, "agent:103", "groups", directory)
    assert {"acme-sales": {"penalty": 5, "paused": False}} in states_of(
        name, "agent:103", "queues", directory
    )


def test_pause_counts_only_when_it_stands_in_every_queue() -> None:
    directory = acme()
    document = start(directory)
    told: list[events.PbxEvent] = [
        events.DeviceStateChanged(1.0, "PJSIP/acme-101", "not_inuse"),
        events.MemberAdded(2.0, member("acme-support")),
        events.MemberAdded(2.0, member("acme-sales")),
        events.MemberPaused(3.0, member("acme-support", paused=True, reason="lunch")),
    ]
    for _ in play(document, directory, told):
        pass
    assert document["agent:101"]["state"] == "available"
    paused = events.MemberPaused(4.0, member("acme-sales", paused=True, reason="lunch"))
    apply(document, decide(document, directory, paused))
    shown = document["agent:101"]
    assert (shown["state"], shown["reason"], shown["since"]) == ("paused", "lunch", 4.0)


def test_a_phone_that_is_gone_makes_unreachable_but_never_hides_a_call() -> None:
    directory = acme()
    document = start(directory)
    for event, _ in play(document, directory, events_of("01_queue_answered")):
        if isinstance(event, events.AgentConnected):
            break
    gone = events.DeviceStateChanged(event.at, "PJSIP/acme-101", "unavailable")
    apply(document, decide(document, directory, gone))
    assert document["agent:101"]["state"] == "in_call"
    assert not document["agent:101"]["reachable"]
    assert isinstance(event, events.AgentConnected)
    assert event.leg is not None
    hung_up = events.ChannelHungUp(event.at + 1, event.leg, 16)
    apply(document, decide(document, directory, hung_up))
    assert document["agent:101"]["state"] == "unreachable"


def test_a_phone_that_nobody_has_heard_of_is_not_reachable() -> None:
    document = start(acme())
    assert document["agent:101"]["state"] == "logged_out"
    assert not document["agent:101"]["reachable"]


def test_a_state_lasts_since_it_began() -> None:
    directory = acme()
    document = start(directory)
    for at, penalty in ((5.0, 0), (9.0, 3)):
        apply(
            document, decide(document, directory, events.MemberAdded(at, member(penalty=penalty)))
        )
    assert document["agent:101"]["since"] == 5.0
