"""PostgreSQL is away for a while: calls go on and come in, and afterwards none is missing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from .helin import Helin, until
from .people import AGENT_HZ, CALLER_HZ, Cast, both_hear, hears, list_after, talk

pytestmark = [pytest.mark.stack, pytest.mark.asterisk]
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


async def test_calls_go_on_come_in_and_are_all_listed(cast: Cast, helin: Helin) -> None:
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
    before = helin.pid("postgres")
    assert before is not None

    async with without_postgres(helin):
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
        await asyncio.sleep(5)

    await helin.is_back("postgres", before=before, within=40)
    await first.hang_up()
    await at_alice.wait_ended()
    rows = await list_after(api, CALLERS[:3], within=60)
    outcomes = {row["caller_number"]: row["outcome"] for row in rows}
    assert outcomes[CALLERS[0]] == outcomes[CALLERS[1]] == "answered"
    assert outcomes[CALLERS[2]] in ("abandoned", "short_abandoned")
