"""Asterisk's words become ours: recorded streams, lists, and what hostile callers send."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.ami.wire import Framer, Message
from telephony.pbx import events
from telephony.pbx.asterisk_events import is_known, translate
from telephony.pbx.asterisk_fields import LONGEST_NAME
from telephony.pbx.asterisk_ignored import is_wanted
from telephony.pbx.outside import clean

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
NAMES = sorted(path.stem for path in TRANSCRIPTS.glob("*.ami"))


def messages_of(name: str) -> list[Message]:
    framer = Framer(expect_banner=False)
    return framer.feed((TRANSCRIPTS / f"{name}.ami").read_bytes())


def events_of(name: str) -> list[events.PbxEvent]:
    found = (translate(message) for message in messages_of(name))
    return [event for event in found if event is not None]


def message(**headers: str) -> Message:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Message("\r\n".join(lines).encode(), event=headers["Event"])


def caller(**more: str) -> dict[str, str]:
    return {
        "Timestamp": "1795294076.5",
        "Channel": "PJSIP/carrier-00000002",
        "ChannelState": "6",
        "CallerIDNum": "4915112345",
        "CallerIDName": "Erika",
        "ConnectedLineNum": "<unknown>",
        "Uniqueid": "u.1",
        "Linkedid": "l.1",
        **more,
    }


def test_there_are_transcripts() -> None:
    assert len(NAMES) >= 36


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_event_is_known(name: str) -> None:
    unknown = {m.event for m in messages_of(name) if m.event and not is_known(m.event)}
    assert unknown == set()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_understood_would_have_been_dropped_as_noise(name: str) -> None:
    understood = {m.event for m in messages_of(name) if translate(m) is not None}
    assert all(is_wanted(event.encode()) for event in understood)


def test_an_answered_call_in_order() -> None:
    told = [
        type(event)
        for event in events_of("01_queue_answered")
        if not isinstance(event, events.DeviceStateChanged | events.ChannelChanged)
    ]
    expected: list[type[events.Event]] = [
        events.ChannelAppeared,
        events.CallerJoinedQueue,
        events.AgentCalled,
        events.CallerLeftQueue,
        events.AgentConnected,
        events.BridgeEntered,
        events.AgentCompleted,
        events.ChannelHungUp,
    ]
    positions = [told.index(kind) for kind in expected if kind is not events.ChannelHungUp]
    assert positions == sorted(positions)
    assert told[-1] is events.ChannelHungUp


def test_a_caller_joins() -> None:
    event = translate(message(Event="QueueCallerJoin", **caller(Queue="acme-sales", Position="2")))
    assert event == events.CallerJoinedQueue(
        at=1795294076.5,
        channel=events.Channel("u.1", "l.1", "PJSIP/carrier-00000002", "up", "4915112345", "Erika"),
        queue="acme-sales",
        position=2,
    )


def test_a_pause_and_its_end() -> None:
    pauses = [
        e
        for e in events_of("07_agent_login_pause_logout_dynamic")
        if isinstance(e, events.MemberPaused)
    ]
    assert [(e.member.paused, e.member.reason) for e in pauses] == [(True, "lunch"), (False, "")]
    assert pauses[0].member.interface == "PJSIP/acme-103"


def test_lists_after_a_reconnect() -> None:
    found = events_of("17_snapshot_after_reconnect")
    listed = [e for e in found if isinstance(e, events.ChannelListed)]
    assert {(e.queue, bool(e.bridge)) for e in listed if e.channel.context == "from-carrier"} == {
        ("acme-support", True),
        ("acme-support", False),
    }
    assert listed[1].age_seconds == 13
    waiting = [e for e in found if isinstance(e, events.CallerListed)]
    assert [(e.position, e.waited_seconds) for e in waiting] == [(1, 1.0), (2, 1.0)]
    members = [e.member for e in found if isinstance(e, events.MemberListed)]
    assert [(m.name, m.status, m.in_call) for m in members][:2] == [
        ("acme-101", "inuse", True),
        ("acme-102", "unavailable", False),
    ]


def test_transfers_name_the_legs() -> None:
    (attended,) = [
        e
        for e in events_of("05c_attended_transfer_refer_replaces")
        if isinstance(e, events.AttendedTransferred)
    ]
    assert attended.succeeded
    assert attended.transferer == "lab-1795294185.29"
    assert attended.consulting == "lab-1795294187.30"


def test_parking_and_retrieving() -> None:
    found = events_of("06_park_and_retrieve")
    (parked,) = [e for e in found if isinstance(e, events.CallParked)]
    (unparked,) = [e for e in found if isinstance(e, events.CallUnparked)]
    assert (parked.lot, parked.space) == ("acme", "701")
    assert unparked.retriever is not None
    assert unparked.retriever.name.startswith("PJSIP/acme-103")


def test_originated_calls_have_no_caller() -> None:
    first = next(e for e in events_of("04_click_to_call") if isinstance(e, events.DialBegan))
    assert first.caller is None
    assert first.called.uniqueid == "c2c-test-1"


def test_asterisk_stops_and_comes_back() -> None:
    found = events_of("22_asterisk_restart_seen_by_ami")
    assert any(isinstance(e, events.PbxShutDown) and not e.restarting for e in found)
    assert any(isinstance(e, events.PbxBooted) for e in found)


@pytest.mark.parametrize(
    ("sent", "carried"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("محمد", "محمد"),
        ("🎧 Zoë", "🎧 Zoë"),
        ("Bob\x00\x1b[31m", "Bob [31m"),
        ("a\r\nAction: Logoff", "a Action: Logoff"),
        ("\u202etxt.exe\u2066", "txt.exe"),
        ("<unknown>", ""),
    ],
)
def test_callers_names_are_carried_safely(sent: str, carried: str) -> None:
    raw = Message(b"Event: Newchannel\r\nUniqueid: u.1\r\n", event="Newchannel")
    raw._headers = {"Event": "Newchannel", "Uniqueid": "u.1", "CallerIDName": sent}
    event = translate(raw)
    assert isinstance(event, events.ChannelAppeared)
    assert event.channel.caller_name == carried


def test_a_name_of_10_kb_is_cut() -> None:
    event = translate(message(Event="Newchannel", **caller(CallerIDName="x" * 10_240)))
    assert isinstance(event, events.ChannelAppeared)
    assert len(event.channel.caller_name) == LONGEST_NAME
    assert event.channel.caller_name.endswith("…")


def test_what_lacks_its_subject_is_not_understood() -> None:
    assert translate(message(Event="Newchannel", Channel="PJSIP/x-1")) is None
    assert translate(message(Event="QueueMemberPause", Queue="acme-sales")) is None
    assert translate(message(Event="CoreShowChannel", **caller(Duration="soon"))) is None
    assert translate(message(Event="NeverHeardOf")) is None
    assert not is_known("NeverHeardOf")


@pytest.mark.parametrize("nonsense", ["nan", "inf", "1e999", "yesterday", ""])
def test_a_timestamp_is_a_number_or_none(nonsense: str) -> None:
    told = message(Event="Newchannel", **caller(Timestamp=nonsense))
    event = translate(told, received_at=12.5)
    assert event is not None
    assert event.at == 12.5


def test_without_a_timestamp_the_receipt_counts() -> None:
    headers = caller()
    del headers["Timestamp"]
    event = translate(message(Event="Newchannel", **headers), received_at=12.5)
    assert event is not None
    assert event.at == 12.5


@given(st.text())
def test_clean_is_one_bounded_line(text: str) -> None:
    cleaned = clean(text, 40)
    assert len(cleaned) <= 40
    assert not set(cleaned) & {"\r", "\n", "\x00", "\u202e", "\u2028"}


@given(st.binary(max_size=400))
def test_garbage_never_raises(garbage: bytes) -> None:
    for name in ("Newchannel", "QueueMember", "AgentConnect", "CoreShowChannel", "ParkedCall"):
        translate(Message(garbage, event=name))
