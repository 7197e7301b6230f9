"""One AMI session without a socket: every message byte by byte, every clock by hand."""

import pytest

from telephony.ami.actions import Action, ForbiddenCharacter
from telephony.ami.session import Answered, LinkState, NotSent, Session, Unanswered
from telephony.ami.wire import Message

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def open_session(**options: object) -> Session:
    session = Session(user="helin", secret="s3cret", now=0.0, **options)  # type: ignore[arg-type]
    feed(session, BANNER, 0.1)
    assert state(session) is LinkState.LOGGING_IN
    session.take_bytes()
    feed(
        session,
        b"Response: Success\r\nActionID: helin-1\r\nMessage: Authentication accepted\r\n\r\n",
    )
    assert state(session) is LinkState.OPEN
    return session


def state(session: Session) -> LinkState:
    return session.state


def feed(session: Session, data: bytes, now: float = 0.2) -> list[Message]:
    """Byte by byte, as h11's tests do: no rule may depend on where TCP cut."""
    return [message for byte in data for message in session.received(bytes([byte]), now)]


def test_it_logs_in_after_the_banner_and_not_before() -> None:
    session = Session(user="helin", secret="s3cret", now=0.0, events=False)
    assert session.take_bytes() == b""
    with pytest.raises(NotSent):
        session.ask(Action("Ping"), 0.0)
    feed(session, BANNER)
    assert session.take_bytes() == (
        b"Action: Login\r\nActionID: helin-1\r\nUsername: helin\r\nSecret: s3cret\r\nEvents: off\r\n\r\n"
    )
    with pytest.raises(NotSent):
        session.ask(Action("Ping"), 0.0)


def test_a_refused_login_closes_it_with_asterisks_words() -> None:
    session = Session(user="helin", secret="wrong", now=0.0)
    feed(session, BANNER)
    feed(session, b"Response: Error\r\nActionID: helin-1\r\nMessage: Authentication failed\r\n\r\n")
    assert state(session) is LinkState.CLOSED
    assert session.login_refused
    assert session.why_closed == "Authentication failed"


def test_a_secret_that_cannot_be_sent_is_refused_without_being_told() -> None:
    session = Session(user="helin", secret="a\r\nAction: Reload", now=0.0)
    feed(session, BANNER)
    assert session.take_bytes() == b""
    assert session.login_refused
    assert "Reload" not in session.why_closed


def test_a_login_that_is_not_answered_ends() -> None:
    session = Session(user="helin", secret="x", now=0.0, login_within=4.0)
    session.tick(3.9)
    assert state(session) is LinkState.OPENING
    session.tick(4.0)
    assert (state(session), session.login_refused) == (LinkState.CLOSED, False)


def test_another_service_on_the_port_is_told_as_such() -> None:
    session = Session(user="helin", secret="x", now=0.0)
    session.received(b"HTTP/1.1 400 Bad Request\r\n\r\n", 0.1)
    assert state(session) is LinkState.CLOSED
    assert "banner" in session.why_closed


def test_answers_find_their_questions_in_any_order_amid_events() -> None:
    session = open_session()
    first = session.ask(Action("QueuePause"), 1.0)
    second = session.ask(Action("QueueAdd"), 1.0)
    events = feed(
        session,
        b"Event: Hangup\r\nPrivilege: call,all\r\nChannel: a\r\n\r\n"
        + f"Response: Error\r\nActionID: {second}\r\nMessage: no\r\n\r\n".encode()
        + b"Event: Newchannel\r\nPrivilege: call,all\r\nChannel: b\r\n\r\n"
        + f"Response: Success\r\nActionID: {first}\r\nMessage: yes\r\n\r\n".encode(),
    )
    assert [event["Channel"] for event in events] == ["a", "b"]
    outcomes = session.take_outcomes()
    assert [one.action_id for one in outcomes] == [second, first]
    assert isinstance(outcomes[0], Answered)
    assert not outcomes[0].reply.succeeded
    assert outcomes[0].reply.words == "no"
    assert session.take_outcomes() == []


def test_a_list_is_gathered_from_start_to_complete_even_of_unwanted_events() -> None:
    session = open_session(wanted=frozenset({b"Hangup"}).__contains__)
    asked = session.ask(Action("DeviceStateList"), 1.0)
    item = f"Event: DeviceStateChange\r\nActionID: {asked}\r\nDevice: PJSIP/acme-10%d\r\n\r\n"
    events = feed(
        session,
        f"Response: Success\r\nActionID: {asked}\r\nEventList: start\r\n\r\n".encode()
        + (item % 1).encode()
        + b"Event: DeviceStateChange\r\nPrivilege: call,all\r\nDevice: PJSIP/acme-199\r\n\r\n"
        + b"Event: Hangup\r\nPrivilege: call,all\r\nChannel: a\r\n\r\n"
        + (item % 2).encode()
        + f"Event: DeviceStateListComplete\r\nActionID: {asked}\r\nEventList: Complete\r\n\r\n".encode(),
    )
    assert [event.event for event in events] == ["Hangup"]
    (outcome,) = session.take_outcomes()
    assert isinstance(outcome, Answered)
    assert [one["Device"] for one in outcome.reply.items] == ["PJSIP/acme-101", "PJSIP/acme-102"]
    feed(session, b"Event: DeviceStateChange\r\nPrivilege: call,all\r\nDevice: x\r\n\r\n")
    assert session.framer.skipped == 1


def test_an_empty_list_may_be_an_error_and_a_broken_list_is_no_answer() -> None:
    session = open_session()
    asked = session.ask(Action("ParkedCalls"), 1.0)
    feed(session, f"Response: Error\r\nActionID: {asked}\r\nMessage: no lot\r\n\r\n".encode())
    broken = session.ask(Action("QueueStatus"), 1.0)
    feed(session, f"Response: Success\r\nActionID: {broken}\r\nEventList: start\r\n\r\n".encode())
    feed(
        session,
        f"Event: QueueStatusComplete\r\nActionID: {broken}\r\nEventList: cancelled\r\n\r\n".encode(),
    )
    answered, unanswered = session.take_outcomes()
    assert isinstance(answered, Answered)
    assert isinstance(unanswered, Unanswered)


def test_a_late_answer_is_an_orphan_and_harms_nothing() -> None:
    session = open_session()
    asked = session.ask(Action("Originate"), 1.0, within=2.0)
    session.tick(2.9)
    assert session.take_outcomes() == []
    session.tick(3.0)
    assert session.take_outcomes() == [Unanswered(asked, "no answer in time")]
    assert feed(session, f"Response: Success\r\nActionID: {asked}\r\n\r\n".encode(), 4.0) == []
    feed(session, b"Response: Error\r\nMessage: Missing action in request\r\n\r\n", 4.0)
    assert session.orphans == 2
    assert session.take_outcomes() == []
    assert state(session) is LinkState.OPEN


def test_silence_is_pinged_and_an_unanswered_ping_closes_the_link() -> None:
    session = open_session(ping_after=5.0, ping_within=3.0)
    open_action = session.ask(Action("QueueAdd"), 1.0, within=60.0)
    session.take_bytes()
    session.tick(5.1)
    assert session.take_bytes() == b""
    session.tick(5.25)
    assert b"Action: Ping\r\n" in session.take_bytes()
    session.tick(8.0)
    assert state(session) is LinkState.OPEN
    session.tick(8.25)
    assert state(session) is LinkState.CLOSED
    assert "no sign of life for 8." in session.why_closed
    assert session.take_outcomes() == [Unanswered(open_action, session.why_closed)]
    with pytest.raises(NotSent):
        session.ask(Action("Ping"), 9.0)


def test_any_byte_is_a_sign_of_life_and_so_is_the_pong() -> None:
    session = open_session(ping_after=5.0, ping_within=3.0)
    session.tick(6.0)
    assert session.take_bytes()
    feed(session, b"E", 8.5)
    session.tick(9.5)
    feed(
        session,
        b"vent: X\r\n\r\nResponse: Success\r\nPing: Pong\r\nActionID: helin-2\r\n\r\n",
        10.0,
    )
    session.tick(14.9)
    assert session.take_bytes() == b""
    session.tick(15.0)
    assert b"Ping" in session.take_bytes()
    assert state(session) is LinkState.OPEN
    assert session.take_outcomes() == []


def test_an_action_with_a_line_break_is_refused_and_leaves_no_trace() -> None:
    session = open_session()
    with pytest.raises(ForbiddenCharacter):
        session.ask(Action("Setvar", (("Value", "x\r\nAction: Originate"),)), 1.0)
    assert session.take_bytes() == b""
    session.tick(100.0)
    assert session.take_outcomes() == []


def test_garbage_in_the_stream_costs_no_answer() -> None:
    session = open_session()
    asked = session.ask(Action("Ping"), 1.0)
    feed(
        session,
        b"\xfe\xffgarbage\r\n\r\n" + f"Response: Success\r\nActionID: {asked}\r\n\r\n".encode(),
    )
    assert [one.action_id for one in session.take_outcomes()] == [asked]
    assert len(session.framer.take_garbage()) == 1
