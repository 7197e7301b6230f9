"""One connection per process that hears that there are new events, for all its readers.

Without it (PostgreSQL away, or just not connected) readers look every second.
"""

from __future__ import annotations

import asyncio
import logging
import weakref

import psycopg

from telephony.listener.lock import connection_parameters
from telephony.subscriptions.writing import CHANNEL

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
RETRY_SECONDS = 1.0
PROBE_SECONDS = 5.0
_FAILURES = (psycopg.Error, OSError)


class Hub:
    """`news(tenant_id)` before reading, `wait` after: nothing is missed between the two."""

    def __init__(self) -> None:
        self._news: dict[int, asyncio.Event] = {}
        self._any = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.is_listening = False

    def news(self, tenant_id: int) -> asyncio.Event:
        """Set when something new is there; to be asked for anew for each wait."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._listen_for_ever())
        return self._news.setdefault(tenant_id, asyncio.Event())

    def any_news(self) -> asyncio.Event:
        self.news(0)
        return self._any

    async def wait(self, news: asyncio.Event, seconds: float) -> None:
        """Until there are news, `seconds` at most; less while nobody would tell."""
        if not self.is_listening:
            seconds = min(seconds, LOOK_SECONDS)
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await news.wait()
        except TimeoutError:
            return

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    def _tell(self, tenant_id: int) -> None:
        told = self._news.pop(tenant_id, None)
        if told is not None:
            told.set()
        told_all, self._any = self._any, asyncio.Event()
        told_all.set()

    def _tell_all(self) -> None:
        for tenant_id in list(self._news):
            self._tell(tenant_id)

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except _FAILURES as error:
                log.warning("News of events are looked for every second: %s", error)
            self.is_listening = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            **connection_parameters(), autocommit=True
        ) as link:
            await link.execute(f"LISTEN {CHANNEL}")
            self.is_listening = True
            self._tell_all()
            while True:
                async for told in link.notifies(timeout=PROBE_SECONDS):
                    if told.payload.isdecimal():
                        self._tell(int(told.payload))
                await link.execute("SELECT 1")


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


def hub() -> Hub:
    """One per event loop: a web process has one, tests have many."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        found = _hubs[loop] = Hub()
    return found
