"""Two voice streams that talk to each other over loopback."""

import asyncio
import struct

import pytest

from telephony.traffic.rtp import RtpStream
from telephony.traffic.rtp_packet import (
    RtpPacket,
    build_packet,
    digit_events,
    digit_of,
    parse_packet,
)
from telephony.traffic.sdp import VoiceDescription
from telephony.traffic.sound import in_frames, tone, tones_in

VOICES = (400.0, 600.0)


async def joined() -> tuple[RtpStream, RtpStream]:
    alice, bob = (RtpStream(in_frames(tone(hertz))) for hertz in VOICES)
    ports = (await alice.open("127.0.0.1"), await bob.open("127.0.0.1"))
    alice.aim(VoiceDescription("127.0.0.1", ports[1], (8,), 101, "sendrecv"))
    bob.aim(VoiceDescription("127.0.0.1", ports[0], (8,), 101, "sendrecv"))
    return alice, bob


async def test_both_hear_the_other_at_fifty_packets_a_second() -> None:
    alice, bob = await joined()
    try:
        await bob.wait_for_sound(packets=5)
        heard = await asyncio.gather(alice.listen(seconds=0.5), bob.listen(seconds=0.5))
    finally:
        alice.close()
        bob.close()
    assert [list(tones_in(sound, VOICES)) for sound in heard] == [[600.0], [400.0]]
    assert 15 * 160 <= len(heard[0]) <= 35 * 160


async def test_keys_are_heard_once_each_and_in_order() -> None:
    alice, bob = await joined()
    try:
        alice.press("113#*d")
        while alice.is_pressing:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)
    finally:
        alice.close()
        bob.close()
    assert bob.digits == "113#*D"
    with pytest.raises(ValueError, match="substring"):
        alice.press("12x")


async def test_whoever_is_told_not_to_send_is_silent() -> None:
    alice, bob = await joined()
    try:
        await bob.wait_for_sound()
        alice.aim(VoiceDescription("127.0.0.1", 9, (8,), 101, "sendonly"))
        await asyncio.sleep(0.05)
        before = alice.sent
        await asyncio.sleep(0.1)
        assert alice.sent == before
    finally:
        alice.close()
        bob.close()


async def test_garbage_on_the_voice_port_is_no_sound() -> None:
    stream = RtpStream(())
    stream.start_capture()
    for garbage in (b"", b"\x80", b"\xff" * 200, b"\x90\x08" + b"\0" * 10, b"\0" * 172):
        stream.datagram_received(garbage, ("127.0.0.1", 9))
    assert stream.received == 0
    assert stream.stop_capture() == b""


def test_packets_are_read_back() -> None:
    packet = RtpPacket(8, 65535, 4294967295, 7, b"abc")
    assert parse_packet(build_packet(packet, marker=True)) == packet


def test_extensions_contributors_and_padding_are_left_out() -> None:
    header = struct.pack("!BBHII", 0x80 | 0x20 | 0x10 | 2, 8, 1, 2, 3) + b"\0" * 8
    extension = struct.pack("!HH", 0xBEDE, 1) + b"\0" * 4
    found = parse_packet(header + extension + b"voice" + b"\0\0\x03")
    assert found is not None
    assert found.payload == b"voice"
    assert parse_packet(header) is None, "an extension that is not there"


def test_a_receiver_report_is_no_voice() -> None:
    assert parse_packet(struct.pack("!BBHII", 0x80, 201, 1, 2, 3)) is None


def test_key_events() -> None:
    assert {digit_of(payload) for payload in digit_events("#")} == {"#"}
    assert digit_of(b"\x63\0\0\0") is None
    assert digit_of(b"") is None
