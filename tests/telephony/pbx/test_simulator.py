"""The simulated PBX says what a real Asterisk 22 said: same events, same order in each topic."""

from __future__ import annotations

from collections import Counter

import pytest

from telephony.ami.wire import Framer
from telephony.pbx.simulator.company import Decision
from telephony.pbx.simulator.members import NotChanged
from telephony.pbx.simulator.reactions import Answers, Ignores, Rejects
from telephony.pbx.simulator.scripts import InventedPeople, Traffic
from telephony.pbx.simulator.switchboard import Switchboard
from tests.telephony.pbx.simulated import OPEN, TRANSCRIPTS, Lab, Topics, recorded

AT_ONCE = Answers(0.2)


def same(lab: Lab, transcript: str, *, leave_out: tuple[str, ...] = ()) -> None:
    """The registration at a transcript's start tells each member's status once: left out."""
    theirs, ours = recorded(transcript), lab.topics
    for topic, steps in list(theirs.items()):
        if topic.startswith("member") and steps[:1] == [("QueueMemberStatus", "1", "0")]:
            theirs[topic] = steps[1:]

    def kept(topics: Topics) -> Topics:
        return {
            name: steps
            for name, steps in topics.items()
            if steps and not (leave_out and name.startswith(leave_out))
        }

    assert kept(ours) == kept(theirs)


def test_answered_and_the_caller_hangs_up() -> None:
    lab = Lab("acme-101", "acme-102", otherwise=AT_ONCE)
    lab.call(talks_seconds=3.0)
    lab.time.run(60)
    same(lab, "01_queue_answered")


def test_answered_and_the_agent_hangs_up() -> None:
    lab = Lab("acme-101", otherwise=Answers(0.2, talks_seconds=2.0))
    lab.call()
    lab.time.run(60)
    same(lab, "01b_queue_answered_agent_hangs_up")


def test_abandoned_while_nobody_is_there() -> None:
    lab = Lab()
    lab.call(patience_seconds=3.0)
    lab.time.run(60)
    same(lab, "02_queue_abandoned")


def test_abandoned_while_the_phone_rings() -> None:
    lab = Lab("acme-101", otherwise=Ignores())
    lab.call(patience_seconds=1.5)
    lab.time.run(60)
    same(lab, "02b_queue_abandoned_while_agent_rings")


def test_the_longest_wait_is_reached() -> None:
    lab = Lab()
    lab.call(Decision("open", "acme", "acme-support", "", 5.5, 4))
    lab.time.run(60)
    same(lab, "02c_queue_timeout_nobody_answers")


def test_closed() -> None:
    lab = Lab()
    lab.call(Decision("closed", "acme"))
    lab.time.run(60)
    same(lab, "02d_closed_announcement")


def test_no_answer_then_the_second_agent() -> None:
    lab = Lab("acme-101", "acme-102", otherwise=AT_ONCE, planned={"acme-101": [Ignores()]})
    lab.call(talks_seconds=2.0)
    lab.time.run(60)
    same(lab, "03_ring_no_answer_then_second")


def test_rejected_then_the_second_agent() -> None:
    lab = Lab("acme-101", "acme-102", otherwise=AT_ONCE, planned={"acme-101": [Rejects(1.0)]})
    lab.call(talks_seconds=2.0)
    lab.time.run(60)
    same(lab, "03b_agent_rejects_then_second")


def click_to_call(lab: Lab, rings: float = 20.0) -> None:
    def responded(succeeded: bool, leg: object) -> None:
        word, reason = ("Success", "4") if succeeded else ("Failure", "3")
        lab.exchange.emit("OriginateResponse", [("Response", word), ("Reason", reason)])

    lab.board.originate(
        "acme-101",
        uniqueid="c2c-1",
        shown=("4930998877", "Call 4930998877"),
        rings=rings,
        answered=lambda leg: lab.board.dialling.dial(leg, "4930998877", context="click2call"),
        responded=responded,
        outgoing_number="+4420700001",
    )
    lab.time.run(60)


def test_click_to_call() -> None:
    lab = Lab("acme-101", otherwise=AT_ONCE, planned={"carrier": [Answers(0.2, talks_seconds=2.0)]})
    click_to_call(lab)
    same(lab, "04_click_to_call")


def test_click_to_call_to_somebody_busy() -> None:
    lab = Lab("acme-101", otherwise=AT_ONCE, planned={"carrier": [Rejects(0.5)]})
    click_to_call(lab)
    same(lab, "04b_click_to_call_busy_destination")


def test_click_to_call_from_an_empty_desk() -> None:
    lab = Lab("acme-101", otherwise=Ignores())
    click_to_call(lab, rings=3.0)
    same(
        lab,
        "04c_click_to_call_agent_does_not_answer",
    )


def answered_call(*members: str) -> Lab:
    lab = Lab(*members, otherwise=AT_ONCE)
    lab.call()
    lab.time.run(7)
    return lab


def test_blind_transfer() -> None:
    lab = answered_call("acme-101")
    caller = lab.leg("carrier")
    lab.board.transfer_blind(lab.leg("acme-101"), "agents", "103")
    lab.time.run(2)
    lab.board.hang_up(caller)
    same(lab, "05a_blind_transfer_ami", leave_out=("hold",))


def test_hold_and_back() -> None:
    lab = answered_call("acme-101")
    lab.board.hold(lab.leg("acme-101"), held=True)
    lab.time.run(2)
    lab.board.hold(lab.leg("acme-101"), held=False)
    lab.time.run(1)
    lab.board.hang_up(lab.leg("carrier"))
    same(lab, "05f_hold_unhold_reinvite")


def test_park_and_retrieve() -> None:
    lab = answered_call("acme-101")
    space = lab.board.park(lab.leg("carrier"), lab.leg("acme-101"), "acme", 60)
    lab.time.run(2)
    lab.board.hang_up(lab.leg("acme-101"))
    lab.board.call_from("acme-103", space)
    lab.time.run(2)
    lab.board.hang_up(lab.leg("acme-103"))
    same(lab, "06_park_and_retrieve")


def test_internal_call() -> None:
    lab = Lab("acme-101", otherwise=AT_ONCE)
    lab.board.call_from("acme-101", "103", talks_seconds=1.0)
    lab.time.run(30)
    same(lab, "13_internal_call_extension_to_extension")


def test_outgoing_call() -> None:
    lab = Lab("acme-101", otherwise=AT_ONCE)
    lab.board.call_from("acme-101", "+4930998877", talks_seconds=1.0)
    lab.time.run(30)
    same(lab, "14_outbound_call_group_callerid")


def test_redirected_by_the_supervisor_and_then_hung_up() -> None:
    lab = answered_call("acme-101")
    caller = lab.leg("carrier")
    lab.board.redirect(caller, "agents", "103")
    lab.time.run(2)
    lab.board.hang_up(caller, by_himself=False)
    same(lab, "19_supervisor_hangup_and_redirect")


def spying(topics: Topics) -> list[tuple[str, ...]]:
    return topics["spying"]


def test_listening_in_three_times() -> None:
    lab = answered_call("acme-101")
    for mode in ("listen", "whisper", "barge"):
        lab.board.originate(
            "acme-105",
            uniqueid=mode,
            shown=("101", f"{mode} 101"),
            rings=10,
            answered=lambda leg: lab.board.listen(leg, lab.leg("acme-101").name),
            responded=lambda _succeeded, _leg: None,
        )
        lab.time.run(2)
        lab.board.hang_up(lab.leg("acme-105"))
    assert spying(lab.topics) == spying(recorded("09_chanspy_listen_whisper_barge"))


def test_login_pause_penalty_and_logout_are_told() -> None:
    lab = Lab()
    members = lab.board.members
    members.add("acme-sales", "PJSIP/acme-103", "Agent 103", 1)
    members.pause("acme-sales", "PJSIP/acme-103", paused=True, reason="lunch")
    members.pause("acme-sales", "PJSIP/acme-103", paused=False)
    members.set_penalty("acme-sales", "PJSIP/acme-103", 5)
    members.remove("acme-sales", "PJSIP/acme-103")
    told = [m for m in lab.messages if m.event.startswith("QueueMember")]
    assert [(m.event, m["Paused"], m["PausedReason"], m["Penalty"]) for m in told] == [
        ("QueueMemberAdded", "0", "", "1"),
        ("QueueMemberPause", "1", "lunch", "1"),
        ("QueueMemberPause", "0", "", "1"),
        ("QueueMemberPenalty", "0", "", "5"),
        ("QueueMemberRemoved", "0", "", "5"),
    ]
    with pytest.raises(NotChanged, match="Not there"):
        members.remove("acme-sales", "PJSIP/acme-103")
    with pytest.raises(NotChanged, match="No such queue"):
        members.add("nowhere", "PJSIP/acme-103", "x")


def test_a_paused_member_is_not_rung_and_takes_the_caller_when_back() -> None:
    lab = Lab("acme-101", otherwise=AT_ONCE)
    lab.board.members.pause("", "PJSIP/acme-101", paused=True, reason="lunch")
    lab.call(OPEN)
    lab.time.run(20)
    assert not any(m.event == "AgentCalled" for m in lab.messages)
    lab.board.members.pause("", "PJSIP/acme-101", paused=False)
    lab.time.run(2)
    assert any(m.event == "AgentConnect" for m in lab.messages)


def test_everybody_rings_and_one_answers() -> None:
    lab = Lab(otherwise=Answers(3.0), planned={"acme-102": [AT_ONCE]})
    for number in (101, 102, 103):
        lab.board.members.add("acme-sales", f"PJSIP/acme-{number}", f"acme-{number}")
    lab.call(Decision("open", "acme", "acme-sales"), talks_seconds=1.0)
    lab.time.run(30)
    queue = [(step[0], step[3]) for step in lab.topics["queue"]]
    assert queue.count(("AgentConnect", "PJSIP/acme-102")) == 1
    assert [event for event, _ in queue].count("AgentCalled") == 3
    assert lab.topics["life of PJSIP/acme-101#1"][-1] == ("Hangup", "", "26")
    assert lab.exchange.channels == {}
    assert lab.exchange.bridges == []


def test_the_same_script_gives_the_same_events_to_the_letter() -> None:
    streams = []
    for _ in range(2):
        lab = Lab("acme-101", "acme-102", otherwise=AT_ONCE)
        lab.call(talks_seconds=3.0)
        lab.call(patience_seconds=1.0)
        lab.time.run(60)
        streams.append([message.raw for message in lab.messages])
    assert streams[0] == streams[1]


def test_headers_are_those_of_asterisk() -> None:
    """Every event of an answered call has exactly the recorded headers, in their order."""
    raw = (TRANSCRIPTS / "01_queue_answered.ami").read_bytes()
    theirs = {m.event: list(m) for m in Framer(expect_banner=False).feed(raw)}
    lab = Lab("acme-101", otherwise=AT_ONCE)
    lab.call(talks_seconds=3.0)
    lab.time.run(60)
    ours = {m.event: list(m) for m in lab.messages}
    registration = {"PeerStatus", "ContactStatus"}
    assert {name: ours.get(name) for name in theirs.keys() - registration} == {
        name: headers for name, headers in theirs.items() if name not in registration
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_a_long_day_every_join_has_one_end_and_nothing_is_left_behind(seed: int) -> None:
    lab = Lab("acme-101", "acme-102", "acme-103")
    lab.board = Switchboard(lab.exchange, InventedPeople(seed))
    for number in (101, 102, 103):
        lab.board.members.add("acme-support", f"PJSIP/acme-{number}", f"acme-a{number}")
    traffic = Traffic(seed, 4.0)
    for turn in range(300):
        lab.time.run(traffic.wait())
        lab.board.arrive("4420700001", traffic.caller(), OPEN)
        if turn % 10 == 0:
            legs = list(lab.exchange.channels.values())
            lab.board.hang_up(legs[turn % len(legs)], by_himself=turn % 20 == 0)
    lab.time.run(4000)
    names = Counter(message.event for message in lab.messages)
    assert names["QueueCallerJoin"] == names["AgentConnect"] + names["QueueCallerAbandon"]
    assert names["QueueCallerJoin"] == names["QueueCallerLeave"]
    assert names["AgentConnect"] == names["AgentComplete"] > 50
    assert names["Newchannel"] == names["Hangup"]
    assert names["BridgeEnter"] == names["BridgeLeave"]
    assert lab.exchange.channels == {}
    assert lab.exchange.bridges == []
