"""The few lines of SDP (RFC 4566, 3264) that one A-law voice stream needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

PCMA = 8
TELEPHONE_EVENT = 101
CONTENT_TYPE = "application/sdp"

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
_MIRROR: dict[Direction, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}


class NotSdp(ValueError):
    """The body describes no voice that we could talk to."""


@dataclass(frozen=True, slots=True)
class VoiceDescription:
    """Where the other side wants its packets: address, UDP port, payload type numbers."""

    address: str
    port: int
    payloads: tuple[int, ...]
    dtmf_payload: int | None
    direction: Direction

    @property
    def speaks_alaw(self) -> bool:
        return PCMA in self.payloads


def describe_voice(
    *, address: str, port: int, version: int, direction: Direction = "sendrecv"
) -> bytes:
    """Our offer or answer: A-law and RFC 4733 digits, 20 ms packets."""
    lines = [
        "v=0",
        f"o=- 1 {version} IN IP4 {address}",
        "s=call",
        f"c=IN IP4 {address}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {PCMA} {TELEPHONE_EVENT}",
        f"a=rtpmap:{PCMA} PCMA/8000",
        f"a=rtpmap:{TELEPHONE_EVENT} telephone-event/8000",
        f"a=fmtp:{TELEPHONE_EVENT} 0-15",
        "a=ptime:20",
        f"a={direction}",
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


def answer_to(direction: Direction) -> Direction:
    """They say sendonly (hold) -> we answer recvonly."""
    return _MIRROR[direction]


def parse_voice(body: bytes) -> VoiceDescription:
    """The first audio stream of a description; raises NotSdp."""
    text = body.decode("utf-8", "replace").replace("\r\n", "\n")
    session, *sections = re.split(r"^(?=m=)", text, flags=re.MULTILINE)
    for section in sections:
        line = re.match(r"m=audio (\d{1,5})(?:/\d+)? \S+ ([\d ]+)", section)
        if not line:
            continue
        where = _connection(section) or _connection(session)
        port = int(line.group(1))
        if where is None or port > 65535:
            raise NotSdp("an audio stream without an address")
        event = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", section, re.M | re.I)
        return VoiceDescription(
            address=where,
            port=port,
            payloads=tuple(int(number) for number in line.group(2).split()),
            dtmf_payload=int(event.group(1)) if event else None,
            direction=_direction(section) or _direction(session) or "sendrecv",
        )
    raise NotSdp("no audio stream")


def _connection(part: str) -> str | None:
    found = re.search(r"^c=IN IP[46] ([^\s/]+)", part, re.MULTILINE)
    return found.group(1) if found else None


def _direction(part: str) -> Direction | None:
    for word in _MIRROR:
        if re.search(rf"^a={word}\s*$", part, re.MULTILINE):
            return word
    return None
