"""A phone that loses its power or its network in mid-talk does not stay "in call"."""

import asyncio
import time

import pytest

from telephony.traffic.sip_call import Call, CallState
from telephony.traffic.sip_phone import Phone
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx

pytestmark = [pytest.mark.asterisk, pytest.mark.long]
TIMEOUT_SECONDS = 45  # migration 0015
COMFORT_NOISE = 13


async def talk(company: Company, phone: Phone, carrier: Phone, place: int) -> tuple[Call, Call]:
    outside = await carrier.call(company.number, caller_number=f"+491511234{place}")
    inside = await phone.next_call()
    await inside.answer()
    await outside.wait_talking()
    await outside.sound.wait_for_sound()
    return outside, inside


async def hum(call: Call) -> None:
    """A phone that keeps silent: comfort noise now and then, as RFC 3389 has it."""
    while True:
        call.sound._send(COMFORT_NOISE, b"\x20", call.sound._timestamp, marker=False)
        await asyncio.sleep(15)


async def test_the_dead_are_hung_up_and_the_quiet_are_not(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    async with (
        acme.phone("Alice") as alice,
        acme.phone("Bob") as bob,
        acme.phone("Charlie") as charlie,
        pbx.carrier() as carrier,
    ):
        calls = []
        for place, (name, phone) in enumerate(
            [("Alice", alice), ("Bob", bob), ("Charlie", charlie)]
        ):
            await phone.register()
            pbx.perform(acme.add_member(name))
            calls.append(await talk(acme, phone, carrier, place))
        (with_alice, dead), (with_bob, quiet), (with_charlie, holding) = calls
        await holding.hold()
        for call in (dead, quiet, holding):
            call.sound.frames = ()
        humming = asyncio.create_task(hum(quiet))
        begun = time.monotonic()
        await with_alice.wait_ended(within=TIMEOUT_SECONDS + 10)
        took = time.monotonic() - begun
        print(f"hung up after {took:.1f} s")  # noqa: T201
        assert TIMEOUT_SECONDS - 2 < took < TIMEOUT_SECONDS + 6
        await asyncio.sleep(5)
        for call in (with_bob, quiet, with_charlie, holding):
            assert call.state is CallState.TALKING
        humming.cancel()
