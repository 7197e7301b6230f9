"""Lets screens come first: what is to be told outward is derived when nobody waits for the listener.

Without this a storm of callers reaches the dashboards a third later (benchmarks/event_to_browser.py).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from telephony.live.directory import Directory
from telephony.live.state import Change, Entity

Seen = tuple[Directory, Mapping[str, Entity], Sequence[Change], float]
"""Of whom, how it was before, what changes, when (epoch seconds)."""

MOST_WAITING = 2_000  # batches of changes; more are derived at once, in order
SLICE_SECONDS = 0.002
PAUSE_SECONDS = 0.003


class Deferred:
    """`look` (telephony/subscriptions/witness.py) sees what `look_at` was given, a little later."""

    def __init__(self, look: Callable[[*Seen], None]) -> None:
        self._look = look
        self._waiting: deque[Seen] = deque()
        self._met: set[int] = set()
        self._wake = asyncio.Event()

    def look_at(
        self,
        directory: Directory,
        before: Mapping[str, Entity],
        changes: Sequence[Change],
        at: float,
    ) -> None:
        """`before` may change as soon as this returns; entities do not. Never raises."""
        if directory.tenant_id in self._met:
            kept = {change.key: before[change.key] for change in changes if change.key in before}
        else:
            self._met.add(directory.tenant_id)
            kept = dict(before)  # who has met whom is in all of it
        self._waiting.append((directory, kept, changes, at))
        if len(self._waiting) > MOST_WAITING:
            self.catch_up()
        self._wake.set()

    def catch_up(self) -> None:
        while self._waiting:
            self._look(*self._waiting.popleft())

    async def run(self) -> None:
        """For ever, in slices with pauses in between."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                until = time.monotonic() + SLICE_SECONDS
                while self._waiting and time.monotonic() < until:
                    self._look(*self._waiting.popleft())
                await asyncio.sleep(PAUSE_SECONDS)
