"""Voice descriptions: ours are read back, foreign ones are understood or refused."""

import pytest

from telephony.traffic.sdp import (
    Direction,
    NotSdp,
    VoiceDescription,
    answer_to,
    describe_voice,
    parse_voice,
)

ASTERISK = (
    b"v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=Asterisk\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 31044 RTP/AVP 8 0 96\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    b"a=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-16\r\na=ptime:20\r\na=maxptime:140\r\n"
    b"a=sendrecv\r\n"
)


def test_what_asterisk_offers() -> None:
    assert parse_voice(ASTERISK) == VoiceDescription(
        address="127.0.0.1",
        port=31044,
        payloads=(8, 0, 96),
        dtmf_payload=96,
        direction="sendrecv",
    )


@pytest.mark.parametrize("direction", ["sendrecv", "sendonly", "recvonly", "inactive"])
def test_ours_is_read_back(direction: Direction) -> None:
    voice = parse_voice(
        describe_voice(address="127.0.0.2", port=4000, version=3, direction=direction)
    )
    assert (voice.address, voice.port, voice.dtmf_payload) == ("127.0.0.2", 4000, 101)
    assert voice.speaks_alaw
    assert voice.direction == direction
    assert answer_to(answer_to(direction)) == direction


def test_a_stream_may_have_its_own_address_and_stand_behind_a_video() -> None:
    voice = parse_voice(
        b"v=0\nc=IN IP4 10.0.0.1\na=inactive\nm=video 9 RTP/AVP 96\nc=IN IP4 10.0.0.2\n"
        b"m=audio 5000 RTP/AVP 0\nc=IN IP4 10.0.0.3/127\n"
    )
    assert (voice.address, voice.port, voice.direction) == ("10.0.0.3", 5000, "inactive")
    assert not voice.speaks_alaw
    assert voice.dtmf_payload is None


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"v=0\r\n", b"m=audio 4000 RTP/AVP 8\r\n", b"m=audio x RTP/AVP 8"]
)
def test_no_voice(body: bytes) -> None:
    with pytest.raises(NotSdp):
        parse_voice(body)
