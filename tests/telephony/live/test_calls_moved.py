"""Calls that go elsewhere: transferred, held, parked, picked up."""

from __future__ import annotations

import pytest

from telephony.live.reducer import decide
from telephony.live.state import apply
from telephony.live.streams import streams_of, user_stream
from telephony.pbx import events
from tests.telephony.live.replay import CALL, acme, events_of, play, start, states_of


def test_a_blind_transfer() -> None:
    assert states_of("05a_blind_transfer_ami", CALL, "agents") == [[], [101], [], [103], "gone"]


def test_an_attended_transfer_by_the_phone() -> None:
    directory = acme()
    document = start(directory)
    talked: list[list[int]] = []
    for _ in play(document, directory, events_of("05c_attended_transfer_refer_replaces")):
        call = document.get("call:lab-1795294180.28")
        if call is not None and (not talked or talked[-1] != call["agents"]):
            talked.append(call["agents"])
    assert talked == [[], [101], [101, 103], [103], []]
    assert "on_hold" in states_of("05c_attended_transfer_refer_replaces", "call:lab-1795294180.28")


@pytest.mark.parametrize(
    ("name", "last"),
    [("05d_attended_transfer_ami_atxfer", [103]), ("05e_attended_transfer_cancelled_ami", [101])],
)
def test_an_attended_transfer_through_local_channels(name: str, last: list[int]) -> None:
    talked = [agents for agents in states_of(name, CALL, "agents") if agents not in ([], "gone")]
    assert [101, 103] in talked
    assert talked[-1] == last
    states = states_of(name, CALL)
    assert states.index("on_hold") > states.index("talking")


def test_hold_and_unhold() -> None:
    assert states_of("05f_hold_unhold_reinvite", CALL)[2:5] == ["talking", "on_hold", "talking"]


def test_parking() -> None:
    states = states_of("06_park_and_retrieve", "call:lab-1795294229.44")
    assert states[2:4] == ["talking", "parked"]
    assert "talking" in states[4:]
    agents = states_of("06_park_and_retrieve", "call:lab-1795294229.44", "agents")
    assert agents[-3:] == [[103], [], "gone"]


def test_a_picked_up_call_is_the_one_of_who_picked_it_up() -> None:
    name = "21_pickup_of_ringing_call"
    agents = states_of(name, "call:lab-1795294351.77", "agents")
    assert agents == [[], [103], [], "gone"]
    assert states_of(name, "call:lab-1795294351.77", "queue")[-2:] == ["acme-support", "gone"]
    assert states_of(name, "agent:101")[-2:] == ["ringing", "available"]


def test_a_parked_caller_has_a_place_a_parker_and_a_clock() -> None:
    name, key = "06_park_and_retrieve", "call:lab-1795294229.44"
    told = next(e for e in events_of(name) if isinstance(e, events.CallParked))
    assert states_of(name, key, "parked") == [
        None,
        {"place": "701", "by": 101, "by_name": "Agent 101", "since": told.at},
        None,
        "gone",
    ]


def test_a_parked_call_goes_to_who_parked_it_in_full() -> None:
    directory = acme()
    document = start(directory)
    for event, _ in play(document, directory, events_of("06_park_and_retrieve")):
        if isinstance(event, events.CallParked):
            break
    key, call = next((key, one) for key, one in document.items() if key.startswith(CALL))
    assert user_stream(1101) in streams_of(key, call, directory)
    assert user_stream(1103) not in streams_of(key, call, directory)


def test_a_listed_parked_caller_is_parked_since_he_was() -> None:
    directory = acme()
    document = start(directory)
    told = events_of("06_park_and_retrieve")
    parked = next(e for e in told if isinstance(e, events.CallParked))
    for _ in play(document, directory, told[: told.index(parked)]):
        pass
    listed = events.ParkedCallListed(
        parked.at + 30, parked.channel, "acme", "71", 60, parked.parker, parked_seconds=30
    )
    apply(document, decide(document, directory, listed))
    found = [e["parked"] for k, e in document.items() if k.startswith(CALL) and e["parked"]]
    assert [one["since"] for one in found] == [parked.at]
