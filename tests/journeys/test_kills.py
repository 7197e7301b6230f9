"""kill -9 of every part, one after the other, during calls: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import time

import pytest
from playwright.async_api import expect

from telephony.traffic.carrier import Carrier
from telephony.traffic.sip_call import Call, CallState
from telephony.traffic.sip_phone import Phone

from .helin import Helin
from .pages import BrowserOf, sign_in
from .people import AGENT_HZ, CALLER_HZ, Api, Cast, Screen, hears, list_after, talk

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.asterisk, pytest.mark.browser]
RECOVERY_SECONDS = 30.0  # that it takes 5 at most is measured by benchmarks/recovery.py


class Scene:
    """The only agent talks with a first caller, a second one waits."""

    def __init__(self, cast: Cast, carrier: Carrier, phone: Phone, api: Api, place: int) -> None:
        self.number = cast.acme.group("sales")["numbers"][0]
        self.carrier, self.phone, self.api = carrier, phone, api
        self.callers = [f"+3725553{place}00{at}" for at in range(4)]

    async def begin(self) -> None:
        self.agent_id = await self.api.log_in(0)
        self.first = await self.ring(0)
        self.at_agent = await self.phone.next_call(within=15)
        await self.at_agent.answer()
        await talk(self.first, self.at_agent)
        self.second = await self.ring(1)

    async def ring(self, place: int) -> Call:
        call = await self.carrier.ring_number(self.number, caller_number=self.callers[place])
        await call.wait_talking()
        return call

    def is_on(self, screen: Screen) -> bool:
        """The screen shows exactly this: one talks, one waits."""
        return sorted((_caller(call), call["state"]) for call in screen.calls()) == [
            (self.callers[0][1:], "talking"),
            (self.callers[1][1:], "waiting"),
        ]


@pytest.mark.parametrize(
    ("place", "program"), enumerate(["web", "worker", "listener", "ledger", "valkey"])
)
async def test_calls_go_on_and_are_counted_once(
    cast: Cast, helin: Helin, browser_of: BrowserOf, place: int, program: str
) -> None:
    scene = Scene(
        cast, await cast.carrier(), await cast.phone(cast.acme, 0), await cast.api(cast.acme), place
    )
    supervisor = await cast.visitor(cast.acme.login("supervisor"))
    sales = cast.acme.group("sales")
    page = await sign_in(browser_of, cast, cast.acme, "supervisor", f"live/{sales['id']}/")
    await page.evaluate("window.neverReloaded = true")
    async with supervisor.screen("acme") as screen:
        await scene.begin()
        await screen.until(scene.is_on, what="one talking, one waiting", within=15)

        before = helin.pid(program)
        assert before is not None
        helin.kill(program)
        third = await scene.ring(2)
        await third.hang_up()
        assert await hears(scene.first) == [AGENT_HZ[0]]
        assert await hears(scene.at_agent) == [CALLER_HZ]
        await helin.is_back(program, before=before)
        back = time.time()
        await screen.until(
            lambda seen: scene.is_on(seen) and seen.last_beat > back,
            what="the same calls again, and a sign of life",
            within=RECOVERY_SECONDS,
        )
        await expect(page.locator("#link")).to_have_attribute(
            "data-link", "live", timeout=RECOVERY_SECONDS * 1000
        )
        await expect(page.locator("#waiting .waiting-row")).to_have_count(1)

        await scene.at_agent.hang_up()
        await scene.api.end_wrap_up(scene.agent_id)
        at_agent = await scene.phone.next_call(within=10)
        await at_agent.answer()
        await talk(scene.second, at_agent)
        await expect(page.locator("#waiting .waiting-row")).to_have_count(0)
        await scene.second.hang_up()
        await at_agent.wait_ended()
        await screen.until(lambda seen: not seen.calls(), what="that all have gone")
        assert await page.evaluate("window.neverReloaded") is True
    rows = await list_after(scene.api, scene.callers[:3])
    outcomes = {row["caller_number"]: row["outcome"] for row in rows}
    assert outcomes[scene.callers[0]] == outcomes[scene.callers[1]] == "answered"
    assert outcomes[scene.callers[2]] in ("abandoned", "short_abandoned")


async def test_asterisk_comes_back_with_its_members(
    cast: Cast, helin: Helin, browser_of: BrowserOf
) -> None:
    scene = Scene(
        cast, await cast.carrier(), await cast.phone(cast.acme, 0), await cast.api(cast.acme), 7
    )
    supervisor = await cast.visitor(cast.acme.login("supervisor"))
    page = await sign_in(browser_of, cast, cast.acme, "supervisor", "live/")
    await page.evaluate("window.neverReloaded = true")
    async with supervisor.screen("acme") as screen:
        await scene.begin()
        await screen.until(scene.is_on, what="one talking, one waiting", within=15)
        before = helin.pid("pbx")
        assert before is not None
        helin.kill("pbx")
        await screen.until(
            lambda seen: seen.entities["pbx"]["link"] == "stale", what="that the PBX is away"
        )
        await expect(page.locator("#link")).to_have_attribute("data-link", "stale")
        await helin.is_back("pbx", before=before)
        for call in (scene.first, scene.second, scene.at_agent):
            assert call.state is CallState.TALKING, "the PBX said no goodbye"
            call.end("us", 200, "heard nothing any more")
        await screen.until(
            lambda seen: seen.entities["pbx"]["link"] == "live" and not seen.calls(),
            what="an empty, living PBX",
            within=RECOVERY_SECONDS,
        )
        await expect(page.locator("#link")).to_have_attribute("data-link", "live")
        await scene.phone.register()
        await scene.api.agent_is(scene.agent_id, "available", within=15)
        again = await scene.ring(3)
        at_agent = await scene.phone.next_call(within=15)
        await at_agent.answer()
        await talk(again, at_agent)
        await again.hang_up()
        await at_agent.wait_ended()
        assert await page.evaluate("window.neverReloaded") is True
    callers = [scene.callers[at] for at in (0, 1, 3)]
    rows = await list_after(scene.api, callers)
    outcomes = {row["caller_number"]: row["outcome"] for row in rows}
    assert outcomes[scene.callers[0]] == outcomes[scene.callers[3]] == "answered"


async def test_an_order_given_as_the_worker_dies_is_carried_out_once_or_never(
    cast: Cast, helin: Helin
) -> None:
    api = await cast.api(cast.acme)
    phone = await cast.phone(cast.acme, 0)
    assert phone.registration is not None
    agent_id = await api.log_in(0)
    paused = _pauses(helin, agent_id)
    before = helin.pid("worker")
    assert before is not None
    answer = await api.client.post(f"/agents/{agent_id}/pause/", json={"reason": "lunch"})
    helin.kill("worker")
    assert answer.status_code == 202, answer.text
    await helin.is_back("worker", before=before)
    await asyncio.sleep(3)  # time enough to do it a second time
    carried_out = _pauses(helin, agent_id) - paused
    queues = len([group for group in cast.acme.groups if agent_id in group["agents"]])
    assert carried_out in (0, queues), "each queue writes one line"
    command = (await api.client.get(f"/commands/{answer.json()['id']}/")).json()
    if command["status"] == "done":
        assert carried_out == queues
    await api.client.post(f"/agents/{agent_id}/resume/", json={})


def _pauses(helin: Helin, agent_id: int) -> int:
    """Queues that were told of a pause, as the PBX itself wrote it down."""
    lines = (helin.data / "asterisk" / "log" / "queue_log").read_text().splitlines()
    return sum(1 for line in lines if f"|acme-a{agent_id}|PAUSE|" in line)


def _caller(call: dict[str, dict[str, str]]) -> str:
    return call["caller"]["number"].lstrip("+")
