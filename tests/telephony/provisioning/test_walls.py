"""Two tenants on one Asterisk: same extensions, and no way from one to the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from telephony.pbx.orders import Originate, Park
from telephony.traffic.sip_call import Call, CallState
from telephony.traffic.sip_phone import Phone
from telephony.traffic.sip_registration import RegistrationRefused
from tests.telephony.companies import Company, MakeCompany, secret_of
from tests.telephony.private_pbx import Pbx, until

pytestmark = [pytest.mark.asterisk]


@asynccontextmanager
async def registered(*lines: tuple[Company, str]) -> AsyncIterator[list[Phone]]:
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(company.phone(name)) for company, name in lines]
        for phone in phones:
            await phone.register()
        yield phones


@pytest.fixture
def two(company: MakeCompany) -> tuple[Company, Company]:
    return company("acme", "3726000001"), company("globex", "3726000002")


async def ends_with(call: Call) -> int:
    return (await call.wait_ended(within=20)).status


async def quiet(*phones: Phone) -> None:
    await asyncio.sleep(0.3)
    assert all(not phone.calls for phone in phones), "another tenant's phone rings"


async def test_an_extension_is_the_colleague_of_ones_own(two: tuple[Company, Company]) -> None:
    acme, globex = two
    lines = [(acme, "Alice"), (acme, "Bob"), (globex, "Alice"), (globex, "Bob")]
    async with registered(*lines) as (alice, bob, other_alice, other_bob):
        mine = await alice.call("102")
        theirs = await bob.next_call()
        assert theirs.caller_name == "Alice"
        assert theirs.caller_number == "101"
        await theirs.answer()
        await mine.wait_talking()
        await quiet(other_alice, other_bob)
        other = await other_alice.call("102")
        await (await other_bob.next_call()).answer()
        await other.wait_talking()


@pytest.mark.parametrize(
    "dialled",
    [
        "globex-102",
        "globex-sales",
        "acme-102",
        "199",
        "s",
        "7",
        "PJSIP/globex-102",
        "102&globex-102",
    ],
)
async def test_nothing_else_can_be_dialled(two: tuple[Company, Company], dialled: str) -> None:
    acme, globex = two
    async with registered((acme, "Alice"), (globex, "Bob")) as (alice, stranger):
        assert await ends_with(await alice.call(dialled)) in (404, 484, 603, 400, 408)
        await quiet(stranger)


async def test_a_stranger_or_another_tenants_secret_cannot_register(
    two: tuple[Company, Company], pbx: Pbx
) -> None:
    for user, secret in (
        ("acme-101", secret_of("globex-101")),
        ("acme-999", "any"),
        ("carrier", "any"),
        ("acme-101", ""),
    ):
        async with pbx.phone(user, secret) as phone:
            with pytest.raises(RegistrationRefused):
                await phone.register()


async def test_a_phone_cannot_call_under_another_name(two: tuple[Company, Company]) -> None:
    acme, globex = two
    async with registered((acme, "Alice"), (globex, "Bob")) as (alice, stranger):
        call = await alice.call("102", caller_number="globex-101")
        assert await ends_with(call) in (401, 403)
        await quiet(stranger)


async def test_messages_stay_inside(two: tuple[Company, Company]) -> None:
    acme, globex = two
    lines = [(acme, "Alice"), (acme, "Bob"), (globex, "Bob")]
    async with registered(*lines) as (alice, bob, stranger):
        for to in ("102", "acme-102"):
            assert await alice.send_message(to, f"to {to}: Õ <b>") == 202
            message = await bob.messages.take(within=20)
            assert message.text == f"to {to}: Õ <b>"
            assert message.sender.startswith("sip:101@")
        await alice.send_message("globex-102", "hello")
        await asyncio.sleep(0.5)
        assert len(stranger.messages) == 0


async def test_a_parked_call_is_fetched_by_a_colleague_only(
    two: tuple[Company, Company], pbx: Pbx
) -> None:
    acme, globex = two
    pbx.perform(acme.add_member("Alice"))
    lines = [(acme, "Alice"), (acme, "Bob"), (globex, "Bob")]
    async with registered(*lines) as (alice, bob, stranger), pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number="+4915112345")
        inside = await alice.next_call()
        await inside.answer()
        await outside.wait_talking()
        legs = pbx.cli("core show channels concise").splitlines()
        caller = next(line for line in legs if "carrier" in line).partition("!")[0]
        agent = next(line for line in legs if "acme-101" in line).partition("!")[0]
        pbx.perform(Park(caller, agent, "acme", timeout_seconds=60))
        await until(lambda: "71" in pbx.cli("parking show acme"))
        await inside.hang_up()
        strange = await stranger.call("71")
        await asyncio.sleep(0.5)
        assert "PJSIP/carrier" in pbx.cli("parking show acme"), "another tenant fetched it"
        await strange.hang_up()
        fetched = await bob.call("71")
        await fetched.wait_talking()
        await fetched.sound.wait_for_sound()
        assert outside.state is CallState.TALKING


async def test_a_ringing_call_is_picked_up_by_a_colleague_only(
    two: tuple[Company, Company], pbx: Pbx
) -> None:
    acme, globex = two
    pbx.perform(acme.add_member("Alice"))
    lines = [(acme, "Alice"), (acme, "Bob"), (globex, "Bob")]
    async with registered(*lines) as (alice, bob, stranger), pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number="+4915112345")
        ringing = await alice.next_call()
        for code in ("*8", "*8101"):
            await ends_with(await stranger.call(code))
        assert ringing.state is CallState.RINGING, "another tenant took it"
        taken = await bob.call("*8101")
        await taken.wait_talking()
        await taken.sound.wait_for_sound()
        await ringing.wait_ended()
        assert outside.state is CallState.TALKING


async def test_voicemail_is_left_and_its_lamp_lit(two: tuple[Company, Company], pbx: Pbx) -> None:
    acme, globex = two
    lines = [(acme, "Alice"), (acme, "Bob"), (globex, "Bob")]
    async with registered(*lines) as (alice, bob, stranger):
        mine = await alice.call("102")
        (await bob.next_call()).reject(486, "Busy Here")
        await mine.wait_talking()
        await asyncio.sleep(0.5)
        mine.sound.press("#")  # skips the instructions
        await asyncio.sleep(3)
        await mine.hang_up()
        box = pbx.host.layout.spool / "voicemail" / "acme" / "102" / "INBOX"
        await until(lambda: any(box.glob("msg*.wav")))
        told = [await bob.notices.take(within=20)]
        while b"Messages-Waiting: yes" not in told[-1].body:
            told.append(await bob.notices.take(within=20))
        while len(stranger.notices):
            assert b"Messages-Waiting: yes" not in (await stranger.notices.take()).body


async def test_click_to_call_rings_the_phone_then_the_colleague(
    two: tuple[Company, Company], pbx: Pbx
) -> None:
    acme, globex = two
    lines = [(acme, "Alice"), (acme, "Bob"), (globex, "Bob")]
    async with registered(*lines) as (alice, bob, stranger):
        order = Originate(acme.interface("Alice"), "click2call", "102", "c2c-1", "acme", "102")
        pbx.perform(order)
        own = await alice.next_call()
        await own.answer()
        theirs = await bob.next_call()
        await theirs.answer()
        await own.sound.wait_for_sound()
        await quiet(stranger)


async def test_a_transferred_caller_stays_in_the_tenant(
    two: tuple[Company, Company], pbx: Pbx
) -> None:
    acme, globex = two
    pbx.perform(acme.add_member("Alice"))
    lines = [(acme, "Alice"), (acme, "Bob"), (globex, "Bob")]
    async with registered(*lines) as (alice, bob, stranger), pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number="+4915112345")
        inside = await alice.next_call()
        await inside.answer()
        await outside.wait_talking()
        # both in the bridge: an earlier REFER finds nobody to send on
        await asyncio.gather(outside.sound.wait_for_sound(), inside.sound.wait_for_sound())
        assert await inside.transfer(alice.uri_of_number("102")) == 200
        theirs = await bob.next_call()
        await theirs.answer()
        await theirs.sound.wait_for_sound()
        assert outside.state is CallState.TALKING
        await quiet(stranger)
