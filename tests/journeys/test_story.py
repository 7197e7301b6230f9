"""The story: from a caller's phone to the agent's desk, the supervisor's screen and the call list."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

from telephony.traffic.sip_call import CallState
from telephony.traffic.sound import tones_in

from .pages import BrowserOf, sign_in
from .people import AGENT_HZ, CALLER_HZ, CLOSED_HZ, GREETING_HZ, Cast, both_hear, list_after, talk

pytestmark = [pytest.mark.stack, pytest.mark.asterisk, pytest.mark.browser]
FIRST, SECOND, THIRD = "+37255520001", "+37255520002", "+37255520003"


async def test_a_call_from_outside_to_the_call_list(cast: Cast, browser_of: BrowserOf) -> None:
    acme, sales = cast.acme, cast.acme.group("sales")
    number = sales["numbers"][0]
    phone = await cast.phone(acme, 0)
    carrier = await cast.carrier()
    stranger = await cast.visitor(cast.globex.login("supervisor"))
    desk = await sign_in(browser_of, cast, acme, "agent", "desk/")
    live = await sign_in(browser_of, cast, acme, "supervisor", f"live/{sales['id']}/")
    supervisor = await cast.visitor(acme.login("supervisor"))

    api = await cast.api(acme)
    agent_id = acme.phones[0]["agent_id"]
    api.at_work.add(agent_id)
    async with supervisor.screen("acme") as screen, stranger.screen("globex") as abroad:
        await _log_in_to(desk, sales["id"])
        await screen.until(
            lambda seen: seen.agent(agent_id)["state"] == "available", what="the agent available"
        )

        # the greeting, then the queue; the desk shows who calls before it is answered
        first = await carrier.ring_number(number, caller_number=FIRST, caller_name="Õie Ünt")
        await first.wait_talking()
        greeting = await first.sound.listen(seconds=1.5)
        assert list(tones_in(greeting, GREETING_HZ, floor=500)) == list(GREETING_HZ)
        ringing = await phone.next_call(within=10)
        await expect(desk.locator("#call")).to_have_attribute("data-state", "ringing")
        await expect(desk.locator("#call [data-slot=title]")).to_contain_text("Õie Ünt")
        await expect(desk.locator("#call [data-slot=group]")).to_contain_text(sales["name"])
        assert ringing.state is CallState.RINGING, "shown before it is answered"
        await ringing.answer()
        await talk(first, ringing)
        assert await both_hear(first, ringing) == ([AGENT_HZ[0]], [CALLER_HZ])
        await expect(desk.locator("#call")).to_have_attribute("data-state", "talking")

        # a second caller waits while the only agent talks: the supervisor sees it; how soon is
        # measured by benchmarks/call_to_screen.py
        second = await carrier.ring_number(number, caller_number=SECOND)
        await expect(live.locator("#waiting .waiting-row")).to_have_count(1)
        await screen.until(lambda seen: _waiting(seen.calls()), what="the waiting caller")
        clock = live.locator("#waiting .waiting-clock")
        before = await clock.text_content()
        await asyncio.sleep(2.1)
        assert await clock.text_content() != before, "the clock ticks"
        await second.hang_up()
        await expect(live.locator("#waiting .waiting-row")).to_have_count(0)

        # wrap-up, then available again
        await ringing.hang_up()
        await first.wait_ended()
        await screen.until(
            lambda seen: seen.agent(agent_id)["state"] == "wrapping_up", what="the wrap-up"
        )
        await expect(desk.locator("#me")).to_have_attribute("data-state", "wrapping_up")
        await screen.until(
            lambda seen: seen.agent(agent_id)["state"] == "available",
            what="the agent available again",
            within=sales["wrap_up_seconds"] + 4,
        )
        await expect(desk.locator("#me")).to_have_attribute("data-state", "available")

        # outside opening hours
        closed = cast.acme.group("night")["numbers"][0]
        third = await carrier.ring_number(closed, caller_number=THIRD)
        await third.wait_talking()
        heard = await third.sound.listen(seconds=2.2)
        assert list(tones_in(heard, CLOSED_HZ, floor=400)) == list(CLOSED_HZ)
        assert (await third.wait_ended()).by == "them"

        assert abroad.calls() == []
        assert not any(
            key.startswith("call:")
            for _, frame in abroad.frames
            for key in (*frame.get("set", {}), *frame.get("entities", {}))
        ), "the second company has never seen any of it"

    rows = await list_after(api, [FIRST, SECOND, THIRD])
    outcomes = {row["caller_number"]: row["outcome"] for row in rows}
    assert (outcomes[FIRST], outcomes[THIRD]) == ("answered", "closed")
    assert outcomes[SECOND] in ("abandoned", "short_abandoned")
    other = await cast.api(cast.globex)
    assert not [row for row in await other.calls() if row["caller_number"] in (FIRST, SECOND)]
    await live.goto(f"{cast.url}/t/acme/calls/")
    for shown in ("Õie Ünt",):
        await expect(live.get_by_text(shown).first).to_be_visible()
    strange = await stranger.client.get("/t/acme/calls/")
    assert strange.status_code == 404


async def _log_in_to(desk: Page, group_id: int) -> None:
    switch = desk.locator(f'.my-group[data-group="{group_id}"] [role=switch]')
    await expect(switch).to_have_attribute("aria-checked", "false")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "true")


def _waiting(calls: list[dict[str, object]]) -> list[dict[str, float]]:
    return [call for call in calls if call["state"] == "waiting"]  # type: ignore[misc]
