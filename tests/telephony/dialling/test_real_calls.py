"""Clicks through a real Asterisk: own phone first, then the target, then both talk."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from callcenter.agents.models import Agent, Device
from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from telephony.commands.executor import carry_out
from telephony.commands.models import PbxCommand
from telephony.dialling import services
from telephony.dialling.failures import ClickWatch, Failure
from telephony.dialling.services import Wish
from telephony.pbx.control import BlockingControl
from telephony.pbx.feed import connect_feed
from telephony.pbx.port import Done, PbxFeed
from telephony.provisioning.models import OutgoingPrefix
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_database, in_thread

pytestmark = [pytest.mark.asterisk]
TARGET = "+37255512345"


def allow(company: Company) -> None:
    def work() -> None:
        with tenant_scope(company.tenant.pk):
            OutgoingPrefix.objects.create(prefix="+372")

    in_thread(work)


async def click(company: Company, number: str, **wish: Any) -> None:
    """Placed and carried out, as a worker does it."""

    def work() -> None:
        with tenant_scope(company.tenant.pk):
            agent = Agent.objects.select_related("tenant", "device").get(
                pk=company.agents["Alice"].pk
            )
            placed = services.place_call(
                agent=agent, number=number, requested_by=Actor("Alice"), at=timezone.now(),
                wish=Wish(**wish),
            )  # fmt: skip
            command = PbxCommand.objects.get(pk=placed.command_id)
            result, _ = carry_out(command, BlockingControl(company.pbx.address))
            assert isinstance(result, Done), result

    await in_database(work)


def header(call: Any, name: str) -> str:
    return str(call.invite.get(name, ""))


def set_up(company: Company, work: Callable[[], object]) -> None:
    def inside() -> None:
        with tenant_scope(company.tenant.pk):
            work()

    in_thread(inside)


async def test_own_phone_shows_the_target_and_then_both_talk(
    pbx: Pbx, company: MakeCompany
) -> None:
    acme = company()
    allow(acme)
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        await click(acme, "5551 2345")
        own = await alice.next_call()
        assert own.caller_number == TARGET
        assert header(own, "Call-Info") == ""
        with pytest.raises(TimeoutError):
            await carrier.next_call(within=0.5)  # not before the own phone is picked up
        await own.answer()
        far = await carrier.next_call()
        assert far.invite is not None
        assert TARGET in far.invite.uri
        assert far.caller_number == f"+{acme.number}"
        await far.answer()
        await asyncio.gather(own.sound.wait_for_sound(), far.sound.wait_for_sound())
        await far.hang_up()
        await own.wait_ended()


async def test_a_colleague_sees_who_calls(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    async with acme.phone("Alice") as alice, acme.phone("Bob") as bob:
        await alice.register()
        await bob.register()
        await click(acme, "102")
        own = await alice.next_call()
        assert own.caller_number == "102"
        await own.answer()
        inside = await bob.next_call()
        assert (inside.caller_number, inside.caller_name) == ("101", "Alice")
        await inside.answer()
        await asyncio.gather(own.sound.wait_for_sound(), inside.sound.wait_for_sound())


async def failure_heard(feed: PbxFeed) -> Failure:
    watch = ClickWatch()
    async with asyncio.timeout(20):
        async for batch in feed.batches():
            for _call_id, failure in watch.look_at(batch):
                return failure
    raise AssertionError


async def test_whoever_rejects_on_the_own_phone_has_called_nobody(
    pbx: Pbx, company: MakeCompany
) -> None:
    acme = company()
    allow(acme)
    feed = await connect_feed(pbx.address)
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        await click(acme, TARGET)
        own = await alice.next_call()
        await asyncio.sleep(0.5)  # who rejects has looked at the display
        own.reject()
        assert await failure_heard(feed) is Failure.OWN_BUSY
        await feed.close()
        with pytest.raises(TimeoutError):
            await carrier.next_call(within=1)
        with pytest.raises(TimeoutError):
            await alice.next_call(within=1)  # and is not rung again


async def test_a_busy_target_ends_the_own_leg(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    allow(acme)
    feed = await connect_feed(pbx.address)
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        await click(acme, TARGET)
        own = await alice.next_call()
        await own.answer()
        (await carrier.next_call()).reject(486, "Busy Here")
        assert await failure_heard(feed) is Failure.BUSY
        await feed.close()
        ending = await own.wait_ended()
        assert ending.by == "them"


async def test_a_phone_that_picks_up_by_itself_is_told_so(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    allow(acme)
    set_up(acme, lambda: Device.objects.filter(extension="101").update(answers_itself=True))
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        await click(acme, TARGET)
        own = await alice.next_call()
        assert "answer-after=0" in header(own, "Call-Info")
        assert "auto" in header(own, "Alert-Info")
        await own.answer()
        far = await carrier.next_call()
        assert header(far, "Call-Info") == header(far, "Alert-Info") == ""


async def test_a_hidden_number_is_hidden_and_a_groups_number_is_shown(
    pbx: Pbx, company: MakeCompany
) -> None:
    acme = company()
    allow(acme)
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        await click(acme, TARGET, is_hidden=True)
        await (await alice.next_call()).answer()
        far = await carrier.next_call()
        assert far.invite is not None
        assert "anonymous" in far.invite.get("From", "").lower()
        assert acme.number not in far.invite.get("From", "")
        await far.answer()
        await far.hang_up()


async def test_a_destination_that_was_forbidden_meanwhile_is_refused_by_the_pbx(
    pbx: Pbx, company: MakeCompany
) -> None:
    acme = company()
    allow(acme)
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        await click(acme, TARGET)
        own = await alice.next_call()
        set_up(acme, lambda: OutgoingPrefix.objects.all().delete())
        await own.answer()
        await own.wait_ended()
        with pytest.raises(TimeoutError):
            await carrier.next_call(within=0.5)


async def test_help_is_called_and_echo_gives_back_what_is_said(
    pbx: Pbx, company: MakeCompany
) -> None:
    acme = company()
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        await click(acme, "112")
        own = await alice.next_call()
        await own.answer()
        far = await carrier.next_call()
        assert far.invite is not None
        assert "112@" in far.invite.uri
        assert far.caller_number == f"+{acme.number}"
        await far.answer()
        await asyncio.gather(own.sound.wait_for_sound(), far.sound.wait_for_sound())
        await far.hang_up()
        await own.wait_ended()

        def echo() -> None:
            with tenant_scope(acme.tenant.pk):
                agent = Agent.objects.select_related("tenant", "device").get(
                    pk=acme.agents["Alice"].pk
                )
                PbxCommand.objects.update(status="done")
                placed = services.ring_for_echo(
                    agent=agent, requested_by=Actor("Alice"), at=timezone.now()
                )
                carry_out(placed.command, BlockingControl(pbx.address))

        await in_database(echo)
        again = await alice.next_call()
        await again.answer()
        await again.sound.wait_for_sound()
