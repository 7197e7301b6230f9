"""PostgreSQL is away for a full minute: calls go on and come in, pages say so, and afterwards no
call is missing and no order was carried out twice."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from .helin import Helin, until
from .pages import BrowserOf, sign_in
from .people import AGENT_HZ, CALLER_HZ, Cast, both_hear, hears, list_after, talk

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.asterisk, pytest.mark.browser]
OUTAGE_SECONDS = 60.0
CALLERS = [f"+3725554000{at}" for at in range(4)]


@asynccontextmanager
async def without_postgres(helin: Helin) -> AsyncIterator[None]:
    """Killed, and its data made unreadable, so that every new start fails until the end."""
    mark = helin.data / "postgres" / "data" / "PG_VERSION"
    aside = mark.with_name("PG_VERSION.aside")
    pid = helin.pid("postgres")
    assert pid is not None
    mark.rename(aside)
    try:
        os.kill(pid, signal.SIGKILL)
        await until(lambda: helin.pid("postgres") != pid, within=10, what="PostgreSQL to be gone")
        yield
    finally:
        aside.rename(mark)


def pauses(helin: Helin, agent_id: int) -> int:
    """As the PBX itself wrote them down."""
    lines = (helin.data / "asterisk" / "log" / "queue_log").read_text().splitlines()
    return sum(1 for line in lines if f"|acme-a{agent_id}|PAUSE|" in line)


async def test_calls_go_on_come_in_and_are_all_listed(
    cast: Cast, helin: Helin, browser_of: BrowserOf
) -> None:
    sales = cast.acme.group("sales")
    number = sales["numbers"][0]
    carrier = await cast.carrier()
    api = await cast.api(cast.acme)
    alice, bob = await cast.phone(cast.acme, 0), await cast.phone(cast.acme, 1)
    await api.log_in(0)
    first = await carrier.ring_number(number, caller_number=CALLERS[0])
    at_alice = await alice.next_call(within=15)
    await at_alice.answer()
    await talk(first, at_alice)
    await api.log_in(1)
    page = await sign_in(browser_of, cast, cast.acme, "supervisor", f"live/{sales['id']}/")
    await expect(page.locator("#link")).to_have_attribute("data-link", "live")
    charlie = cast.acme.phones[2]["agent_id"]
    paused = pauses(helin, charlie)
    before = helin.pid("postgres")
    assert before is not None

    async with without_postgres(helin):
        begun = time.monotonic()
        assert await hears(first) == [AGENT_HZ[0]]
        second = await carrier.ring_number(number, caller_number=CALLERS[1])
        at_bob = await bob.next_call(within=10)
        await at_bob.answer()
        await talk(second, at_bob)
        assert await both_hear(second, at_bob) == ([AGENT_HZ[1]], [CALLER_HZ])
        third = await carrier.ring_number(number, caller_number=CALLERS[2])
        await third.wait_talking()
        await asyncio.sleep(3)
        await third.hang_up()
        await second.hang_up()
        await at_bob.wait_ended()
        # what is on the screen lives on; what is asked for is refused in words
        await expect(page.locator("#link")).to_have_attribute("data-link", "live")
        other = await page.context.new_page()
        answer = await other.goto(f"{cast.url}/t/acme/calls/")
        assert answer is not None
        assert answer.status == 503
        await expect(other.locator("body")).to_contain_text("cannot reach its database")
        refused = await api.client.post(f"/agents/{charlie}/pause/", json={"reason": "lunch"})
        assert refused.status_code == 503
        assert "Nothing was changed" in refused.text
        await asyncio.sleep(begun + OUTAGE_SECONDS - time.monotonic())
        assert await hears(first) == [AGENT_HZ[0]]

    await helin.is_back("postgres", before=before, within=40)
    await first.hang_up()
    await at_alice.wait_ended()
    rows = await list_after(api, CALLERS[:3], within=60)
    outcomes = {row["caller_number"]: row["outcome"] for row in rows}
    assert outcomes[CALLERS[0]] == outcomes[CALLERS[1]] == "answered"
    assert outcomes[CALLERS[2]] in ("abandoned", "short_abandoned")
    await expect(page.locator("#link")).to_have_attribute("data-link", "live")
    answer = await other.reload()
    assert answer is not None
    assert answer.status == 200
    assert pauses(helin, charlie) == paused, "what was refused is not done later"
