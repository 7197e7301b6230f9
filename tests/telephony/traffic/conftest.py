"""Phones that talk to one another over loopback, without any server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import cast

import pytest_asyncio

from telephony.traffic.digest import authorization, parse_challenge
from telephony.traffic.sip_message import Request, reply
from telephony.traffic.sip_phone import Phone
from telephony.traffic.sip_socket import Address, SipSocket
from telephony.traffic.sound import in_frames, tone

ALICE_HZ, BOB_HZ = 400.0, 600.0
FAST_T1 = 0.02


class Pair:
    """Alice's phone has Bob's for its server, and the other way round."""

    def __init__(self, alice: Phone, bob: Phone) -> None:
        self.alice, self.bob = alice, bob


@pytest_asyncio.fixture
async def pair() -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        bob = Phone("bob", server=("127.0.0.1", 1), frames=in_frames(tone(BOB_HZ)), t1=FAST_T1)
        await stack.enter_async_context(bob)
        alice = Phone(
            "alice",
            server=bob.address,
            display="Alice Õun",
            frames=in_frames(tone(ALICE_HZ)),
            t1=FAST_T1,
        )
        await stack.enter_async_context(alice)
        bob.server = alice.address
        yield Pair(alice, bob)


class LossyRelay(asyncio.DatagramProtocol):
    """Stands between one caller and `target`; `lose` says which datagram, counted from 0, is lost."""

    def __init__(self, target: Address, lose: set[int]) -> None:
        self.target = target
        self.lose = lose
        self.seen = 0
        self.caller: Address | None = None
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        assert self.transport is not None
        number, self.seen = self.seen, self.seen + 1
        if addr != self.target:
            self.caller = addr
        to = self.target if addr != self.target else self.caller
        if number not in self.lose and to is not None:
            self.transport.sendto(data, to)


CHALLENGE = 'Digest realm="pbx",nonce="n1",qop="auth",algorithm=MD5'


class Registrar:
    """A small SIP server that knows alice with the password "wonder"."""

    def __init__(self) -> None:
        self.socket = SipSocket(self._requested, t1=0.02)
        self.expires: list[str] = []
        self.bindings: list[str] = []
        self.granted = "120"
        self.answers = True

    def _requested(self, request: Request, peer: Address) -> None:
        if not self.answers:
            return
        given = request.get("Authorization")
        cnonce = given.partition('cnonce="')[2].partition('"')[0]
        right = authorization(
            parse_challenge(CHALLENGE),
            user="alice",
            password="wonder",
            method="REGISTER",
            uri=request.uri,
            cnonce=cnonce,
        )
        if not given:
            refusal = reply(request, 401, "Unauthorized").with_headers(
                ("WWW-Authenticate", CHALLENGE)
            )
            self.socket.respond(request, refusal, peer)
        elif given != right:
            self.socket.respond(request, reply(request, 403, "Forbidden"), peer)
        else:
            self._bind(request.get("Contact"), request.get("Expires"))
            contacts = [("Contact", f"{one};expires={self.granted}") for one in self.bindings]
            self.socket.respond(request, reply(request, 200, "OK").with_headers(*contacts), peer)

    def _bind(self, contact: str, expires: str) -> None:
        if not contact:
            return
        self.expires.append(expires)
        self.bindings = [one for one in self.bindings if one != contact]
        if expires != "0":
            self.bindings.append(contact)


@pytest_asyncio.fixture
async def registrar() -> AsyncIterator[Registrar]:
    server = Registrar()
    await server.socket.open("127.0.0.1")
    yield server
    server.socket.close()
