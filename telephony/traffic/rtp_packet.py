"""RTP (RFC 3550) and its keypad digits (RFC 4733) as plain bytes."""

from __future__ import annotations

import struct
from typing import NamedTuple

DIGITS = "0123456789*#ABCD"
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_END_OF_EVENT = 0x80
_VOLUME = 10


class RtpPacket(NamedTuple):
    payload_type: int
    sequence: int
    timestamp: int
    source: int
    payload: bytes


def build_packet(packet: RtpPacket, *, marker: bool = False) -> bytes:
    return (
        _HEADER.pack(
            0x80,
            packet.payload_type | (0x80 if marker else 0),
            packet.sequence & 0xFFFF,
            packet.timestamp & 0xFFFFFFFF,
            packet.source,
        )
        + packet.payload
    )


def parse_packet(datagram: bytes) -> RtpPacket | None:
    """None for whatever is no RTP (RTCP, STUN, garbage)."""
    if len(datagram) < _HEADER.size:
        return None
    flags, kind, sequence, timestamp, source = _HEADER.unpack_from(datagram)
    if flags >> 6 != 2 or 72 <= kind & 0x7F <= 76:
        return None
    start = _HEADER.size + 4 * (flags & 0x0F)
    if flags & 0x10:
        if len(datagram) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(datagram[start + 2 : start + 4], "big")
    end = len(datagram)
    if flags & 0x20 and datagram:
        end -= datagram[-1]
    if start > end:
        return None
    return RtpPacket(kind & 0x7F, sequence, timestamp, source, datagram[start:end])


def digit_events(digit: str, *, packets: int = 8) -> list[bytes]:
    """The payloads of one key press, 20 ms apart; the last three say that it has ended.

    Raises ValueError for what is on no keypad.
    """
    code = DIGITS.index(digit.upper())
    return [
        _EVENT.pack(
            code, _VOLUME | (_END_OF_EVENT if at >= packets - 3 else 0), 160 * min(at + 1, 0xFF)
        )
        for at in range(packets)
    ]


def digit_of(payload: bytes) -> str | None:
    if len(payload) < _EVENT.size:
        return None
    code, _, _ = _EVENT.unpack_from(payload)
    return DIGITS[code] if code < len(DIGITS) else None
