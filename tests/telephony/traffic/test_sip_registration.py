"""A phone at a small registrar: proves its password, renews in time, comes back after an outage."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from telephony.traffic.digest import authorization, parse_challenge
from telephony.traffic.sip_message import Request, reply
from telephony.traffic.sip_phone import Phone
from telephony.traffic.sip_registration import Registration, RegistrationRefused
from telephony.traffic.sip_socket import Address, SipSocket

CHALLENGE = 'Digest realm="pbx",nonce="n1",qop="auth",algorithm=MD5'


class Registrar:
    """Knows alice with the password "wonder"."""

    def __init__(self) -> None:
        self.socket = SipSocket(self._requested, t1=0.02)
        self.expires: list[str] = []
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
            self.expires.append(request.get("Expires"))
            binding = f"{request.get('Contact')};expires={self.granted}"
            ok = reply(request, 200, "OK").with_headers(("Contact", binding))
            self.socket.respond(request, ok, peer)


@pytest_asyncio.fixture
async def registrar() -> AsyncIterator[Registrar]:
    server = Registrar()
    await server.socket.open("127.0.0.1")
    yield server
    server.socket.close()


async def test_registers_with_its_password_and_leaves(registrar: Registrar) -> None:
    async with Phone("alice", password="wonder", server=registrar.socket.address, t1=0.02) as alice:
        await alice.register()
        assert alice.registration is not None
        assert alice.registration.is_current
    assert registrar.expires == ["120", "0"]


async def test_a_wrong_password_is_refused(registrar: Registrar) -> None:
    async with Phone("alice", password="x", server=registrar.socket.address, t1=0.02) as alice:
        with pytest.raises(RegistrationRefused, match="403"):
            await alice.register()


async def test_renews_in_time_and_comes_back_after_an_outage(
    registrar: Registrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telephony.traffic.sip_registration._SHORTEST_SECONDS", 0.05)
    monkeypatch.setattr("telephony.traffic.sip_registration._FIRST_RETRY_SECONDS", 0.05)
    registrar.granted = "0"
    async with Phone(
        "alice", password="wonder", server=registrar.socket.address, t1=0.005
    ) as alice:
        await alice.register()
        await until(lambda: len(registrar.expires) >= 3)
        registration = alice.registration
        assert registration is not None
        registrar.answers = False
        await until(lambda: not registration.is_current)
        registrar.answers = True
        await until(lambda: registration.is_current)


async def test_who_else_is_there_is_told(registrar: Registrar) -> None:
    async with Phone("alice", password="wonder", server=registrar.socket.address, t1=0.02) as alice:
        asked = Registration(alice.line, alice.server, contact=alice.contact)
        assert await asked.contacts() == (";expires=120",)
        assert not asked.is_current, "asking registers nobody"


async def until(question: object, within: float = 5.0) -> None:
    assert callable(question)
    async with asyncio.timeout(within):
        while not question():
            await asyncio.sleep(0.01)
