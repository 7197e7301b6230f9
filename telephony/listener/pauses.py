"""Carries out what `telephony.live.wrapup` plans: orders now, and a look again later."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from telephony.listener.hooks import Perform
from telephony.listener.pipeline import Pipeline, Touched
from telephony.live.wrapup import plan
from telephony.pbx.orders import Order
from telephony.pbx.port import Done

log = logging.getLogger(__name__)

# the PBX's own event confirms an order; until then it is not given again
CONFIRMED_WITHIN_SECONDS = 3.0
Forget = Callable[[int, int, str], Awaitable[None]]


class PauseKeeper:
    """`forget` clears a fulfilled wish in the database: tenant id, agent id, reason."""

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        perform: Perform,
        forget: Forget,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._pipeline = pipeline
        self._perform = perform
        self._forget = forget
        self._clock = clock
        self._ordered: dict[tuple[str, int], tuple[Order, float]] = {}
        self._timers: dict[tuple[str, int], asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def look_at(self, touched: Touched) -> None:
        for slug, agents in touched.agents.items():
            for agent_id in agents:
                self.look(slug, agent_id)

    def look(self, slug: str, agent_id: int) -> None:
        """What the agent's state asks for now. Idempotent."""
        key = (slug, agent_id)
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        tenant = self._pipeline.tenants.get(slug)
        if tenant is None or not tenant.synced:
            return
        now = self._clock()
        todo = plan(tenant.document, tenant.directory, agent_id, now)
        if todo.until is not None:
            self._again(key, todo.until - now)
        if todo.fulfilled:
            self._ordered.pop(key, None)
            entry = tenant.directory.agents[agent_id]
            self._start(
                self._clear(tenant.directory.tenant_id, agent_id, entry.pause_after_call or "")
            )
        for order in todo.orders:
            before, at = self._ordered.get(key, (None, 0.0))
            if before != order or now - at >= CONFIRMED_WITHIN_SECONDS:
                self._ordered[key] = (order, now)
                self._start(self._order(order))
            self._again(key, CONFIRMED_WITHIN_SECONDS)
        if not todo.orders:
            self._ordered.pop(key, None)

    def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for task in self._tasks:
            task.cancel()

    def _again(self, key: tuple[str, int], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(max(0.0, seconds), self.look, *key)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _order(self, order: Order) -> None:
        self._pipeline.counters.orders += 1
        result = await self._perform(order)
        if not isinstance(result, Done):
            self._pipeline.counters.refused_orders += 1
            log.warning("%s was not carried out: %s", order, result)

    async def _clear(self, tenant_id: int, agent_id: int, reason: str) -> None:
        try:
            await self._forget(tenant_id, agent_id, reason)
        except Exception:
            # the database may be away: the wish stays, and is fulfilled already
            log.exception("The wish of agent %s to pause could not be cleared.", agent_id)
