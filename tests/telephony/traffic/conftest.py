"""Phones that talk to one another over loopback, without any server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import cast

import pytest_asyncio

from telephony.traffic.sip_phone import Phone
from telephony.traffic.sip_socket import Address
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
