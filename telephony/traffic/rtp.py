"""One voice stream on one UDP port: plays, listens, presses and hears keys."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from telephony.traffic.rtp_packet import (
    RtpPacket,
    build_packet,
    digit_events,
    digit_of,
    parse_packet,
)
from telephony.traffic.sdp import PCMA, TELEPHONE_EVENT, VoiceDescription
from telephony.traffic.sound import FRAME_SAMPLES, SAMPLES_PER_SECOND, Frames

FRAME_SECONDS = FRAME_SAMPLES / SAMPLES_PER_SECOND
_LONGEST_CAPTURE = 120 * SAMPLES_PER_SECOND


@dataclass(slots=True)
class _KeyPress:
    events: deque[bytes]
    started_at: int | None = None
    pause: int = 5
    """Packets of quiet after it, so that two equal keys are two."""


class RtpStream(asyncio.DatagramProtocol):
    """Counts what arrives in `received`; keeps the sound itself only while it is told to."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        self.sending = True
        self.sent = 0
        self.received = 0
        self.digits = ""
        self._remote: tuple[str, int] | None = None
        self._dtmf_payload = TELEPHONE_EVENT
        self._transport: asyncio.DatagramTransport | None = None
        self._source = secrets.randbits(32)
        self._sequence = secrets.randbits(15)
        self._timestamp = secrets.randbits(31)
        self._position = 0
        self._pressed: deque[_KeyPress] = deque()
        self._captured: bytearray | None = None
        self._last_digit: tuple[int, int] | None = None
        self._arrived: asyncio.Future[None] | None = None

    async def open(self, address: str) -> int:
        """Binds a free port and starts to play; returns the port."""
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(address, 0)
        )
        self._transport = transport
        _pacer().add(self)
        port: int = transport.get_extra_info("sockname")[1]
        return port

    def close(self) -> None:
        if self._transport is not None:
            _pacer().remove(self)
            self._transport.close()
            self._transport = None

    def aim(self, other: VoiceDescription) -> None:
        """Where and whether to send, as the other side's description says."""
        open_port = other.port != 0 and other.address not in ("0.0.0.0", "::")  # noqa: S104
        self._remote = (other.address, other.port) if open_port else None
        self.sending = other.direction in ("sendrecv", "recvonly")
        if other.dtmf_payload is not None:
            self._dtmf_payload = other.dtmf_payload

    def press(self, keys: str) -> None:
        """Queues key presses (0-9 * # A-D) of 160 ms each; raises ValueError for other letters."""
        self._pressed.extend([_KeyPress(deque(digit_events(key))) for key in keys])

    @property
    def is_pressing(self) -> bool:
        return bool(self._pressed)

    def start_capture(self) -> None:
        self._captured = bytearray()

    def stop_capture(self) -> bytes:
        """The A-law sound that arrived since start_capture, at most two minutes of it."""
        captured, self._captured = self._captured, None
        return bytes(captured or b"")

    async def listen(self, *, seconds: float) -> bytes:
        """The next seconds of sound; shorter than asked for if packets are missing."""
        self.start_capture()
        await asyncio.sleep(seconds)
        return self.stop_capture()

    async def wait_for_sound(self, *, packets: int = 1, within: float = 5.0) -> None:
        """Returns when that many more packets have come; raises TimeoutError."""
        wanted = self.received + packets
        async with asyncio.timeout(within):
            while self.received < wanted:
                self._arrived = asyncio.get_running_loop().create_future()
                await self._arrived

    def tick(self) -> None:
        """20 ms have passed: send the next packet."""
        self._timestamp += FRAME_SAMPLES
        if self._transport is None or self._remote is None:
            return
        if self._pressed:
            self._send_digit_packet()
            return
        if not self.sending or not self.frames:
            return
        payload = self.frames[self._position % len(self.frames)]
        self._position += 1
        self._send(PCMA, payload, self._timestamp, marker=self.sent == 0)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        if self._captured is None and len(data) == 12 + FRAME_SAMPLES and data[1] & 0x7F == PCMA:
            self._count()  # nobody listens: the cheap way, it runs 50 times a second and call
            return
        packet = parse_packet(data)
        if packet is None:
            return
        if packet.payload_type == self._dtmf_payload:
            self._hear_digit(packet)
        elif packet.payload_type == PCMA:
            self._count()
            if self._captured is not None and len(self._captured) < _LONGEST_CAPTURE:
                self._captured += packet.payload

    def error_received(self, exc: Exception) -> None:
        """The other side closed its port first: the call's own end will tell."""

    def _count(self) -> None:
        self.received += 1
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    def _hear_digit(self, packet: RtpPacket) -> None:
        key = (packet.source, packet.timestamp)  # the same for all packets of one press
        digit = digit_of(packet.payload)
        if digit is not None and key != self._last_digit:
            self._last_digit = key
            self.digits += digit

    def _send_digit_packet(self) -> None:
        press = self._pressed[0]
        if press.started_at is None:
            press.started_at = self._timestamp
        if press.events:
            first = press.started_at == self._timestamp
            self._send(self._dtmf_payload, press.events.popleft(), press.started_at, marker=first)
        elif press.pause > 0:
            press.pause -= 1
        else:
            self._pressed.popleft()

    def _send(self, kind: int, payload: bytes, timestamp: int, *, marker: bool) -> None:
        if self._transport is None:
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        packet = RtpPacket(kind, self._sequence, timestamp, self._source, payload)
        self._transport.sendto(build_packet(packet, marker=marker), self._remote)
        self.sent += 1


class _Pacer:
    """One timer for all streams of a loop: a wake-up per 20 ms, not per call and 20 ms."""

    def __init__(self) -> None:
        self._streams: set[RtpStream] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def add(self, stream: RtpStream) -> None:
        self._streams.add(stream)
        if self._timer is None:
            self._due = asyncio.get_running_loop().time()
            self._tick()

    def remove(self, stream: RtpStream) -> None:
        self._streams.discard(stream)

    def _tick(self) -> None:
        if not self._streams:
            self._timer = None
            return
        loop = asyncio.get_running_loop()
        for stream in tuple(self._streams):
            stream.tick()
        self._due += FRAME_SECONDS
        if loop.time() - self._due > 0.5:  # the machine slept: do not send the past in a burst
            self._due = loop.time()
        self._timer = loop.call_at(self._due, self._tick)


_pacers: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pacer] = WeakKeyDictionary()


def _pacer() -> _Pacer:
    return _pacers.setdefault(asyncio.get_running_loop(), _Pacer())
