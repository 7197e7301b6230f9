"""Calls as the screens show them, event by event, in recorded streams."""

from __future__ import annotations

import dataclasses

import pytest

from telephony.live.reducer import decide
from telephony.live.state import apply
from telephony.pbx import events
from tests.telephony.live.replay import (
    CALL,
    SUPPORT,
    acme,
    events_of,
    play,
    start,
    states_of,
)


def test_a_call_through_a_queue() -> None:
    assert states_of("01_queue_answered", CALL) == [
        "arriving",
        "waiting",
        "talking",
        "arriving",
        "gone",
    ]
    assert states_of("01_queue_answered", "agent:101")[-4:] == [
        "available",
        "ringing",
        "in_call",
        "available",
    ]


def test_the_agent_knows_who_rings_before_answering() -> None:
    directory = acme()
    document = start(directory)
    for event, _ in play(document, directory, events_of("01_queue_answered")):
        if isinstance(event, events.AgentCalled):
            break
    ringing = document["agent:101"]
    call = document[ringing["call"]]
    assert ringing["state"] == "ringing"
    assert call["state"] == "waiting"  # the caller still waits, while phones ring
    assert call["ringing"] == [101]
    assert call["caller"] == {"number": "4915112345", "name": "Erika Mustermann"}
    assert (call["queue"], call["group_id"]) == ("acme-support", SUPPORT)
    assert call["dialled"] == "4420700001"
    assert call["joined_at"] == pytest.approx(1795294081.656, abs=0.01)


def test_an_abandoned_call() -> None:
    assert states_of("02_queue_abandoned", CALL) == ["arriving", "waiting", "arriving", "gone"]


def test_giving_up_while_a_phone_rings() -> None:
    assert states_of("02b_queue_abandoned_while_agent_rings", "agent:101")[-3:] == [
        "available",
        "ringing",
        "available",
    ]


@pytest.mark.parametrize("name", ["03_ring_no_answer_then_second", "03b_agent_rejects_then_second"])
def test_the_second_agent_answers(name: str) -> None:
    assert states_of(name, CALL, "ringing") == [[], [101], [], [102], [], "gone"]
    assert states_of(name, CALL, "agents")[:2] == [[], [102]]
    assert states_of(name, CALL)[:3] == ["arriving", "waiting", "talking"]


def test_click_to_call() -> None:
    assert states_of("04_click_to_call", CALL, "direction")[-2:] == ["out", "gone"]
    assert states_of("04_click_to_call", CALL, "dialled") == ["", "4930998877", "gone"]
    assert "talking" in states_of("04_click_to_call", CALL)
    assert states_of("04_click_to_call", CALL, "caller")[0] == {
        "number": "101",
        "name": "Agent 101",
    }
    assert states_of("04c_click_to_call_agent_does_not_answer", "agent:101")[-2:] == [
        "ringing",
        "available",
    ]


def test_an_outgoing_and_an_internal_call_occupy_the_agent() -> None:
    assert states_of("14_outbound_call_group_callerid", CALL, "direction") == ["out", "gone"]
    assert states_of("14_outbound_call_group_callerid", CALL)[:3] == [
        "arriving",
        "ringing",
        "talking",
    ]
    internal = "13_internal_call_extension_to_extension"
    assert states_of(internal, CALL, "direction") == ["internal", "gone"]
    assert states_of(internal, "agent:101")[-2:] == ["in_call", "available"]
    assert states_of(internal, "agent:103")[-3:] == ["ringing", "in_call", "logged_out"]


def test_waiting_callers_by_priority_and_time() -> None:
    directory = acme()
    document = start(directory)
    for event, _ in play(document, directory, events_of("18_two_callers_wait_positions")):
        if isinstance(event, events.CallerListed) and event.priority == 10:
            break
    waiting = [entity for key, entity in document.items() if key.startswith(CALL)]
    waiting.sort(key=lambda call: (-call["priority"], call["joined_at"]))
    assert [call["caller"]["number"] for call in waiting] == ["4915199999", "4915112345"]


def test_numbers_are_shown_as_the_tenants_people_read_them() -> None:
    directory = dataclasses.replace(acme(), country="EE")
    document = start(directory)
    seen = {}
    for _ in play(document, directory, events_of("01_queue_answered")):
        seen.update({key: e["shown"] for key, e in document.items() if key.startswith(CALL)})
    assert list(seen.values()) == [
        {"caller": "+49 15112345", "dialled": "+44 20700001", "dialled_name": ""}
    ]


def called_from(extension: str, dialled: str) -> dict[str, object]:
    """What the screens show of a call that a colleague's phone makes."""
    directory = dataclasses.replace(acme(), country="GB")
    document = start(directory)
    channel = events.Channel(
        "lab-1.1", "lab-1.1", f"PJSIP/acme-{extension}-00000001", "ring", extension, "", "", "",
        "acme", "agents-gb", dialled,
    )  # fmt: skip
    apply(document, decide(document, directory, events.ChannelAppeared(1.0, channel)))
    found: dict[str, object] = document["call:lab-1.1"]
    return found


@pytest.mark.parametrize(
    ("dialled", "direction", "name"),
    [
        ("102", "internal", "Agent 102"),
        ("199", "internal", ""),
        ("442070000199", "out", ""),
        ("+4420700001", "internal", "Support"),
        ("004420700001", "internal", "Support"),
        ("", "internal", ""),
    ],
)
def test_a_call_inside_the_company_shows_whom_it_is_to(
    dialled: str, direction: str, name: str
) -> None:
    call = called_from("101", dialled)
    assert call["direction"] == direction
    assert call["shown"]["dialled_name"] == name  # type: ignore[index]
