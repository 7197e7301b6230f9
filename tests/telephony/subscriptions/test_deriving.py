"""Recorded calls of a real Asterisk as facts for other programs."""

from __future__ import annotations

import itertools

import pytest

from telephony.live.reducer import decide
from telephony.live.state import Document, Drop, Put, apply
from telephony.subscriptions import vocabulary
from telephony.subscriptions.deriving import events_of, remember
from telephony.subscriptions.vocabulary import OutEvent
from telephony.subscriptions.wire import to_json
from tests.telephony.live.replay import NAMES, SUPPORT, acme, start
from tests.telephony.live.replay import events_of as recorded


def told(name: str) -> list[OutEvent]:
    directory = acme()
    document = start(directory)
    met: dict[str, tuple[int, ...]] = {}
    found: list[OutEvent] = []
    for event in recorded(name):
        changes = decide(document, directory, event)
        found += events_of(document, changes, directory, event.at, pbx="pbx1", met=met)
        remember(met, changes)
        apply(document, changes)
    return found


def words(name: str, *, besides: str = "call.named") -> list[str]:
    return [
        event.type.removeprefix("call.")
        for event in told(name)
        if event.type.startswith("call.") and event.type != besides
    ]


@pytest.mark.parametrize(
    ("name", "story"),
    [
        ("01_queue_answered", "arrived queued ringing answered ended"),
        ("02_queue_abandoned", "arrived queued missed ended"),
        ("02b_queue_abandoned_while_agent_rings",
         "arrived queued ringing ringing_ended missed ended"),
        ("03_ring_no_answer_then_second",
         "arrived queued ringing ringing_ended ringing answered ended"),
        ("05b_blind_transfer_refer", "arrived queued ringing answered ringing transferred ended"),
        ("05f_hold_unhold_reinvite", "arrived queued ringing answered held resumed ended"),
        ("14_outbound_call_group_callerid", "placed answered ended"),
    ],
)  # fmt: skip
def test_a_call_is_told_in_the_order_in_which_it_happened(name: str, story: str) -> None:
    assert " ".join(words(name)) == story


def test_a_transfer_says_from_whom_to_whom() -> None:
    for name in ("05b_blind_transfer_refer", "05c_attended_transfer_refer_replaces"):
        (transfer,) = (event for event in told(name) if event.type == vocabulary.TRANSFERRED)
        assert [one["id"] for one in transfer.data["before"]] == [101], name
        assert [one["id"] for one in transfer.data["agents"]] == [103], name
        assert set(transfer.user_ids) >= {1101, 1103}


def test_a_consultation_given_up_is_no_transfer() -> None:
    story = words("05e_attended_transfer_cancelled_ami")
    assert "transferred" not in story
    assert story[-2:] == ["left", "ended"]


def test_who_was_rung_in_vain_hears_of_the_end() -> None:
    events = told("02b_queue_abandoned_while_agent_rings")
    (missed,) = (event for event in events if event.type == vocabulary.MISSED)
    assert missed.user_ids == (1101,)
    assert missed.group_ids == (SUPPORT,)
    assert missed.numbers == ("+4420700001",)
    assert missed.data["answered"] is False


def test_every_call_that_came_has_one_end() -> None:
    for name in NAMES:
        events = [event for event in told(name) if event.call and event.type.startswith("call.")]
        began = [e.call for e in events if e.type in {vocabulary.ARRIVED, vocabulary.PLACED}]
        ended = [e.call for e in events if e.type == vocabulary.ENDED]
        assert len(began) == len(set(began)), name
        assert len(ended) == len(set(ended)), name
        assert set(ended) <= set(began), name
        if name != "17_snapshot_after_reconnect":
            assert set(ended) == set(began), name


def test_every_event_is_json_of_a_known_type() -> None:
    for name in NAMES:
        for event in told(name):
            assert event.type in vocabulary.TYPES
            to_json(event.data)


def test_a_name_that_comes_late_is_told() -> None:
    directory = acme()
    document: Document = {}
    call = next(event for event in told("01_queue_answered") if event.type == vocabulary.QUEUED)
    assert call.data["call"]["caller"]["number"]
    entity = {
        "direction": "in", "state": "waiting", "caller": {"number": "+447700900123", "name": ""},
        "dialled": "+4420700001", "queue": "acme-support", "group_id": SUPPORT, "started_at": 1.0,
        "joined_at": 2.0, "answered_at": None, "ringing": [], "agents": [], "priority": 0,
        "parked": None,
    }  # fmt: skip
    before: Document = {"call:1": entity}
    named = {**entity, "caller": {"number": "+447700900123", "name": "Mary"}}
    (event,) = events_of(before, [Put("call:1", named)], directory, 3.0)
    assert event.type == vocabulary.NAMED
    assert event.data["call"]["caller"]["name"] == "Mary"
    assert document == {}
    types = [e.type for e in events_of(before, [Drop("call:1")], directory, 9.5)]
    assert types == [vocabulary.MISSED, vocabulary.ENDED]


def test_a_call_first_seen_late_is_told_from_its_beginning() -> None:
    entity = {
        "direction": "in", "state": "talking", "caller": {"number": "+447700900123", "name": ""},
        "dialled": "+4420700001", "queue": "acme-support", "group_id": SUPPORT, "started_at": 1.0,
        "joined_at": 2.0, "answered_at": 3.0, "ringing": [], "agents": [101], "priority": 0,
        "parked": None,
    }  # fmt: skip
    types = [e.type for e in events_of({}, [Put("call:1", entity)], acme(), 4.0)]
    assert types == [vocabulary.ARRIVED, vocabulary.ANSWERED]


def test_an_agents_state_is_told_once_for_each_change() -> None:
    events = [e for e in told("01_queue_answered") if e.type == vocabulary.AGENT_STATE]
    states = [e.data["state"] for e in events if e.agent_ids == (101,)]
    assert all(one != other for one, other in itertools.pairwise(states))
    assert "ringing" in states
    assert "in_call" in states
