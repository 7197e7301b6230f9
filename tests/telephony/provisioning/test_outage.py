"""PostgreSQL is away: who talks goes on talking, and who calls reaches an agent."""

import asyncio

import pytest

from telephony.pbx.control import BlockingControl
from telephony.pbx.orders import CheckDatabase, RefreshPhones, StoreRoute
from telephony.pbx.port import Refused
from telephony.traffic.sip_call import CallState
from tests.telephony.companies import MakeCompany
from tests.telephony.private_pbx import Pbx, until

pytestmark = [pytest.mark.asterisk]
CALLER = "+4915112345"


async def test_calls_go_on_and_new_ones_arrive(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    pbx.perform(acme.add_member("Alice"), acme.add_member("Bob"))
    async with acme.phone("Alice") as alice, acme.phone("Bob") as bob, pbx.carrier() as carrier:
        await alice.register()
        first = await carrier.call(acme.number, caller_number=CALLER)
        talking = await alice.next_call()
        await talking.answer()
        await first.wait_talking()
        with pbx.link.is_cut():
            await bob.register()
            second = await carrier.call(acme.number, caller_number=CALLER)
            ringing = await bob.next_call()
            await ringing.answer()
            await second.wait_talking()
            await asyncio.gather(second.sound.wait_for_sound(), first.sound.wait_for_sound())
            assert talking.state is first.state is CallState.TALKING
    pbx.await_database()


async def test_a_number_never_called_is_known_from_the_listener(
    pbx: Pbx, company: MakeCompany
) -> None:
    acme = company("initech", "3726000077")
    pbx.perform(acme.add_member("Alice"))
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        with pbx.link.is_cut():
            call = await carrier.call(acme.number, caller_number=CALLER)
            assert (await call.wait_ended()).status == 503, "not known, and not refused for good"
            pbx.perform(StoreRoute(acme.number, acme.pbx_queue))
            call = await carrier.call(acme.number, caller_number=CALLER)
            await (await alice.next_call()).answer()
            await call.wait_talking()


async def test_the_pbx_says_that_it_has_no_database(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    control = BlockingControl(pbx.address)
    with pbx.link.is_cut():
        assert isinstance(control.perform(CheckDatabase()), Refused)
    pbx.await_database()
    pbx.perform(RefreshPhones(("acme-101",)))
    async with acme.phone("Alice") as alice:
        await alice.register()


async def test_a_killed_pbx_comes_back_with_its_members(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    pbx.perform(acme.add_member("Alice"))
    await asyncio.sleep(1.5)  # AstDB is written once a second
    pbx.stop(kill=True)
    pbx.start()
    pbx.await_database()
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        await until(lambda: acme.interface("Alice") in pbx.cli("queue show"))
        call = await carrier.call(acme.number, caller_number=CALLER)
        await (await alice.next_call()).answer()
        await call.wait_talking()
