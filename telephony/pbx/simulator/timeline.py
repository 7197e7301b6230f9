"""Time for the simulation: the event loop's, or one that a test turns by hand."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol


class Alarm(Protocol):
    def cancel(self) -> None: ...


class Timeline(Protocol):
    def now(self) -> float:
        """Epoch seconds."""

    def call_later(self, seconds: float, act: Callable[[], None]) -> Alarm: ...


class RealTimeline:
    """Needs a running event loop."""

    def now(self) -> float:
        return time.time()

    def call_later(self, seconds: float, act: Callable[[], None]) -> Alarm:
        return asyncio.get_running_loop().call_later(seconds, act)


class _HandAlarm:
    def __init__(self, act: Callable[[], None]) -> None:
        self.act: Callable[[], None] | None = act

    def cancel(self) -> None:
        self.act = None


class HandTimeline:
    """Stands still until `run` moves it; the same script gives the same events to the letter."""

    def __init__(self, start: float = 1_795_294_000.0) -> None:
        self._now = start
        self._order = itertools.count()
        self._alarms: list[tuple[float, int, _HandAlarm]] = []

    def now(self) -> float:
        return self._now

    def call_later(self, seconds: float, act: Callable[[], None]) -> Alarm:
        alarm = _HandAlarm(act)
        heapq.heappush(self._alarms, (self._now + seconds, next(self._order), alarm))
        return alarm

    def run(self, seconds: float) -> None:
        """Lets so much time pass, with all that happens in it."""
        end = self._now + seconds
        while self._alarms and self._alarms[0][0] <= end:
            at, _, alarm = heapq.heappop(self._alarms)
            self._now = max(self._now, at)
            if alarm.act:
                alarm.act()
        self._now = end
