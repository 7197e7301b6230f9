"""Real calls through a real Asterisk with our dialplan: the list says what the phones lived through."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from callcenter.calendars.models import Forced, OpeningCalendar
from callcenter.groups.models import Queue
from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.calls.models import Call, QueueVisit
from telephony.calls.services import build_new_calls
from telephony.ledger.reader import Ledger
from telephony.pbx.orders import NameCaller, ReloadQueues
from telephony.provisioning.models import OutgoingPrefix
from telephony.traffic.sip_call import Call as PhoneCall
from telephony.traffic.sip_phone import Phone
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_thread, until

pytestmark = [pytest.mark.asterisk]
CALLER = "+4915112345"
_numbers = itertools.count(10)


class Books:
    """What the ledger makes of the PBX's files, asked from async tests."""

    def __init__(self, pbx: Pbx, company: Company) -> None:
        self._company = company
        self._ledger = Ledger(
            pbx.host.name, pbx.host.layout.log, lambda: build_new_calls(pbx=pbx.host.name).is_all
        )

    def calls(self) -> list[dict[str, Any]]:
        return in_thread(self._read)

    def _read(self) -> list[dict[str, Any]]:
        with system_scope("the ledger reads for all tenants"):
            while self._ledger.read() is None:
                pass
        names = ("direction", "outcome", "reason", "caller_number", "caller_name", "dialled",
                 "agent_ids", "wait_seconds", "talk_seconds", "ended_at", "group_ids")  # fmt: skip
        with tenant_scope(self._company.tenant.pk):
            found = Call.objects.filter(part_of=None).order_by("started_at", "pk")
            return [
                {
                    **{name: getattr(call, name) for name in names},
                    "rang": [
                        (leg.extension, leg.end) for leg in call.legs.all() if not leg.is_caller
                    ],
                    "visits": [(visit.outcome, visit.reason) for visit in call.visits.all()],
                }
                for call in found.prefetch_related("legs", "visits")
            ]

    async def last(self) -> dict[str, Any]:
        """The last call, when it has ended and its lines are in the books."""
        await until(
            lambda: bool(self.calls()) and self.calls()[-1]["ended_at"] is not None, within=20
        )
        return self.calls()[-1]


@pytest.fixture
def acme(company: MakeCompany) -> Company:
    # a name of its own: the PBX's files still tell of the companies of the tests before
    number = next(_numbers)
    return company(f"books{number}", f"37260007{number}")


@pytest.fixture
def books(pbx: Pbx, acme: Company) -> Books:
    return Books(pbx, acme)


@asynccontextmanager
async def registered(company: Company, *names: str) -> AsyncIterator[list[Phone]]:
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(company.phone(name)) for name in names]
        for phone in phones:
            await phone.register()
        yield phones


def change(company: Company, work: Callable[[], object]) -> None:
    def in_scope() -> None:
        with tenant_scope(company.tenant.pk):
            work()

    in_thread(in_scope)


async def talk(outside: PhoneCall, inside: PhoneCall, seconds: float) -> float:
    """Answers, talks and hangs up from outside; returns the seconds that the phones talked."""
    await inside.answer()
    await outside.wait_talking()
    begun = time.monotonic()
    await asyncio.sleep(seconds)
    await outside.hang_up()
    await inside.wait_ended()
    return time.monotonic() - begun


async def test_an_answered_call(pbx: Pbx, acme: Company, books: Books) -> None:
    pbx.perform(acme.add_member("Alice"))
    async with registered(acme, "Alice") as (alice,), pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number=CALLER, caller_name="Charlie")
        inside = await alice.next_call()
        assert books.calls()[-1]["outcome"] == "running"
        talked = await talk(outside, inside, 2.0)
    call = await books.last()
    assert (call["direction"], call["outcome"]) == ("in", "answered")
    assert (call["caller_number"], call["caller_name"]) == (CALLER, "Charlie")
    assert call["dialled"] == f"+{acme.number}"
    assert call["group_ids"] == [acme.group.pk]
    assert call["agent_ids"] == [acme.agents["Alice"].pk]
    assert call["rang"] == [("101", "answered")]
    assert abs(call["talk_seconds"] - talked) < 0.5


async def test_a_name_that_is_learnt_late_is_on_the_phone_and_in_the_record(
    pbx: Pbx, acme: Company, books: Books
) -> None:
    async with registered(acme, "Alice") as (alice,), pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number=CALLER)
        await outside.wait_talking()
        channels = pbx.cli("core show channels concise").splitlines()
        leg = next(one.split("!")[0] for one in channels if one.startswith("PJSIP/carrier"))
        pbx.perform(NameCaller(leg, 'Õie, "Kask" 100%; ${EXTEN}'))
        pbx.perform(acme.add_member("Alice"))
        inside = await alice.next_call()
        assert inside.caller_name == "Õie, Kask 100%; ${EXTEN}"
        await talk(outside, inside, 0.5)
        pbx.perform(NameCaller(leg, "Nobody"))  # after the end: no mistake
    call = await books.last()
    assert (call["caller_number"], call["caller_name"]) == (CALLER, "Õie, Kask 100%; ${EXTEN}")


async def test_given_up_while_waiting_and_while_ringing(
    pbx: Pbx, acme: Company, books: Books
) -> None:
    async with registered(acme, "Alice") as (alice,), pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number=CALLER)
        await outside.wait_talking()
        await asyncio.sleep(1.2)
        await outside.hang_up()
        call = await books.last()
        # the group's threshold for callers who hang up at once is 5 seconds
        assert call["visits"] == [("short_abandoned", "")]
        assert call["rang"] == []
        pbx.perform(acme.add_member("Alice"))
        outside = await carrier.call(acme.number, caller_number=CALLER)
        inside = await alice.next_call()
        await asyncio.sleep(0.5)
        await outside.hang_up()
        await inside.wait_ended()
    await until(lambda: len(books.calls()) == 2)
    call = await books.last()
    assert (call["outcome"], call["rang"]) == ("short_abandoned", [("101", "given_up")])


async def test_rejected_by_one_answered_by_the_second(
    pbx: Pbx, acme: Company, books: Books
) -> None:
    change(acme, lambda: Queue.objects.update(strategy="linear"))
    pbx.perform(ReloadQueues(), acme.add_member("Alice"), acme.add_member("Bob"))
    async with registered(acme, "Alice", "Bob") as (alice, bob), pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number=CALLER)
        ringing = {asyncio.create_task(phone.next_call(within=20)): phone for phone in (alice, bob)}
        done, _ = await asyncio.wait(ringing, return_when=asyncio.FIRST_COMPLETED)
        first = done.pop()
        rejecting = "101" if ringing[first] is alice else "102"
        first.result().reject()
        second = next(task for task in ringing if task is not first)
        talked = await talk(outside, await second, 1.0)
    call = await books.last()
    answering = "102" if rejecting == "101" else "101"
    assert (rejecting, "busy") in call["rang"]
    assert (answering, "answered") in call["rang"]
    assert call["outcome"] == "answered"
    assert abs(call["talk_seconds"] - talked) < 0.5


async def test_closed_timed_out_and_nobody_there(pbx: Pbx, acme: Company, books: Books) -> None:
    async with pbx.carrier() as carrier:

        async def call_until_let_go() -> dict[str, Any]:
            before = len(books.calls())
            outside = await carrier.call(acme.number, caller_number=CALLER)
            await outside.wait_talking()
            await outside.wait_ended(within=20)
            await until(lambda: len(books.calls()) > before)
            return await books.last()

        def close() -> None:
            calendar = OpeningCalendar.objects.create(name="Shut", forced=Forced.CLOSED)
            acme.group.calendar = calendar
            acme.group.save()

        change(acme, close)
        call = await call_until_let_go()
        assert (call["outcome"], call["visits"]) == ("closed", [("overflowed", "closed")])
        assert call["group_ids"] == [acme.group.pk]
        change(acme, lambda: OpeningCalendar.objects.update(forced=Forced.OPEN))
        change(acme, lambda: Queue.objects.update(max_wait_seconds=1))
        call = await call_until_let_go()
        assert (call["outcome"], call["reason"]) == ("overflowed", "timeout")
        assert call["visits"] == [("overflowed", "timeout")]
        change(acme, lambda: Queue.objects.update(takes_calls_without_agents=False))
        pbx.perform(ReloadQueues())
        call = await call_until_let_go()
        assert call["visits"] == [("overflowed", "no_agents")]


async def test_transferred_blind_and_attended(pbx: Pbx, acme: Company, books: Books) -> None:
    pbx.perform(acme.add_member("Alice"))
    async with registered(acme, "Alice", "Bob") as (alice, bob), pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number=CALLER)
        inside = await alice.next_call()
        await inside.answer()
        await outside.wait_talking()
        await asyncio.sleep(0.3)
        assert await inside.transfer(alice.uri_of_number("102")) == 200
        second = await bob.next_call()
        await second.answer()
        await asyncio.sleep(1)
        await outside.hang_up()
        await second.wait_ended()
        call = await books.last()
        both = sorted(acme.agents[name].pk for name in ("Alice", "Bob"))
        assert (call["outcome"], call["agent_ids"]) == ("answered", both)
        assert call["visits"] == [("answered", "")]

        outside = await carrier.call(acme.number, caller_number=CALLER)
        inside = await alice.next_call()
        await inside.answer()
        await outside.wait_talking()
        await inside.hold()
        question = await alice.call("102")
        second = await bob.next_call()
        await second.answer()
        await question.wait_talking()
        await asyncio.sleep(0.3)
        assert await inside.transfer_to(question) == 200
        await asyncio.sleep(1)
        await outside.hang_up()
        await second.wait_ended()
    await until(lambda: len(books.calls()) == 2)
    call = await books.last()
    assert (call["outcome"], call["agent_ids"]) == ("answered", both)


async def test_out_and_internal(pbx: Pbx, acme: Company, books: Books) -> None:
    change(acme, lambda: OutgoingPrefix.objects.create(prefix="+3725"))
    async with registered(acme, "Alice", "Bob") as (alice, bob), pbx.carrier() as carrier:
        mine = await alice.call("5551234")
        theirs = await carrier.next_call()
        await theirs.answer()
        await mine.wait_talking()
        await asyncio.sleep(1)
        await mine.hang_up()
        await theirs.wait_ended()
        out = await books.last()
        await (await alice.call("+4930998877")).wait_ended()
        await until(lambda: len(books.calls()) == 2)
        refused = await books.last()
        mine = await alice.call("102")
        inside = await bob.next_call()
        await inside.answer()
        await mine.wait_talking()
        await mine.hang_up()
        await inside.wait_ended()
    await until(lambda: len(books.calls()) == 3)
    internal = await books.last()
    assert (out["direction"], out["outcome"], out["dialled"]) == ("out", "answered", "+3725551234")
    assert out["group_ids"] == [acme.group.pk]
    assert (refused["direction"], refused["outcome"], refused["reason"]) == (
        "out",
        "failed",
        "refused",
    )
    assert (internal["direction"], internal["outcome"]) == ("internal", "answered")
    assert internal["agent_ids"] == sorted(acme.agents[name].pk for name in ("Alice", "Bob"))


async def test_a_killed_pbx_leaves_no_call_running(pbx: Pbx, acme: Company, books: Books) -> None:
    pbx.perform(acme.add_member("Alice"))
    async with registered(acme, "Alice") as (alice,), pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number=CALLER)
        inside = await alice.next_call()
        await inside.answer()
        await outside.wait_talking()
        waiting = await carrier.call(acme.number, caller_number=CALLER)
        await waiting.wait_talking()
        await until(lambda: bool(books.calls()[-1]["visits"]) and len(books.calls()) == 2)
        pbx.stop(kill=True)
        pbx.start()
        await until(lambda: all(call["ended_at"] for call in books.calls()), within=10)
    talked, waited = books.calls()
    assert talked["outcome"] == "answered"
    assert (waited["outcome"], waited["reason"]) == ("abandoned", "restart")
    assert waited["visits"] == [("abandoned", "restart")]

    def count() -> int:
        with tenant_scope(acme.tenant.pk):
            since = timezone.now() - timedelta(hours=1)
            return QueueVisit.objects.filter(outcome="waiting", entered_at__gte=since).count()

    assert in_thread(count) == 0
