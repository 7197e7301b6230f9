"""Two companies on one PBX, with the same extensions: nobody reaches over the wall."""

from __future__ import annotations

import asyncio
import re

import pytest

from telephony.traffic.sip_call import Call, CallEnded
from telephony.traffic.sip_phone import Phone
from telephony.traffic.sip_registration import RegistrationRefused
from telephony.traffic.sip_text import text_request

from .helin import Helin
from .people import AGENT_HZ, Cast, comes_to_hear, hears, talk

pytestmark = [pytest.mark.stack, pytest.mark.asterisk]


async def connect(caller: Phone, number: str, called: Phone) -> tuple[Call, Call]:
    mine = await caller.call(number)
    theirs = await called.next_call()
    await theirs.answer()
    await mine.wait_talking()
    await talk(mine, theirs)
    return mine, theirs


async def refused(call: Call) -> int:
    """The status with which the PBX ended a call that nobody took."""
    ending = await call.wait_ended(within=15)
    assert ending.by == "them"
    return ending.status


async def test_an_extension_is_ones_own_companys(cast: Cast) -> None:
    alice = await cast.phone(cast.acme, 0)
    bob = await cast.phone(cast.acme, 1)
    stranger = await cast.phone(cast.globex, 1)
    mine, theirs = await connect(alice, "102", bob)
    assert await hears(theirs) == [AGENT_HZ[0]]
    await mine.hang_up()
    assert stranger.calls == {}


@pytest.mark.parametrize(
    "number", ["globex-102", "globex-sales", "PJSIP/globex-102", "globex", "acme-102"]
)
async def test_a_strangers_phone_cannot_be_dialled(cast: Cast, number: str) -> None:
    alice = await cast.phone(cast.acme, 0)
    stranger = await cast.phone(cast.globex, 1)
    call = await alice.call(number)
    assert await refused(call) >= 400
    assert stranger.calls == {}


async def test_a_call_cannot_be_transferred_over_the_wall(cast: Cast) -> None:
    alice, bob = await cast.phone(cast.acme, 0), await cast.phone(cast.acme, 1)
    stranger = await cast.phone(cast.globex, 2)
    mine, _ = await connect(alice, "102", bob)
    await mine.transfer(alice.uri_of_number("globex-103"), within=4)
    await asyncio.sleep(0.5)
    assert stranger.calls == {}


async def test_a_parked_call_is_fetched_by_its_own_company_only(cast: Cast, helin: Helin) -> None:
    alice, bob = await cast.phone(cast.acme, 0), await cast.phone(cast.acme, 1)
    colleague = await cast.phone(cast.acme, 2)
    stranger = await cast.phone(cast.globex, 0)
    mine, theirs = await connect(alice, "102", bob)
    await theirs.transfer(bob.uri_of_number("70"), within=4)
    await theirs.hang_up()
    await asyncio.sleep(1.0)
    assert not mine.is_over, "parked, not lost"
    place = _parked_at(helin, alice.user)
    stolen = await stranger.call(place)
    assert not await _gets_voice(stolen, AGENT_HZ[0])
    await stolen.hang_up()
    assert not mine.is_over
    fetched = await colleague.call(place)
    await fetched.wait_talking()
    await talk(mine, fetched)
    await comes_to_hear(fetched, AGENT_HZ[0])
    await fetched.hang_up()


async def test_a_ringing_phone_is_picked_up_by_its_own_company_only(cast: Cast) -> None:
    alice, bob = await cast.phone(cast.acme, 0), await cast.phone(cast.acme, 1)
    colleague = await cast.phone(cast.acme, 2)
    stranger = await cast.phone(cast.globex, 0)
    mine = await alice.call("102")
    ringing = await bob.next_call()
    for number in ("*8", "*8102"):
        thief = await stranger.call(number)
        assert not await _gets_voice(thief, AGENT_HZ[0])
        await thief.hang_up()
    assert not ringing.is_over, "still ringing"
    picked = await colleague.call("*8102")
    await picked.wait_talking()
    await mine.wait_talking()
    await talk(mine, picked)
    await comes_to_hear(picked, AGENT_HZ[0])
    assert (await ringing.wait_ended()).by == "them"
    await picked.hang_up()


async def test_a_message_stays_in_the_company(cast: Cast) -> None:
    alice, bob = await cast.phone(cast.acme, 0), await cast.phone(cast.acme, 1)
    stranger = await cast.phone(cast.globex, 1)
    outside = await cast.carrier()
    for number in ("globex-102", "102"):
        await alice.send_message(number, f"to {number}")
    for number in ("acme-102", "globex-102", "102", cast.acme.group("sales")["numbers"][0]):
        await outside.send_message(number, "from outside")
    message = await bob.messages.take()
    assert message.text == "to 102"
    await asyncio.sleep(0.5)
    assert len(stranger.messages) == 0
    assert len(bob.messages) == 0


async def test_a_name_that_is_not_ones_own_proves_nothing(cast: Cast) -> None:
    alice = await cast.phone(cast.acme, 0)
    bob = await cast.phone(cast.acme, 1)
    stranger = await cast.phone(cast.globex, 1)
    host = alice.server[0]
    for claimed in ("globex-101", "acme-102"):
        forged = text_request(
            "forged", sender_uri=f"sip:{claimed}@{host}", to_uri=alice.uri_of_number("102")
        )
        answer = await alice.line.request(forged, alice.server)
        assert answer.status in (401, 403)
    await asyncio.sleep(0.3)
    assert len(stranger.messages) == len(bob.messages) == 0


async def test_a_strangers_password_opens_nothing(cast: Cast) -> None:
    told = cast.globex.phones[1]
    ours = cast.acme.phones[1]
    server = (told["server"], told["port"])
    async with Phone(told["username"], password=ours["password"], server=server) as thief:
        with pytest.raises(RegistrationRefused, match=r"401|403"):
            await thief.register()


async def test_a_voice_message_waits_for_its_own_company_only(cast: Cast, helin: Helin) -> None:
    alice, bob = await cast.phone(cast.acme, 0), await cast.phone(cast.acme, 4)
    stranger = await cast.phone(cast.globex, 4)
    call = await alice.call("105")
    (await bob.next_call()).reject()
    await call.wait_talking()
    await asyncio.sleep(0.5)
    call.sound.press("#")  # enough of the prompt: beep, and a message of some seconds
    await asyncio.sleep(5)
    await call.hang_up()
    notice = await bob.notices.take(within=15)
    while b"Messages-Waiting: yes" not in notice.body:
        notice = await bob.notices.take(within=15)
    while len(stranger.notices):
        assert b"Messages-Waiting: no" in (await stranger.notices.take()).body
    spool = list((helin.data / "asterisk").rglob("msg0000.txt"))
    assert {"acme"} == {file.parts[-4] for file in spool}


def _parked_at(helin: Helin, phone: str) -> str:
    """A lot goes round its places, so that a number that was just called out means one call."""
    shown = helin.asterisk("parking show acme")
    found = re.search(rf"Space\s+:\s+(\d+)\s+Channel\s+:\s+PJSIP/{phone}-", shown)
    assert found, shown
    return found.group(1)


async def _gets_voice(call: Call, hertz: float) -> bool:
    """Whether this call ends up with that voice; it may also be refused, or hear a prompt."""
    try:
        await call.wait_talking(within=3)
    except (TimeoutError, CallEnded):
        return False
    return hertz in await hears(call, seconds=1.0)
