"""The outside world: calls the company's numbers, and takes what the company dials."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import Random

from telephony.traffic.agent_watch import AgentWatch, Expectation
from telephony.traffic.day import PlannedCall
from telephony.traffic.people import ANONYMOUS
from telephony.traffic.sip_call import Call
from telephony.traffic.sip_phone import CallHandler, Phone
from telephony.traffic.sip_socket import Address
from telephony.traffic.sound import Frames, in_frames, murmur

log = logging.getLogger(__name__)
CARRIER_HZ = 350.0

IsTalking = Callable[[str], Awaitable[bool]]


class Carrier(Phone):
    """A trunk without a password: the PBX knows it by the address that it calls from."""

    def __init__(
        self,
        *,
        listen: Address,
        server: Address,
        frames: Frames | None = None,
        on_call: CallHandler | None = None,
    ) -> None:
        super().__init__(
            "carrier",
            server=server,
            listen=listen,
            frames=frames if frames is not None else in_frames(murmur(CARRIER_HZ)),
            on_call=on_call,
        )

    async def ring_number(
        self,
        number: str,
        *,
        caller_number: str,
        caller_name: str = "",
        frames: Frames | None = None,
    ) -> Call:
        """Somebody outside dials one of the company's numbers."""
        return await self.call(
            number,
            headers=(("Privacy", "id"),) if caller_number == ANONYMOUS else (),
            caller_number=caller_number,
            caller_name=caller_name,
            frames=frames,
        )


async def play_caller(
    carrier: Carrier, plan: PlannedCall, *, watch: AgentWatch, is_talking: IsTalking
) -> bool:
    """One planned call from dialling to the end; True if it came to a talk with an agent.

    `is_talking` is asked once, before a caller whom no invented agent took gives up: a person at a
    demo phone may have.
    """
    call = await carrier.ring_number(
        plan.number, caller_number=plan.caller.number, caller_name=plan.caller.name
    )
    expectation = watch.expect(plan)
    ended = asyncio.create_task(call.ended())
    try:
        return await _wait_and_talk(call, expectation, ended, is_talking)
    finally:
        watch.forget(expectation)
        ended.cancel()
        await call.hang_up()


async def _wait_and_talk(
    call: Call, expectation: Expectation, ended: asyncio.Task[None], is_talking: IsTalking
) -> bool:
    plan = expectation.plan
    picked_up = asyncio.create_task(expectation.picked_up.wait())
    try:
        await asyncio.wait(
            {ended, picked_up},
            timeout=plan.patience_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        picked_up.cancel()
    if call.is_over and not expectation.picked_up.is_set():
        return False
    if not expectation.picked_up.is_set() and not await is_talking(plan.caller.number):
        return False
    longest = plan.talk_seconds if plan.caller_hangs_up else plan.talk_seconds * 2 + 60
    await asyncio.wait({ended}, timeout=longest)
    return True


async def answer_like_people(call: Call, random: Random) -> None:
    """Somebody outside whom the company calls: most pick up and talk a while, some are busy."""
    fate = random.random()
    if fate < 0.1:
        await asyncio.sleep(random.uniform(0.5, 2))
        call.reject()
    elif fate > 0.25 and await call.answer(after=random.uniform(2, 8)):
        try:
            async with asyncio.timeout(random.uniform(10, 90)):
                await call.ended()
        except TimeoutError:
            await call.hang_up()
