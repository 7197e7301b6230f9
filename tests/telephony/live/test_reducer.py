"""What the screens show, event by event, in everything that was recorded of a real Asterisk."""

from __future__ import annotations

import copy
import dataclasses
import random

import pytest

from telephony.live.reducer import decide, decide_all, rebuild, settle
from telephony.live.shapes import FIELDS
from telephony.live.state import Document, apply, public
from telephony.pbx import events
from tests.telephony.live.replay import (
    NAMES,
    SALES,
    SUPPORT,
    acme,
    agent,
    events_of,
    play,
    start,
    states_of,
)

CALL = "call:"


def member(queue: str = "acme-support", number: int = 101, **more: object) -> events.Member:
    fields: dict[str, object] = {
        "queue": queue,
        "name": f"acme-{number}",
        "interface": f"PJSIP/acme-{number}",
        "penalty": 0,
        "paused": False,
        "reason": "",
        "status": "not_inuse",
        "in_call": False,
        "paused_at": None,
        **more,
    }
    return events.Member(**fields)  # type: ignore[arg-type]


# --- properties of every transcript ----------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_when_all_have_hung_up(name: str) -> None:
    directory = acme()
    document = start(directory)
    told = events_of(name)
    for _ in play(document, directory, told):
        pass
    listed = {e.channel.uniqueid for e in told if isinstance(e, events.ChannelListed)}
    appeared = {e.channel.uniqueid for e in told if isinstance(e, events.ChannelAppeared)}
    gone = {e.channel.uniqueid for e in told if isinstance(e, events.ChannelHungUp)}
    alive = (listed | appeared) - gone
    left = {key.removeprefix("_channel:") for key in document if key.startswith("_channel:")}
    assert left <= alive
    assert not left or name == "17_snapshot_after_reconnect"
    if not left:
        assert not [key for key in document if key.startswith(("call:", "_call:", "_legs:"))]
        assert not [key for key in document if key.startswith("_bridge:")] or "snapshot" in name


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_follows_from_the_notes_alone(name: str) -> None:
    """Deriving everything anew changes nothing: no public entity depends on the order of events."""
    directory = acme()
    document = start(directory)
    for event, _ in play(document, directory, events_of(name)):
        assert settle(document, directory, event.at) == ()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent_has_the_agreed_fields(name: str) -> None:
    directory = acme()
    document = start(directory)
    for _ in play(document, directory, events_of(name)):
        for key, entity in public(document).items():
            assert entity.keys() == FIELDS[key.partition(":")[0]]


@pytest.mark.parametrize("name", NAMES)
def test_deciding_changes_nothing_by_itself(name: str) -> None:
    directory = acme()
    document = start(directory)
    for event in events_of(name):
        before = copy.deepcopy(document)
        changes = decide(document, directory, event)
        assert document == before
        apply(document, changes)


@pytest.mark.parametrize("name", ["01_queue_answered", "05d_attended_transfer_ami_atxfer"])
@pytest.mark.parametrize("seed", range(5))
def test_floating_topics_lead_to_the_same_end(name: str, seed: int) -> None:
    """Device and member states come on a topic of their own, before or after the channels'."""
    told = events_of(name)
    floating = (events.DeviceStateChanged, events.MemberChanged)
    channels = [e for e in told if not isinstance(e, floating)]
    others = [e for e in told if isinstance(e, floating)]
    turns = [True] * len(channels) + [False] * len(others)
    random.Random(seed).shuffle(turns)
    mixed = [channels.pop(0) if turn else others.pop(0) for turn in turns]
    directory = acme()
    ends = []
    for sequence in (told, mixed):
        document = start(directory)
        for _ in play(document, directory, sequence):
            pass
        ends.append(timeless(document))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(3))
def test_events_taken_together_lead_to_the_same_end(name: str, seed: int) -> None:
    told = events_of(name)
    directory = acme()
    single = start(directory)
    for _ in play(single, directory, told):
        pass
    together = start(directory)
    cuts = random.Random(seed)
    while told:
        size = cuts.randint(1, 40)
        apply(together, decide_all(together, directory, told[:size]))
        told = told[size:]
    assert timeless(together) == timeless(single)


def timeless(document: Document) -> Document:
    """Without the instants of what came and went unseen."""
    unseen = {"since", "answered_at"}
    return {k: {f: v for f, v in e.items() if f not in unseen} for k, e in document.items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_event_is_idempotent(name: str) -> None:
    """The facts told while a snapshot is taken may be in it already, and are told again."""
    directory = acme()
    document = start(directory)
    for event, _ in play(document, directory, events_of(name)):
        assert decide(document, directory, event) == (), event


# --- scenes ----------------------------------------------------------------------------------
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


def test_waiting_callers_by_priority_and_time() -> None:
    directory = acme()
    document = start(directory)
    for event, _ in play(document, directory, events_of("18_two_callers_wait_positions")):
        if isinstance(event, events.CallerListed) and event.priority == 10:
            break
    waiting = [entity for key, entity in document.items() if key.startswith(CALL)]
    waiting.sort(key=lambda call: (-call["priority"], call["joined_at"]))
    assert [call["caller"]["number"] for call in waiting] == ["4915199999", "4915112345"]


# --- agents' states --------------------------------------------------------------------------
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


# --- company data ----------------------------------------------------------------------------
def test_company_data_that_changed() -> None:
    before = acme()
    document = start(before)
    for event, _ in play(document, before, events_of("01_queue_answered")):
        if isinstance(event, events.AgentConnected):
            break
    renamed = acme(agents=(agent(102), agent(7, name="Zoë", interfaces=("PJSIP/acme-101",))))
    apply(document, settle(document, renamed, event.at))
    assert "agent:101" not in document
    assert document["agent:7"]["state"] == "in_call"
    (call,) = [entity for key, entity in document.items() if key.startswith(CALL)]
    assert call["agents"] == [7]


def test_events_about_others_change_nothing() -> None:
    directory = acme()
    document = start(directory)
    stranger = member(number=999, queue="acme-support", name="nobody")
    for event in (
        events.MemberAdded(1.0, stranger),
        events.DeviceStateChanged(1.0, "PJSIP/globex-101", "inuse"),
        events.PbxBooted(1.0),
        events.ContactChanged(1.0, "acme-101", "sip:x", "reachable"),
    ):
        assert decide(document, directory, event) == ()


# --- after a reconnect -----------------------------------------------------------------------
def test_a_snapshot_gives_what_the_events_gave() -> None:
    """Recorded calls go on while the lists are taken: both ways lead to one state."""
    told = events_of("17_snapshot_after_reconnect")
    first = next(n for n, e in enumerate(told) if isinstance(e, events.ChannelListed))
    directory = acme()
    document = start(directory)
    for _ in play(document, directory, told[:first]):
        pass
    lists = [e for e in told[first:] if type(e).__name__.endswith("Listed")]
    lists += [e for e in told[first:] if isinstance(e, events.DeviceStateChanged)]
    fresh = rebuild(document, directory, lists, told[-1].at)
    waits = {key: entity["priority"] for key, entity in document.items() if key.startswith(CALL)}
    shown, kept = public(document), public(fresh)
    assert set(waits) == {key for key in fresh if key.startswith(CALL)}
    for key, entity in shown.items():
        if key.startswith(CALL):
            assert kept[key] == entity
    assert kept["agent:101"] == shown["agent:101"]


def test_a_snapshot_from_nothing_finds_callers_and_talkers() -> None:
    told = events_of("17_snapshot_after_reconnect")
    lists = [e for e in told if type(e).__name__.endswith("Listed")]
    lists += [e for e in told if isinstance(e, events.DeviceStateChanged)]
    fresh = rebuild({}, acme(), lists, told[-1].at)
    calls = {e["caller"]["number"]: e for k, e in fresh.items() if k.startswith(CALL)}
    assert {number: call["state"] for number, call in calls.items()} == {
        "4915112345": "talking",
        "4915199999": "waiting",
        "4915188888": "waiting",
    }
    assert calls["4915112345"]["agents"] == [101]
    assert calls["4915112345"]["queue"] == "acme-support"
    assert fresh["agent:101"]["state"] == "in_call"
    assert fresh["agent:102"]["state"] == "unreachable"


def test_what_the_pbx_no_longer_knows_is_gone_after_a_snapshot() -> None:
    directory = acme()
    document = start(directory)
    for event, _ in play(document, directory, events_of("01_queue_answered")):
        if isinstance(event, events.AgentConnected):
            break
    fresh = rebuild(document, directory, [], event.at)
    assert not [key for key in fresh if key.startswith(CALL)]
    assert fresh["agent:101"]["state"] == "logged_out"


def test_numbers_are_shown_as_the_tenants_people_read_them() -> None:
    directory = dataclasses.replace(acme(), country="EE")
    document = start(directory)
    seen = {}
    for _ in play(document, directory, events_of("01_queue_answered")):
        seen.update({key: e["shown"] for key, e in document.items() if key.startswith(CALL)})
    assert list(seen.values()) == [{"caller": "+49 15112345", "dialled": "+44 20700001"}]
