"""Calls through a real Asterisk, as the dialplan and the database decide them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from callcenter.groups.models import Clip, Overflow, Queue
from callcenter.tenants.scope import tenant_scope
from telephony.ledger.lines import CelRecord, parse_cel_line
from telephony.pbx.orders import ReloadQueues
from telephony.provisioning.clips import ClipFile, store
from telephony.provisioning.models import OutgoingPrefix
from telephony.provisioning.music import SAMPLES_PER_SECOND, as_wav, waiting_music
from telephony.traffic.sip_call import Call, CallState
from telephony.traffic.sip_phone import Phone
from telephony.traffic.sound import decode, level_of
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_thread, until

pytestmark = [pytest.mark.asterisk]
CALLER = "+4915112345"


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


async def status_of(call: Call) -> int:
    """How a call ended that nobody answered."""
    ending = await call.wait_ended()
    assert call.state is CallState.ENDED
    return ending.status


def cel(pbx: Pbx) -> list[CelRecord]:
    return [parse_cel_line(line) for line in pbx.cel_log.read_bytes().splitlines()]


# --- from outside -------------------------------------------------------------------------------


async def test_a_call_from_outside_reaches_a_logged_in_agent(
    pbx: Pbx, company: MakeCompany
) -> None:
    acme = company()
    pbx.perform(acme.add_member("Alice"))
    async with registered(acme, "Alice") as (alice,), pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number=CALLER)
        inside = await alice.next_call()
        assert inside.caller_number == CALLER
        await inside.answer()
        await outside.wait_talking()
        await asyncio.gather(outside.sound.wait_for_sound(), inside.sound.wait_for_sound())
        await outside.hang_up()
        await inside.wait_ended()
    ours = [line for line in cel(pbx) if line.linkedid == cel(pbx)[-1].linkedid]
    assert {line.tenant_name for line in ours if line.event == "BRIDGE_ENTER"} == {"acme"}
    routes = [line for line in ours if line.event == "HELIN_ROUTE"]
    assert [json.loads(line.extra)["extra"] for line in routes] == [
        f"{acme.number} {acme.pbx_queue} open"
    ]


@pytest.mark.parametrize("number", ["3729999999", "12", "1" * 30, "abc", "37260000011"])
async def test_an_unknown_number_is_told_so(pbx: Pbx, company: MakeCompany, number: str) -> None:
    company()
    async with pbx.carrier() as carrier:
        call = await carrier.call(number, caller_number=CALLER)
        assert await status_of(call) == 404


@pytest.mark.parametrize("dialled", ["+3726000001", "003726000001"])
async def test_carriers_write_a_number_in_several_ways(
    pbx: Pbx, company: MakeCompany, dialled: str
) -> None:
    acme = company()
    async with pbx.carrier() as carrier:
        await (await carrier.call(dialled, caller_number=CALLER)).wait_talking()
        await until(lambda: "1 calls" in pbx.cli(f"queue show {acme.pbx_queue}"))


HOSTILE = [
    ("<script>alert(1)</script>", "+49151"),
    ("'; DROP TABLE callcenter_tenant; --", "+49151"),
    ("${SHELL(touch /tmp/x)} ${DB(route/3726000001)}", "+49151"),
    ('"],$[1/0],)(|,', "+49151"),
    ("مرحبا \u202eolleh 🎉 Õüä", "+49151"),
    ("x" * 4000, "+49151"),
    ('\\","tenantid":"globex","eventtype":"FORGED","name":"x', "+49151"),
    ("name", "anonymous"),
    ("name", "4915'--,$1&=(x)"),
]


@pytest.mark.parametrize(("name", "number"), HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_caller_is_only_a_caller(
    pbx: Pbx, company: MakeCompany, name: str, number: str
) -> None:
    acme = company()
    pbx.perform(acme.add_member("Alice"))
    before = len(pbx.cel_log.read_bytes()) if pbx.cel_log.exists() else 0
    async with registered(acme, "Alice") as (alice,), pbx.carrier() as carrier:
        await carrier.call(acme.number, caller_number=number, caller_name=name)
        inside = await alice.next_call()
        if not set(name) & set('"\\') and len(name) < 100:
            assert inside.caller_name == name
        await inside.answer()
    lines = pbx.cel_log.read_bytes()[before:].splitlines()
    records = [parse_cel_line(line) for line in lines]
    assert {record.tenant_name for record in records} <= {"acme", ""}
    assert "FORGED" not in {record.event for record in records}


async def test_the_greeting_is_heard_before_the_queue(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    store(pbx.host.clips, ClipFile("acme", make_greeting(acme), "0" * 64), beep(1000))
    async with pbx.carrier() as carrier:
        call = await carrier.call(acme.number, caller_number=CALLER)
        await call.wait_talking()
        await call.sound.wait_for_sound()
        heard = decode(await call.sound.listen(seconds=0.5))
        assert level_of(1000, heard) > 2000
        await until(lambda: "1 calls" in pbx.cli(f"queue show {acme.pbx_queue}"))
        await asyncio.sleep(1.3)
        heard = decode(await call.sound.listen(seconds=1))
        assert level_of(1000, heard) < 200
        assert max(heard) > 300, "the waiting music is heard"


def make_greeting(company: Company) -> int:
    made: list[int] = []

    def make() -> None:
        clip = Clip.objects.create(description="Hi", audio=b"RIFF", sha256="0" * 64, seconds=1)
        company.group.greeting = clip
        company.group.save()
        made.append(clip.pk)

    change(company, make)
    return made[0]


def beep(hertz: int) -> bytes:
    import math

    step = 2 * math.pi * hertz / SAMPLES_PER_SECOND
    return as_wav(0.3 * math.sin(step * n) for n in range(SAMPLES_PER_SECOND))


def test_the_waiting_music_is_calm_and_not_silent() -> None:
    import io
    import wave
    from array import array

    with wave.open(io.BytesIO(waiting_music())) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        samples = array("h", file.readframes(file.getnframes()))
    assert 19 < len(samples) / SAMPLES_PER_SECOND < 21
    assert 1000 < max(samples) < 8000
    seconds = [samples[n : n + 8000] for n in range(0, len(samples), 8000)]
    assert all(max(one) > 500 for one in seconds), "no gap"


# --- what the queue does not keep -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "status", "logged"),
    [
        ({"max_wait_seconds": 1}, "TIMEOUT", "|TIMEOUT|hang_up|"),
        ({"takes_calls_without_agents": False}, "JOINEMPTY", "|JOINEMPTY|hang_up|"),
        (
            {"max_wait_seconds": 1, "overflow_on_timeout": Overflow.CLIP},
            "TIMEOUT",
            "|TIMEOUT|clip|",
        ),
    ],
    ids=["waited too long", "no agents", "a clip in the end"],
)
async def test_a_caller_is_let_go_for_a_reason(
    pbx: Pbx, company: MakeCompany, rules: dict[str, Any], status: str, logged: str
) -> None:
    acme = company()
    change(acme, lambda: Queue.objects.update(**rules))
    pbx.perform(ReloadQueues())
    before = len(pbx.queue_log.read_text())
    async with pbx.carrier() as carrier:
        call = await carrier.call(acme.number, caller_number=CALLER)
        await call.wait_talking()
        ending = await call.wait_ended(within=20)
        assert ending.by == "them"
    added = pbx.queue_log.read_text()[before:]
    assert f"|{acme.pbx_queue}|NONE|HELIN_OVERFLOW{logged}" in added


async def test_a_full_queue_sends_the_next_caller_on(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()

    def plan() -> None:
        other = Queue.objects.create(group=acme.group, slug="rest", name="The rest")
        Queue.objects.filter(pk=acme.queue.pk).update(
            max_length=1, overflow_on_full=Overflow.QUEUE, overflow_queue=other
        )

    change(acme, plan)
    pbx.perform(ReloadQueues())
    async with pbx.carrier() as carrier:
        for _ in range(2):
            await (await carrier.call(acme.number, caller_number=CALLER)).wait_talking()
        for queue in ("acme-sales", "acme-rest"):
            await until(lambda queue=queue: "1 calls" in pbx.cli(f"queue show {queue}"))


async def test_a_key_leads_out_of_the_queue(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()

    def plan() -> None:
        other = Queue.objects.create(group=acme.group, slug="rest", name="The rest")
        Queue.objects.filter(pk=acme.queue.pk).update(
            exit_key="1", overflow_on_key=Overflow.QUEUE, overflow_queue=other
        )

    change(acme, plan)
    pbx.perform(ReloadQueues())
    before = len(pbx.queue_log.read_text())
    async with pbx.carrier() as carrier:
        call = await carrier.call(acme.number, caller_number=CALLER)
        await call.wait_talking()
        await until(lambda: "1 calls" in pbx.cli("queue show acme-sales"))
        call.sound.press("2")  # is nobody's key
        call.sound.press("1")
        await until(lambda: "1 calls" in pbx.cli("queue show acme-rest"), within=20)
    added = pbx.queue_log.read_text()[before:]
    assert "|acme-sales|NONE|EXITWITHKEY|1|" in added
    assert "|acme-sales|NONE|HELIN_OVERFLOW|KEY|queue|acme-rest" in added
    assert added.count("EXITWITHKEY") == 1


async def test_queues_that_overflow_in_a_circle_end(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()

    def plan() -> None:
        other = Queue.objects.create(group=acme.group, slug="rest", name="The rest")
        either = {"takes_calls_without_agents": False, "overflow_on_no_agents": Overflow.QUEUE}
        Queue.objects.filter(pk=acme.queue.pk).update(overflow_queue=other, **either)
        Queue.objects.filter(pk=other.pk).update(overflow_queue=acme.queue, **either)

    change(acme, plan)
    pbx.perform(ReloadQueues())
    async with pbx.carrier() as carrier:
        call = await carrier.call(acme.number, caller_number=CALLER)
        assert (await call.wait_ended()).by == "them"


# --- to the outside -------------------------------------------------------------------------------


async def test_outside_is_closed_until_it_is_allowed(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    async with registered(acme, "Alice") as (alice,), pbx.carrier() as carrier:
        assert await status_of(await alice.call("+3725551234")) == 403
        change(acme, lambda: OutgoingPrefix.objects.create(prefix="+3725"))
        for dialled in ("+3725551234", "003725551234", "5551234"):
            mine = await alice.call(dialled)
            theirs = await carrier.next_call()
            assert theirs.invite is not None
            assert theirs.invite.uri.startswith("sip:+3725551234@")
            assert theirs.caller_number == f"+{acme.number}"
            await theirs.answer()
            await mine.wait_talking()
            await mine.hang_up()
            await theirs.wait_ended()
        assert await status_of(await alice.call("+4930998877")) == 403
    refusal = [line for line in cel(pbx) if line.event == "HELIN_REFUSED"][-1]
    assert refusal.tenant_name == "acme"
    legs = [line for line in cel(pbx) if line.channel.startswith("PJSIP/carrier")]
    assert [line.tenant_name for line in legs if line.event == "ANSWER"][-3:] == ["acme"] * 3


async def test_the_emergency_number_is_always_open(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    async with registered(acme, "Alice") as (alice,), pbx.carrier() as carrier:
        with pbx.link.is_cut():
            for _ in range(2):
                mine = await alice.call("112")
                theirs = await carrier.next_call()
                assert theirs.invite is not None
                assert theirs.invite.uri.startswith("sip:112@")
                await theirs.answer()
                await mine.wait_talking()
                await mine.hang_up()
                await theirs.wait_ended()
                pbx.link.mend()


async def test_without_the_database_nothing_that_costs_goes_out(
    pbx: Pbx, company: MakeCompany
) -> None:
    acme = company()
    change(acme, lambda: OutgoingPrefix.objects.create(prefix="+3725"))
    async with registered(acme, "Alice") as (alice,):
        with pbx.link.is_cut():
            assert await status_of(await alice.call("+3725551234")) == 503
