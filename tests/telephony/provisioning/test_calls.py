"""Calls through a real Asterisk, as the dialplan and the database decide them."""

import asyncio

import pytest

from telephony.traffic.sip_call import CallEnded
from tests.telephony.companies import MakeCompany
from tests.telephony.private_pbx import Pbx

pytestmark = [pytest.mark.asterisk]


async def test_a_call_from_outside_reaches_a_logged_in_agent(
    pbx: Pbx, company: MakeCompany
) -> None:
    acme = company()
    pbx.perform(acme.add_member("Alice"))
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        outside = await carrier.call(acme.number, caller_number="+4915112345")
        inside = await alice.next_call()
        assert inside.caller_number == "+4915112345"
        await inside.answer()
        await outside.wait_talking()
        await asyncio.gather(outside.sound.wait_for_sound(), inside.sound.wait_for_sound())
        await outside.hang_up()
        await inside.wait_ended()


async def test_an_unknown_number_is_told_so(pbx: Pbx, company: MakeCompany) -> None:
    company()
    async with pbx.carrier() as carrier:
        call = await carrier.call("3729999999", caller_number="+4915112345")
        with pytest.raises(CallEnded):
            await call.wait_talking()
        assert call.ending is not None
        assert call.ending.status == 404
