"""The live state of real calls: a real Asterisk, phones, the listener, and what a web node reads."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from callcenter.tenants.scope import tenant_scope
from telephony.live.selectors import live_snapshot
from telephony.live.streams import TENANT, user_stream
from telephony.pbx.orders import PauseMember
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_database, until

pytestmark = [pytest.mark.asterisk]
WRAP_UP_SECONDS = 2


async def shown(acme: Company, key: str = "") -> dict[str, Any]:
    """One entity, or the tenant's calls by state."""
    snapshot = await asyncio.to_thread(live_snapshot, acme.tenant.pk, [TENANT], acme.tenant.pbx)
    if key:
        return snapshot.document.get(key, {})
    return {k: e for k, e in snapshot.document.items() if k.startswith("call:")}


async def the_call(acme: Company) -> dict[str, Any]:
    calls = await shown(acme)
    return next(iter(calls.values()), {})


async def make_live(company: MakeCompany, pbx: Pbx) -> tuple[Company, str]:
    """Acme with wrap-up, Alice logged in; the key of her entity."""
    acme = company()

    def set_wrap_up() -> None:
        with tenant_scope(acme.tenant.pk):
            acme.group.wrap_up_seconds = WRAP_UP_SECONDS
            acme.group.save()

    await in_database(set_wrap_up)
    key = f"agent:{acme.agents['Alice'].pk}"

    async def is_served() -> bool:
        return bool(await shown(acme, key))

    await until(is_served)
    await asyncio.to_thread(pbx.perform, acme.add_member("Alice"))
    return acme, key


async def test_a_call_from_waiting_to_wrap_up(
    pbx: Pbx, company: MakeCompany, listener: Path
) -> None:
    acme, alice_key = await make_live(company, pbx)

    def call_is(**wanted: object) -> Any:
        async def check() -> bool:
            call = await the_call(acme)
            return all(call.get(name) == value for name, value in wanted.items())

        return check

    def alice_is(state: str) -> Any:
        async def check() -> bool:
            return bool((await shown(acme, alice_key)).get("state") == state)

        return check

    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await until(alice_is("unreachable"))
        await alice.register()
        await until(alice_is("available"))
        alice_id = acme.agents["Alice"].pk
        outside = await carrier.call(acme.number, caller_number="+4915112345")
        inside = await alice.next_call()
        await until(call_is(state="waiting", ringing=[alice_id]))
        call = await the_call(acme)
        assert call["caller"]["number"] == "+4915112345"
        assert call["queue"] == acme.pbx_queue
        assert call["group_id"] == acme.group.pk
        assert abs(call["joined_at"] - time.time()) < 20
        await until(alice_is("ringing"))
        await inside.answer()
        await outside.wait_talking()
        await until(call_is(state="talking", agents=[alice_id]))
        await until(alice_is("in_call"))
        await outside.hang_up()
        await inside.wait_ended()
        await until(alice_is("wrapping_up"))
        ended = time.monotonic()
        agent = await shown(acme, alice_key)
        assert agent["wrap_until"] - agent["since"] == pytest.approx(WRAP_UP_SECONDS, abs=0.1)
        assert not await shown(acme)
        await until(alice_is("available"), within=WRAP_UP_SECONDS + 10)
        assert time.monotonic() - ended > WRAP_UP_SECONDS - 0.7


async def test_pause_after_this_call(pbx: Pbx, company: MakeCompany, listener: Path) -> None:
    acme, alice_key = await make_live(company, pbx)
    agent = acme.agents["Alice"]

    def wish() -> None:
        with tenant_scope(acme.tenant.pk):
            type(agent).objects.filter(pk=agent.pk).update(pause_after_call="lunch")

    def wished() -> str | None:
        with tenant_scope(acme.tenant.pk):
            found: str | None = type(agent).objects.get(pk=agent.pk).pause_after_call
            return found

    async def is_lunch() -> bool:
        entity = await shown(acme, alice_key)
        return bool((entity.get("state"), entity.get("reason")) == ("paused", "lunch"))

    async def is_forgotten() -> bool:
        return await in_database(wished) is None

    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        outside = await carrier.call(acme.number, caller_number="+4915112345")
        inside = await alice.next_call()
        await inside.answer()
        await outside.wait_talking()
        await in_database(wish)
        await asyncio.sleep(1)
        await outside.hang_up()
        await inside.wait_ended()
        await until(is_lunch)
        await until(is_forgotten)
        await asyncio.sleep(WRAP_UP_SECONDS + 0.5)
        assert await is_lunch()  # no wrap-up timer takes it back
        await asyncio.to_thread(pbx.perform, PauseMember(acme.interface("Alice"), paused=False))


async def test_a_caller_who_gives_up(pbx: Pbx, company: MakeCompany, listener: Path) -> None:
    acme, _ = await make_live(company, pbx)

    async def is_waiting() -> bool:
        return bool((await the_call(acme)).get("state") == "waiting")

    async def is_gone() -> bool:
        return not await shown(acme)

    async with pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number="+4915112345")
        await until(is_waiting)
        await outside.hang_up()
        await until(is_gone)


async def test_a_caller_transferred_to_70_is_shown_at_his_place(
    pbx: Pbx, company: MakeCompany, listener: Path
) -> None:
    acme, _ = await make_live(company, pbx)
    async with acme.phone("Alice") as alice, acme.phone("Bob") as bob, pbx.carrier() as carrier:
        await alice.register()
        await bob.register()
        outside = await carrier.call(acme.number, caller_number="+4915112345")
        inside = await alice.next_call()
        await inside.answer()
        await outside.wait_talking()
        await inside.sound.wait_for_sound()
        assert await inside.transfer(alice.uri_of_number("70")) == 200

        async def is_parked() -> bool:
            call = await the_call(acme)
            return bool(call.get("state") == "parked" and call.get("parked"))

        await until(is_parked)
        parked = (await the_call(acme))["parked"]
        assert parked["by"] == acme.agents["Alice"].pk
        assert parked["by_name"] == "Alice"
        assert abs(parked["since"] - time.time()) < 5
        mine = await asyncio.to_thread(
            live_snapshot,
            acme.tenant.pk,
            [user_stream(acme.agents["Alice"].membership.user_id)],
            acme.tenant.pbx,
        )
        (own,) = [e for k, e in mine.document.items() if k.startswith("call:")]
        assert own["caller"]["number"] == "+4915112345", "who parked hears the place on his stream"
        fetched = await bob.call(parked["place"])
        await fetched.wait_talking()
        await fetched.sound.wait_for_sound()

        async def is_fetched() -> bool:
            call = await the_call(acme)
            return bool(
                call.get("state") == "talking"
                and call["parked"] is None
                and acme.agents["Bob"].pk in call["agents"]
            )

        await until(is_fetched)


async def test_an_own_number_leads_inside(pbx: Pbx, company: MakeCompany, listener: Path) -> None:
    """Bob dials the company's own number: no carrier, the group's queue, Alice's phone."""
    acme, alice_key = await make_live(company, pbx)

    async def alice_is_available() -> bool:
        return (await shown(acme, alice_key)).get("state") == "available"

    async with acme.phone("Alice") as alice, acme.phone("Bob") as bob, pbx.carrier() as carrier:
        await alice.register()
        await bob.register()

        async def is_inside() -> bool:
            call = await the_call(acme)
            return bool(call) and (
                call["direction"], call["queue"], call["caller"]["name"],
                call["shown"]["dialled_name"],
            ) == ("internal", acme.pbx_queue, "Bob", "Sales")  # fmt: skip

        for dialled in (f"+{acme.number}", acme.number.removeprefix("372")):
            await until(alice_is_available)
            mine = await bob.call(dialled)
            ringing = await alice.next_call()
            await until(is_inside)
            await ringing.answer()
            await mine.wait_talking()
            await mine.hang_up()
            await ringing.wait_ended()
        assert not carrier.calls
