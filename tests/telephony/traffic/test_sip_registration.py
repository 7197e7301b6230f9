"""A phone at a small registrar: proves its password, renews in time, comes back after an outage."""

import asyncio

import pytest

from telephony.traffic.sip_phone import Phone
from telephony.traffic.sip_registration import Registration, RegistrationRefused

from .conftest import Registrar


async def test_registers_with_its_password_and_leaves(registrar: Registrar) -> None:
    async with Phone("alice", password="wonder", server=registrar.socket.address, t1=0.02) as alice:
        await alice.register()
        assert alice.registration is not None
        assert alice.registration.is_current
    assert registrar.expires == ["120", "0"]
    assert registrar.bindings == []


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
        registrar.bindings.append("<sip:alice@192.0.2.9>")
        assert await asked.contacts() == ("<sip:alice@192.0.2.9>;expires=120",)
        assert not asked.is_current, "asking registers nobody"


async def until(question: object, within: float = 5.0) -> None:
    assert callable(question)
    async with asyncio.timeout(within):
        while not question():
            await asyncio.sleep(0.01)
