"""One UDP socket with SIP's transactions (RFC 3261 section 17): nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from telephony.traffic.sip_message import (
    BRANCH_COOKIE,
    VERSION,
    NotSip,
    Request,
    Response,
    parse,
    token,
)

Address = tuple[str, int]
T1_SECONDS = 0.5
T2_SECONDS = 4.0
TRYING_SECONDS = 64 * T1_SECONDS
"""Timers B and F: so long is tried before the other side counts as gone."""
_TRACE_MESSAGES = 100


class NoReply(TimeoutError):
    """The other side did not answer, or its port is closed."""


class ClientTransaction:
    """One request of ours until its final response; sent again while nothing comes back."""

    def __init__(
        self,
        socket: SipSocket,
        request: Request,
        to: Address,
        on_provisional: Callable[[Response], None] | None,
    ) -> None:
        self.request = request
        self.to = to
        self.heard_something = asyncio.Event()
        self.final: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._socket = socket
        self._on_provisional = on_provisional
        self._interval = socket.t1
        self._given_up_at = asyncio.get_running_loop().time() + 64 * socket.t1
        self._timer: asyncio.TimerHandle | None = None
        self._ack: Request | None = None
        self._datagram = request.encode()
        self._transmit()

    def acknowledge(self, ack: Request) -> None:
        """Sends the ACK of a 2xx, again for every 2xx that is sent again."""
        self._ack = ack
        self._socket.send(ack, self.to)

    def hear(self, response: Response) -> None:
        self.heard_something.set()
        if response.status < 200:
            if self.request.method == "INVITE":
                self.stop()
            if not self.final.done() and self._on_provisional is not None:
                self._on_provisional(response)
            return
        self.stop()
        if self.request.method == "INVITE" and response.status >= 300:
            self._ack = _ack_of_refusal(self.request, response)
        if self._ack is not None:
            self._socket.send(self._ack, self.to)
        if not self.final.done():
            self.final.set_result(response)
            self._socket.forget_later(self.request)

    def _transmit(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() >= self._given_up_at:
            if not self.final.done():
                self.final.set_exception(NoReply(f"no reply to {self.request.method}"))
                self.final.exception()  # whoever no longer waits leaves no complaint in the log
            self._socket.forget_later(self.request)
            return
        self._socket.send_bytes(self._datagram, self.to)
        self._timer = loop.call_later(self._interval, self._transmit)
        self._interval *= 2
        if self.request.method != "INVITE":
            self._interval = min(self._interval, T2_SECONDS)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _ServerTransaction:
    """One request of theirs: a repeated one gets the same response once more."""

    def __init__(self) -> None:
        self.last: tuple[bytes, Address] | None = None
        self.timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class SipSocket(asyncio.DatagramProtocol):
    """Hands each new request to `on_request` once; garbage is counted and dropped."""

    def __init__(
        self,
        on_request: Callable[[Request, Address], None],
        *,
        on_unacknowledged: Callable[[Request], None] = lambda _: None,
        t1: float = T1_SECONDS,
    ) -> None:
        self.t1 = t1
        self.address: Address = ("", 0)
        self.garbage = 0
        self.trace: deque[tuple[str, bytes]] = deque(maxlen=_TRACE_MESSAGES)
        self._on_request = on_request
        self._on_unacknowledged = on_unacknowledged
        self._transport: asyncio.DatagramTransport | None = None
        self._clients: dict[tuple[str, str], ClientTransaction] = {}
        self._servers: dict[tuple[str, str, str], _ServerTransaction] = {}

    async def open(self, address: str, port: int = 0) -> None:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(address, port)
        )
        self._transport = transport
        self.address = transport.get_extra_info("sockname")[:2]

    def close(self) -> None:
        for client in self._clients.values():
            client.stop()
            if not client.final.done():
                client.final.cancel()
        for server in self._servers.values():
            server.stop()
        self._clients.clear()
        self._servers.clear()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def start(
        self,
        request: Request,
        to: Address,
        *,
        on_provisional: Callable[[Response], None] | None = None,
    ) -> ClientTransaction:
        """Sends a request under a new branch; a CANCEL keeps the one that it already has."""
        request = self._with_branch(request)
        transaction = ClientTransaction(self, request, to, on_provisional)
        self._clients[request.branch, request.method] = transaction
        return transaction

    def respond(self, request: Request, response: Response, to: Address) -> None:
        datagram = response.encode()
        server = self._servers.setdefault(_server_key(request), _ServerTransaction())
        server.last = (datagram, to)
        server.stop()
        self.send_bytes(datagram, to)
        if response.status < 200:
            return
        if request.method == "INVITE":
            self._repeat_until_acknowledged(request, server, self.t1, 64 * self.t1)
        self._later(lambda: self._servers.pop(_server_key(request), None))

    def send(self, request: Request, to: Address) -> None:
        """Once, expecting nothing: for an ACK."""
        self.send_bytes(self._with_branch(request).encode(), to)

    def send_bytes(self, datagram: bytes, to: Address) -> None:
        if self._transport is not None:
            self.trace.append((">", datagram))
            self._transport.sendto(datagram, to)

    def forget_later(self, request: Request) -> None:
        self._later(lambda: self._clients.pop((request.branch, request.method), None))

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if not data.strip(b"\r\n\0"):
            return  # a keep-alive
        self.trace.append(("<", data))
        try:
            message = parse(data)
        except NotSip:
            self.garbage += 1
            return
        if isinstance(message, Response):
            client = self._clients.get((message.branch, message.cseq.method))
            if client is not None:
                client.hear(message)
        elif message.method == "ACK":
            self._acknowledged(message, addr)
        else:
            self._requested(message, addr)

    def error_received(self, exc: Exception) -> None:
        """A closed port on the other side: the timers decide when that is the end."""

    def _with_branch(self, request: Request) -> Request:
        if request.branch:
            return request
        host, port = self.address
        via = f"{VERSION}/UDP {host}:{port};rport;branch={BRANCH_COOKIE}{token()}"
        return replace(request, headers=(("Via", via), *request.headers))

    def _requested(self, request: Request, addr: Address) -> None:
        server = self._servers.get(_server_key(request))
        if server is not None:
            if server.last is not None:
                self.send_bytes(*server.last)
            return
        self._servers[_server_key(request)] = _ServerTransaction()
        self._on_request(request, addr)

    def _acknowledged(self, ack: Request, addr: Address) -> None:
        server = self._servers.get(_server_key(ack))
        if server is not None and server.timer is not None:
            server.stop()
            self._on_request(ack, addr)

    def _repeat_until_acknowledged(
        self, request: Request, server: _ServerTransaction, interval: float, left: float
    ) -> None:
        """Timers G and H, and 13.3.1.4 for the 2xx, which every hop leaves to the ends."""

        def again() -> None:
            if left <= 0:
                server.stop()
                self._on_unacknowledged(request)
                return
            if server.last is not None:
                self.send_bytes(*server.last)
            self._repeat_until_acknowledged(
                request, server, min(interval * 2, T2_SECONDS), left - interval
            )

        server.timer = asyncio.get_running_loop().call_later(interval, again)

    def _later(self, forget: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().call_later(64 * self.t1, forget)


def _server_key(request: Request) -> tuple[str, str, str]:
    """An ACK of a 2xx has a branch of its own (17.1.1.3), so an INVITE goes by its dialog."""
    if request.method in ("INVITE", "ACK"):
        return (request.call_id, str(request.cseq.number), request.from_tag)
    return (request.branch, request.method, request.get("Via").partition(";")[0])


def _ack_of_refusal(invite: Request, response: Response) -> Request:
    headers = [("Via", invite.get("Via")), ("Max-Forwards", "70")]
    headers += [("Route", route) for route in invite.all("Route")]
    headers += [
        ("From", invite.get("From")),
        ("To", response.get("To")),
        ("Call-ID", invite.call_id),
        ("CSeq", f"{invite.cseq.number} ACK"),
    ]
    return Request(method="ACK", uri=invite.uri, headers=tuple(headers))
