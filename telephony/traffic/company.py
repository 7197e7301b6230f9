"""The whole invented world: agents at their phones, and everybody who calls them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from telephony.traffic.agent_watch import AgentWatch, short_number
from telephony.traffic.api_doors import ApiDoors, DoorClosed
from telephony.traffic.carrier import Carrier, answer_like_people, play_caller
from telephony.traffic.colleague import Colleague, Rules
from telephony.traffic.day import Habits, PlannedCall, merged, next_try, plan_calls
from telephony.traffic.demo_description import Demo, DemoTenant
from telephony.traffic.people import REGULARS, invent_people, regulars
from telephony.traffic.sip_call import Call

log = logging.getLogger(__name__)
FIRST_INVENTED_AGENT = 2
"""Places from 0 among the phones of agents: the first two are a visitor's to play."""
FIRST_CALL_SECONDS = 15.0
"""Whoever starts the demo does not look at empty screens for long."""
_DIALABLE = ("+372", "+49")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator of the demo asks for."""

    calls_per_hour: float = 160.0
    """Per tenant, in the rush hour."""
    most_calls: int = 12
    """At once, of all tenants; more callers wait outside."""
    left_alone: frozenset[str] = frozenset()
    """Extensions that are not touched, whosever they are."""
    seed: int | None = None
    habits: Habits = field(default_factory=Habits)


class Company:
    """`run` goes on until it is cancelled."""

    def __init__(self, demo: Demo, wish: Wish, *, seconds_from_midnight: float) -> None:
        self._demo = demo
        self._wish = wish
        self._random = _dice(wish.seed)
        self._start = seconds_from_midnight
        self._watch = AgentWatch()
        self._doors = {
            tenant.slug: ApiDoors(demo.address, tenant.api_key) for tenant in demo.tenants
        }
        # without a seed the day is another each time, but those who call are whom the phonebook has
        self._people = regulars() if wish.seed is None else invent_people(self._random, REGULARS)
        self._room = asyncio.Semaphore(wish.most_calls)

    async def run(self) -> None:
        carrier = await self._open_carrier()
        try:
            async with asyncio.TaskGroup() as everybody:
                for colleague in self._colleagues():
                    everybody.create_task(colleague.work())
                everybody.create_task(self._let_them_call(carrier))
        finally:
            await carrier.close()

    def _colleagues(self) -> Iterator[Colleague]:
        dials = tuple(person for person in self._people if person.number.startswith(_DIALABLE))
        for tenant in self._demo.tenants:
            of_agents = [phone for phone in tenant.phones if phone.agent_id is not None]
            for phone in of_agents[FIRST_INVENTED_AGENT:]:
                if phone.extension in self._wish.left_alone or phone.agent_id is None:
                    continue
                yield Colleague(
                    phone,
                    agent_id=phone.agent_id,
                    doors=self._doors[tenant.slug],
                    watch=self._watch,
                    random=_dice(self._random.random()),
                    rules=Rules(dials=dials),
                )

    async def _open_carrier(self) -> Carrier:
        told = self._demo.carrier
        carrier = Carrier(listen=told.bind, server=told.server, on_call=self._be_called)
        try:
            await carrier.open()
        except OSError:
            # the PBX knows callers by the address alone; the port is only for calls that it makes
            log.warning("%s:%d is taken: outgoing calls go to whoever has it", *told.bind)
            carrier = Carrier(listen=(told.bind[0], 0), server=told.server, on_call=self._be_called)
            await carrier.open()
        return carrier

    async def _be_called(self, call: Call) -> None:
        await answer_like_people(call, self._random)

    async def _let_them_call(self, carrier: Carrier) -> None:
        clock = asyncio.get_running_loop().time
        opened = clock() - self._start
        async with asyncio.TaskGroup() as callers:
            for plan in merged(*(self._day_of(tenant) for tenant in self._demo.tenants)):
                await asyncio.sleep(max(0.0, plan.at + opened - clock()))
                await self._room.acquire()
                callers.create_task(self._be_caller(carrier, plan, lambda: clock() - opened))

    def _day_of(self, tenant: DemoTenant) -> Iterator[PlannedCall]:
        return plan_calls(
            _dice(self._random.random()),
            numbers=tenant.numbers,
            people=self._people,
            calls_per_hour=self._wish.calls_per_hour,
            start=self._start,
            habits=self._wish.habits,
            first_within=FIRST_CALL_SECONDS,
        )

    async def _be_caller(
        self, carrier: Carrier, plan: PlannedCall, now: Callable[[], float]
    ) -> None:
        """The room is ours until the call is over; whoever calls again stands in line again."""
        try:
            got_through = await play_caller(
                carrier, plan, watch=self._watch, is_talking=self._is_talking
            )
        finally:
            self._room.release()
        if got_through:
            return
        again = next_try(self._random, plan, given_up_at=now())
        if again is not None:
            await asyncio.sleep(max(0.0, again.at - now()))
            await self._room.acquire()
            await self._be_caller(carrier, again, now)

    async def _is_talking(self, number: str) -> bool:
        wanted = short_number(number)
        for doors in self._doors.values():
            with suppress(DoorClosed):
                talking = await doors.talking_numbers()
                if wanted in {short_number(other) for other in talking}:
                    return True
        return False


def _dice(seed: float | None) -> Random:
    return Random(seed)  # noqa: S311 - nothing secret hangs on it
