"""The bytes of AMI: any chunking, any garbage, no letter lost, no action smuggled in."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.ami.actions import Action, ForbiddenCharacter, UnsendableAction, encode_action
from telephony.ami.wire import Framer, Message, NotAmi, parse_message

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
RESTART = TRANSCRIPTS / "22_asterisk_restart_seen_by_ami.ami"
WHOLE = sorted(set(TRANSCRIPTS.glob("*.ami")) - {RESTART})
BANNER = b"Asterisk Call Manager/11.0.0\r\n"
JOIN = (
    "Event: QueueCallerJoin\r\nPrivilege: agent,all\r\nChannel: PJSIP/carrier-1\r\n"
    "CallerIDName: Jürgen Müßig 山田 õ 🙂\r\nQueue: acme-sales\r\nPosition: 1\r\n\r\n"
).encode()
VARSET = b"Event: VarSet\r\nPrivilege: dialplan,all\r\nVariable: A\r\nValue: \r\n\r\n"


def headers_by_hand(raw: bytes) -> list[list[tuple[str, str]]]:
    """The slow, obvious way: another path to the same messages."""
    messages = []
    for frame in filter(None, raw.decode().split("\r\n\r\n")):
        halves = [line.partition(": ") for line in frame.split("\r\n")]
        messages.append([(name, value) for name, _, value in halves])
    return messages


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def fed(data: bytes, size: int) -> list[Message]:
    framer = Framer(expect_banner=False)
    return [message for piece in pieces(data, size) for message in framer.feed(piece)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1460, 65536])
@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_a_transcript_in_any_chunking_is_the_same_as_read_by_hand(path: Path, size: int) -> None:
    raw = path.read_bytes()
    if size < 7 and len(raw) > 20_000:
        raw = raw[: raw.rfind(b"\r\n\r\n", 0, 20_000) + 4]
    messages = fed(raw, size)
    expected = headers_by_hand(raw)
    assert len(messages) == len(expected)
    for message, lines in zip(messages, expected, strict=True):
        for name, value in lines:
            assert value in message.all(name)
        first = dict(reversed(lines))
        assert message.headers() == first
        fresh = Message(message.raw, message.event, message.response)
        assert {name: fresh.get(name) for name in first} == first
        wanted = (*first, "Nowhere")
        for one in (Message(message.raw, message.event, message.response), message):
            assert one.read(wanted) == (*first.values(), "")
            assert one.read(tuple(first)) == tuple(first.values())
        assert message.event == first.get("Event", "")
        assert message.response == ("" if message.event else first["Response"])


@given(st.lists(st.integers(1, 40), min_size=1))
def test_letters_of_several_bytes_survive_every_cut(cuts: list[int]) -> None:
    data = JOIN * 3
    framer = Framer(expect_banner=False)
    messages: list[Message] = []
    position = turn = 0
    while position < len(data):
        size = cuts[turn % len(cuts)]
        messages += framer.feed(data[position : position + size])
        position, turn = position + size, turn + 1
    assert [m.get("CallerIDName") for m in messages] == ["Jürgen Müßig 山田 õ 🙂"] * 3


def test_the_empty_last_header_is_kept() -> None:
    (message,) = fed(VARSET, 5)
    assert message["Value"] == ""
    assert "Value" in message


def test_repeated_headers_are_all_kept_and_the_first_is_the_value() -> None:
    (message,) = fed(b"Response: Success\r\nOutput: one\r\nOutput: two: 2\r\nOutput:\r\n\r\n", 99)
    assert message.all("Output") == ("one", "two: 2", "")
    assert message.get("Output") == message["Output"] == "one"
    assert message.all("Absent") == ()
    assert message.get("Absent", "-") == "-"
    with pytest.raises(KeyError):
        message["Absent"]


def test_a_command_answered_the_old_way_is_output_too() -> None:
    raw = b"Response: Follows\r\nPrivilege: Command\r\nActionID: a-1\r\nName: x\nb: c\n--END COMMAND--\r\n\r\n"
    (message,) = fed(raw, 11)
    assert message.action_id == "a-1"
    assert message.all("Output") == ("Name: x", "b: c")


def test_an_event_of_one_line_has_its_name() -> None:
    (message,) = fed(b"Event: FullyBooted\r\n\r\n", 4)
    assert message.event == "FullyBooted"


def test_the_banner_is_read_first_and_anything_else_is_refused() -> None:
    framer = Framer()
    for byte in BANNER + JOIN[:-1]:
        assert framer.feed(bytes([byte])) == []
    assert framer.banner == "Asterisk Call Manager/11.0.0"
    assert [m.event for m in framer.feed(JOIN[-1:])] == ["QueueCallerJoin"]
    with pytest.raises(NotAmi):
        Framer().feed(b"SSH-2.0-OpenSSH_9.2\r\n")
    with pytest.raises(NotAmi):
        Framer().feed(b"\x00" * 600)


def test_unwanted_events_are_dropped_before_decoding_but_responses_never() -> None:
    framer = Framer(frozenset({b"QueueCallerJoin"}).__contains__, expect_banner=False)
    messages = framer.feed(VARSET + JOIN + b"Response: Success\r\nActionID: 1\r\n\r\n" + VARSET)
    assert [m.event or m.response for m in messages] == ["QueueCallerJoin", "Success"]
    assert framer.skipped == 2
    framer.skipping = False
    assert [m.event for m in framer.feed(VARSET)] == ["VarSet"]


@pytest.mark.parametrize("size", [1, 3, 8, 4096])
def test_after_an_endless_frame_the_next_one_is_read(size: int) -> None:
    framer = Framer(expect_banner=False, longest_frame=1000)
    data = b"\xff\x00junk\r\n" * 5000 + b"\r\n\r\n" + JOIN
    messages = [m for piece in pieces(data, size) for m in framer.feed(piece)]
    assert [m.event for m in messages] == ["QueueCallerJoin"]
    assert len(framer._buffer) == 0
    (garbage,) = framer.take_garbage()
    assert garbage.reason == "a frame without an end"
    assert framer.take_garbage() == ()


@given(st.binary(max_size=300), st.integers(1, 50))
def test_garbage_never_raises_and_the_frames_after_it_are_read(junk: bytes, size: int) -> None:
    framer = Framer(expect_banner=False, longest_frame=5000)
    messages = [
        m for piece in pieces(junk + b"\r\n\r\n" + JOIN + VARSET, size) for m in framer.feed(piece)
    ]
    assert [m.event for m in messages][-2:] == ["QueueCallerJoin", "VarSet"]
    for message in messages:
        message.headers()
        assert message.raw in junk + JOIN + VARSET


def test_garbage_in_front_of_a_frame_costs_only_the_garbage() -> None:
    framer = Framer(expect_banner=False)
    messages = framer.feed(b"\x80\x81 half a line\r\n" + JOIN)
    assert [m.event for m in messages] == ["QueueCallerJoin"]
    assert framer.take_garbage()[0].reason == "something before a frame"


def test_a_line_of_prose_between_two_connections_is_dropped() -> None:
    framer = Framer(expect_banner=False)
    messages = framer.feed(RESTART.read_bytes())
    (garbage,) = framer.take_garbage()
    assert garbage.excerpt.strip() == b"--- connection closed; reconnected ---"
    assert [m.event or m.response for m in messages][-1] == "DeviceStateChange"
    assert "Authentication accepted" in {m.get("Message") for m in messages}


def test_bytes_that_are_no_utf8_are_shown_as_such() -> None:
    message = parse_message(b"Event: X\r\nCallerIDName: J\xfcrgen")
    assert message is not None
    assert message.get("CallerIDName") == "J\ufffdrgen"


def test_an_action_is_written_as_asterisk_reads_it() -> None:
    action = Action("Originate", (("Variable", "A=1"), ("Variable", "B=ü")))
    assert encode_action(action, "x-1") == (
        "Action: Originate\r\nActionID: x-1\r\nVariable: A=1\r\nVariable: B=ü\r\n\r\n".encode()
    )


@given(
    st.text(),
    st.sampled_from(["\r", "\n", "\0", "\r\n\r\nAction: Originate\r\n", "\ud800"]),
    st.text(),
)
def test_no_value_can_start_an_action_of_its_own(before: str, evil: str, after: str) -> None:
    with pytest.raises(ForbiddenCharacter) as refusal:
        encode_action(Action("DBPut", (("Val", before + evil + after),)))
    assert "Val" in str(refusal.value)


@pytest.mark.parametrize("name", ["", "A B", "A:", "A\r\nB", "Ä", "1A"])
def test_a_header_name_is_a_word(name: str) -> None:
    with pytest.raises(ForbiddenCharacter):
        encode_action(Action("DBPut", ((name, "x"),)))
    with pytest.raises(ForbiddenCharacter):
        encode_action(Action("Ping\r\nX: y"))


@given(
    st.text(
        alphabet=st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=200
    )
)
def test_what_may_be_sent_arrives_as_one_action_with_that_value(value: str) -> None:
    data = encode_action(Action("DBPut", (("Val", value),)), "1")
    assert data.count(b"\r\n\r\n") == 1
    assert data.endswith(b"\r\n\r\n")
    assert data.decode().split("\r\n")[2] == f"Val: {value}"


def test_what_asterisk_would_drop_is_refused() -> None:
    with pytest.raises(UnsendableAction):
        encode_action(Action("DBPut", (("Val", "x" * 1020),)))
    with pytest.raises(UnsendableAction):
        encode_action(Action("Originate", (("Variable", "a=1"),) * 128))
