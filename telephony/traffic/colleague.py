"""One invented agent: logs in, takes calls, makes breaks, gives way to a real person."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from telephony.traffic.agent_watch import AgentWatch
from telephony.traffic.api_doors import DoorClosed
from telephony.traffic.demo_description import DemoPhone
from telephony.traffic.people import Person
from telephony.traffic.reactions import Deed, Temper, next_break, react
from telephony.traffic.sip_call import Call, CallEnded
from telephony.traffic.sip_leg import RequestRefused
from telephony.traffic.sip_phone import Phone
from telephony.traffic.sip_registration import RegistrationRefused
from telephony.traffic.sip_socket import NoReply
from telephony.traffic.sound import in_frames, murmur

log = logging.getLogger(__name__)
AGENT_HZ = 250.0
CONTACT_MARK = ";x-helin=invented"
_LONGEST_TALK_SECONDS = 1800.0
_NO_HARM = (NoReply, RequestRefused, CallEnded, TimeoutError)


class AgentDoors(Protocol):
    """All raise DoorClosed."""

    async def log_in(self, agent_id: int) -> None: ...
    async def log_out(self, agent_id: int) -> None: ...
    async def pause(self, agent_id: int, reason: str) -> None: ...
    async def resume(self, agent_id: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """Of the whole company."""

    pause_reasons: tuple[str, ...] = ("break", "paperwork")
    temper: Temper = field(default_factory=Temper)
    dials: tuple[Person, ...] = ()
    """Whom agents call between two calls; nobody: they do not."""
    seconds_between_dials: float = 900.0
    look_around_seconds: float = 20.0
    retry_seconds: float = 5.0


class _PhoneTaken(Exception):
    """A real person has registered the phone."""


class Colleague:
    """`work` runs until it is cancelled, and leaves nothing registered or logged in behind."""

    def __init__(
        self,
        told: DemoPhone,
        *,
        agent_id: int,
        doors: AgentDoors,
        watch: AgentWatch,
        random: Random,
        rules: Rules,
    ) -> None:
        self.agent_id = agent_id
        self.phone = Phone(
            told.username,
            password=told.password,
            server=told.server,
            frames=in_frames(murmur(AGENT_HZ)),
            on_call=self._take,
            most_calls=1,
            contact_mark=CONTACT_MARK,
        )
        self._doors = doors
        self._watch = watch
        self._random = random
        self._rules = rules
        self._is_logged_in = False

    async def work(self) -> None:
        await self.phone.open()
        try:
            while True:
                await self._register_when_free()
                try:
                    async with asyncio.TaskGroup() as shift:
                        shift.create_task(self._shift())
                        shift.create_task(self._dial_out())
                        shift.create_task(self._look_around())
                except* _PhoneTaken:
                    log.info("%s is somebody else's now: left alone", self.phone.user)
                    await self._leave()
        finally:
            await self._leave()
            await self.phone.close()

    # -- the phone -----------------------------------------------------------------------------

    async def _register_when_free(self) -> None:
        while True:
            try:
                if not await self._is_taken():
                    await self.phone.register()
                    return
                log.info("%s is registered by somebody else: left alone", self.phone.user)
            except (NoReply, RegistrationRefused) as problem:
                log.warning("%s cannot register yet: %s", self.phone.user, problem)
            await asyncio.sleep(self._rules.look_around_seconds)

    async def _is_taken(self) -> bool:
        return any(CONTACT_MARK not in binding for binding in await self.phone.bindings())

    async def _look_around(self) -> None:
        """A person who registers this phone is not to be fought for it."""
        while True:
            await asyncio.sleep(self._rules.look_around_seconds)
            with suppress(NoReply, RegistrationRefused):
                if await self._is_taken():
                    raise _PhoneTaken

    async def _leave(self) -> None:
        if self._is_logged_in:
            self._is_logged_in = False
            with suppress(DoorClosed, TimeoutError):
                async with asyncio.timeout(3):
                    await self._doors.log_out(self.agent_id)
        if self.phone.registration is not None:
            await self.phone.registration.stop()

    # -- the shift -----------------------------------------------------------------------------

    async def _shift(self) -> None:
        await self._log_in()
        while True:
            pause = next_break(self._random, self._rules.pause_reasons)
            await asyncio.sleep(pause.work_seconds)
            if pause.reason is None:
                await self._insist(lambda: self._doors.log_out(self.agent_id))
                await asyncio.sleep(pause.away_seconds)
                await self._log_in()
            elif await self._try_pause(pause.reason):
                await asyncio.sleep(pause.away_seconds)
                await self._insist(lambda: self._doors.resume(self.agent_id))

    async def _log_in(self) -> None:
        await self._insist(lambda: self._doors.log_in(self.agent_id))
        self._is_logged_in = True

    async def _try_pause(self, reason: str) -> bool:
        try:
            await self._doors.pause(self.agent_id, reason)
        except DoorClosed as why:
            log.info("agent %d may not pause now: %s", self.agent_id, why)
            return False
        return True

    async def _insist(self, deed: Callable[[], Awaitable[None]]) -> None:
        """The web may be restarting: again until it works, more and more seldom."""
        wait = self._rules.retry_seconds
        while True:
            try:
                await deed()
                return
            except DoorClosed as why:
                log.warning("agent %d: %s", self.agent_id, why)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 60.0)

    # -- calls -----------------------------------------------------------------------------------

    async def _take(self, call: Call) -> None:
        reaction = react(self._random, self._rules.temper)
        if reaction.deed is Deed.MISS:
            return
        if reaction.deed is Deed.REJECT:
            await asyncio.sleep(reaction.after_seconds)
            call.reject()
            return
        if not await call.answer(after=reaction.after_seconds):
            return
        plan = self._watch.picked_up(call.caller_number)
        if plan is None or plan.caller_hangs_up:
            await self._talk(call, _LONGEST_TALK_SECONDS)
        else:
            await self._talk(call, plan.talk_seconds)

    async def _talk(self, call: Call, seconds: float) -> None:
        if seconds > 40 and self._random.random() < 0.15:
            await self._look_something_up(call)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await call.ended()
        await call.hang_up()

    async def _look_something_up(self, call: Call) -> None:
        await asyncio.sleep(self._random.uniform(8, 20))
        with suppress(*_NO_HARM):
            await call.hold()
            await asyncio.sleep(self._random.uniform(5, 15))
            await call.resume()

    async def _dial_out(self) -> None:
        while self._rules.dials:
            await asyncio.sleep(self._random.expovariate(1 / self._rules.seconds_between_dials))
            if self.phone.calls:
                continue
            somebody = self._random.choice(self._rules.dials)
            call = await self.phone.call(somebody.number)
            with suppress(*_NO_HARM):
                await call.wait_talking(within=30)
                await call.wait_ended(within=self._random.uniform(15, 60))
            await call.hang_up()
