"""A feed that a test plays, and a place where messages to sockets are kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

from redis.asyncio import Redis

from telephony.live.frames import unpack
from telephony.live.store import LiveStore, Write
from telephony.pbx.events import PbxEvent
from telephony.pbx.orders import NoteReachability, Order
from telephony.pbx.port import Done, FeedLost, Result


class PlayedFeed:
    """`say` gives facts; `listed` is what a snapshot answers."""

    def __init__(self, listed: tuple[PbxEvent, ...] = ()) -> None:
        self.listed = listed
        self.snapshots = 0
        self.orders: list[Order] = []
        self.answer: Result = Done()
        self.unknown_events = 0
        self.why_closed = ""
        self._batches: asyncio.Queue[list[PbxEvent] | None] = asyncio.Queue()

    def say(self, *facts: PbxEvent) -> None:
        self._batches.put_nowait(list(facts))

    def break_off(self) -> None:
        self.why_closed = "broken off by the test"
        self._batches.put_nowait(None)

    async def snapshot(self) -> tuple[PbxEvent, ...]:
        if self.why_closed:
            raise FeedLost(self.why_closed)
        self.snapshots += 1
        return self.listed

    async def batches(self) -> AsyncIterator[list[PbxEvent]]:
        while (batch := await self._batches.get()) is not None:
            yield batch

    async def perform(self, order: Order) -> Result:
        if not isinstance(order, NoteReachability):  # written at every turn
            self.orders.append(order)
        return self.answer

    async def close(self) -> None:
        self.why_closed = self.why_closed or "closed by us"


class KeptLayer:
    """A channel layer that only remembers; fails as often as it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.failures = 0

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the test broke it")
        self.sent.append((group, message))

    def frames(self, group: str) -> list[dict[str, Any]]:
        return [
            json.loads(unpack(message["frame"]))
            for to, message in self.sent
            if to == group and message["type"] == "live.frame"
        ]


class KeptStore(LiveStore):
    """Valkey's store; what it published with a write is also kept in the layer."""

    def __init__(self, client: Redis, layer: KeptLayer) -> None:
        super().__init__(client)
        self._layer = layer

    async def write(self, tenant_id: int, writes: Iterable[Write]) -> list[bool]:
        wanted = list(writes)
        written = await super().write(tenant_id, wanted)
        for one, is_done in zip(wanted, written, strict=True):
            if is_done and one.group:
                self._layer.sent.append((one.group, {"type": "live.frame", "frame": one.frame}))
        return written
