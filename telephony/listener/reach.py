"""Has the PBX write down when agents' phones come and go, which it does not by itself.

The queue log then tells it to the ledger. With every new link, and for everybody who logs in, it is
written once more: what happened while nobody listened is then known from that moment on.
"""

from __future__ import annotations

import asyncio
import logging

from telephony.listener.hooks import Perform
from telephony.listener.pipeline import Pipeline, Touched
from telephony.pbx.orders import NoteReachability
from telephony.pbx.port import Done

log = logging.getLogger(__name__)
Key = tuple[str, int]


class ReachKeeper:
    def __init__(self, pipeline: Pipeline, *, perform: Perform) -> None:
        self._pipeline = pipeline
        self._perform = perform
        self._written: dict[Key, bool] = {}
        self._due: dict[Key, bool] = {}
        self._task: asyncio.Task[None] | None = None

    def look_at(self, touched: Touched) -> None:
        for slug, agents in touched.agents.items():
            tenant = self._pipeline.tenants.get(slug)
            if tenant is None or not tenant.synced:
                continue
            for agent_id in agents:
                shown = tenant.document.get(f"agent:{agent_id}")
                # who is logged out is called by nobody
                if shown is not None and shown["queues"]:
                    self._note((slug, agent_id), shown["reachable"])

    def forget(self) -> None:
        """The link is lost: what is written next may be about another state."""
        self._written.clear()
        self._due.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _note(self, key: Key, is_reachable: bool) -> None:
        if self._due.get(key, self._written.get(key)) == is_reachable:
            return
        self._due[key] = is_reachable
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        """One after the other: five hundred agents must not be a flood for the PBX."""
        while self._due:
            key = next(iter(self._due))
            is_reachable = self._due.pop(key)
            slug, agent_id = key
            self._written[key] = is_reachable
            result = await self._perform(NoteReachability(f"{slug}-a{agent_id}", is_reachable))
            if not isinstance(result, Done):
                log.warning("That %s is reachable or not could not be written: %s", key, result)
                self._written.pop(key, None)
