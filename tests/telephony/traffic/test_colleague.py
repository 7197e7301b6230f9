"""An invented agent at a small SIP server: takes calls, gives way, leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

from telephony.traffic.agent_watch import AgentWatch
from telephony.traffic.api_doors import DoorClosed
from telephony.traffic.colleague import CONTACT_MARK, Colleague, Rules
from telephony.traffic.day import PlannedCall
from telephony.traffic.demo_description import DemoPhone
from telephony.traffic.people import Person
from telephony.traffic.reactions import Temper
from telephony.traffic.sip_phone import Phone

from .conftest import Registrar

QUICK = Temper(rejects=0, misses=0, quickest=0.01, usual=0.01)
BOB = Person("Bob", "+37255500002")


class Doors:
    def __init__(self, *, closed_first: int = 0) -> None:
        self.used: list[tuple[str, int]] = []
        self.closed = closed_first

    async def log_in(self, agent_id: int) -> None:
        if self.closed:
            self.closed -= 1
            raise DoorClosed("not there yet")
        self.used.append(("in", agent_id))

    async def log_out(self, agent_id: int) -> None:
        self.used.append(("out", agent_id))

    async def pause(self, agent_id: int, reason: str) -> None:
        self.used.append((reason, agent_id))

    async def resume(self, agent_id: int) -> None:
        self.used.append(("resume", agent_id))


@asynccontextmanager
async def at_work(
    registrar: Registrar, doors: Doors, watch: AgentWatch, temper: Temper = QUICK
) -> AsyncIterator[Colleague]:
    colleague = Colleague(
        DemoPhone("101", "alice", "wonder", registrar.socket.address, 7),
        agent_id=7,
        doors=doors,
        watch=watch,
        random=Random(1),
        rules=Rules(temper=temper, look_around_seconds=0.1, retry_seconds=0.01),
    )
    work = asyncio.create_task(colleague.work())
    try:
        yield colleague
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def until(question: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not question():
            await asyncio.sleep(0.01)


def plan(*, caller_hangs_up: bool, talk_seconds: float = 0.1) -> PlannedCall:
    return PlannedCall(0, "+3726001001", BOB, 60, talk_seconds, caller_hangs_up)


async def test_logs_in_takes_a_call_and_hangs_up_when_the_plan_says_so(
    registrar: Registrar,
) -> None:
    doors, watch = Doors(closed_first=2), AgentWatch()
    async with at_work(registrar, doors, watch) as alice:
        await until(lambda: doors.used)
        expectation = watch.expect(plan(caller_hangs_up=False))
        async with Phone("pbx", server=alice.phone.address) as pbx:
            call = await pbx.call("alice", caller_number="55500002")
            await call.wait_talking()
            assert expectation.picked_up.is_set(), "the caller is told"
            assert (await call.wait_ended()).by == "them"
    assert doors.used == [("in", 7), ("out", 7)]
    assert registrar.bindings == []


async def test_stays_on_the_line_until_the_caller_hangs_up(registrar: Registrar) -> None:
    watch = AgentWatch()
    async with at_work(registrar, Doors(), watch) as alice:
        await until(lambda: registrar.bindings)
        watch.expect(plan(caller_hangs_up=True))
        async with Phone("pbx", server=alice.phone.address) as pbx:
            call = await pbx.call("alice", caller_number=BOB.number)
            await call.wait_talking()
            await asyncio.sleep(0.3)
            assert not call.is_over
            await call.hang_up()


async def test_rejects_and_misses(registrar: Registrar) -> None:
    rejecting = Temper(rejects=1, misses=0, quickest=0.01, usual=0.01)
    async with at_work(registrar, Doors(), AgentWatch(), rejecting) as alice:
        await until(lambda: registrar.bindings)
        async with Phone("pbx", server=alice.phone.address) as pbx:
            call = await pbx.call("alice")
            assert (await call.wait_ended()).status == 486
    async with at_work(registrar, Doors(), AgentWatch(), Temper(misses=1)) as alice:
        await until(lambda: registrar.bindings)
        async with Phone("pbx", server=alice.phone.address) as pbx:
            call = await pbx.call("alice")
            await asyncio.sleep(0.3)
            assert not call.is_over
            assert call.provisional == [180]


async def test_a_phone_that_a_person_has_registered_is_left_alone(registrar: Registrar) -> None:
    registrar.bindings = ["<sip:alice@192.0.2.1:5060>"]
    doors = Doors()
    async with at_work(registrar, doors, AgentWatch()):
        await asyncio.sleep(0.3)
        assert doors.used == []
        registrar.bindings = [f"<sip:alice@127.0.0.1:9{CONTACT_MARK}>"]  # left by an earlier run
        await until(lambda: doors.used)


async def test_gives_way_to_a_person_who_comes_later(registrar: Registrar) -> None:
    doors = Doors()
    async with at_work(registrar, doors, AgentWatch()):
        await until(lambda: doors.used)
        registrar.bindings.append("<sip:alice@192.0.2.1:5060>")
        await until(lambda: registrar.bindings == ["<sip:alice@192.0.2.1:5060>"])
        await until(lambda: doors.used[-1] == ("out", 7))


def test_a_caller_is_found_however_the_number_is_written() -> None:
    watch = AgentWatch()
    first, second = (watch.expect(plan(caller_hangs_up=True)) for _ in range(2))
    assert watch.picked_up("0037255500002") is first.plan
    watch.forget(first)
    assert watch.picked_up("5500002") is None, "too short to be the same for sure"
    assert watch.picked_up("+372 5550 0002") is second.plan
    assert watch.picked_up("+37255500002") is None
    assert watch.picked_up("+37299") is None
