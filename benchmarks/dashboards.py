"""Browsers for benchmarks: sockets that count what comes and when, in as little time as possible.

One probe opens the frames; the others note the instant and the size, and all get the same frames
in the same order, so the probe's reading holds for them too.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import time
import zlib
from typing import Any

OPENS_SECONDS = 60


class Dashboard(asyncio.Protocol):
    """The least WebSocket client that will do: unmasked frames from the server, pongs to it."""

    def __init__(self, path: str, host: str, cookie: str) -> None:
        self._hello = (path, host, cookie)
        self._buffer = bytearray()
        self._is_open = False
        self._transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.arrivals: list[float] = []
        self.frames: list[bytes] | None = None
        self.deflated: list[bool] = []
        self.bytes = 0
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        path, host, cookie = self._hello
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://{host}\r\nCookie: {cookie}\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(str(exc)))

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        if not self._is_open:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if b" 101 " not in buffer[:20]:
                self.opened.set_exception(ConnectionError(bytes(buffer[:60]).decode()))
                return
            del buffer[: end + 4]
            self._is_open = True
            self.opened.set_result(None)
        now = time.monotonic()
        start = 0
        while len(buffer) - start >= 2:
            length, head = buffer[start + 1] & 127, 2
            if length == 126:
                if len(buffer) - start < 4:
                    break
                (length,), head = struct.unpack_from(">H", buffer, start + 2), 4
            elif length == 127:
                if len(buffer) - start < 10:
                    break
                (length,), head = struct.unpack_from(">Q", buffer, start + 2), 10
            if len(buffer) - start < head + length:
                break
            opcode = buffer[start] & 15
            if opcode in (1, 2):
                self.arrivals.append(now)
                self.bytes += head + length
                if self.frames is not None:
                    self.frames.append(bytes(buffer[start + head : start + head + length]))
                    self.deflated.append(opcode == 2)
            elif opcode == 9 and self._transport:
                self._transport.write(b"\x8a\x80\0\0\0\0")
            start += head + length
        del buffer[:start]

    def forget(self) -> None:
        self.arrivals.clear()
        self.deflated.clear()
        self.bytes = 0
        if self.frames is not None:
            self.frames.clear()

    def read(self) -> list[tuple[float, dict[str, Any]]]:
        """The probe's frames with the instants they came."""
        assert self.frames is not None
        texts = (
            zlib.decompress(frame) if deflated else frame
            for frame, deflated in zip(self.frames, self.deflated, strict=True)
        )
        return [(at, json.loads(text)) for at, text in zip(self.arrivals, texts, strict=True)]

    def close(self) -> None:
        if self._transport:
            self._transport.close()


async def open_dashboards(
    port: int, path: str, cookies: list[str], *, probes: int = 1
) -> list[Dashboard]:
    """One socket per cookie, the first `probes` of them keep what they get."""
    loop = asyncio.get_running_loop()
    host = f"127.0.0.1:{port}"
    found: list[Dashboard] = []
    for n, cookie in enumerate(cookies):
        dashboard = Dashboard(f"{path}?deflate=1", host, cookie)
        if n < probes:
            dashboard.frames = []
        await loop.create_connection(lambda d=dashboard: d, "127.0.0.1", port)  # type: ignore[misc]
        async with asyncio.timeout(OPENS_SECONDS):  # a run that hangs says nothing
            await dashboard.opened
        found.append(dashboard)
    return found
