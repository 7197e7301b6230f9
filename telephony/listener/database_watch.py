"""Tells the PBX when PostgreSQL does not answer, so that no caller waits for it.

The PBX's own connection (ODBC) has no time limit: behind a server that is frozen, not gone, a call
would hang until the server thaws. This process stands on the same host, asks every half second,
and gives the PBX an instant until which it is not to ask. The instant passes by itself: a watch
that dies leaves the PBX asking again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from telephony.listener.lock import connection_parameters
from telephony.pbx.orders import AskNoDatabase, Order
from telephony.pbx.port import Result

log = logging.getLogger(__name__)

EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 1.5
AVOIDED_SECONDS = 6.0
_FAILURES = (psycopg.Error, OSError)


class Probe:
    """One connection, one question at a time. A question is never cancelled: psycopg would wait
    for the frozen server to take the cancellation."""

    def __init__(self) -> None:
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._asking: asyncio.Task[bool] | None = None

    async def answers(self, within: float) -> bool:
        """Whether the server answers; the last question counts until it is answered."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        done, _ = await asyncio.wait({self._asking}, timeout=within)
        if not done:
            return False
        answer, self._asking = self._asking.result(), None
        return answer

    async def _ask(self) -> bool:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = await psycopg.AsyncConnection.connect(
                    **connection_parameters(), autocommit=True
                )
            await self._connection.execute("SELECT 1")
        except _FAILURES:
            self._connection = None
            return False
        return True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.pgconn.finish()
        if self._asking is not None:
            self._asking.cancel()


async def watch_database(
    perform: Callable[[Order], Awaitable[Result]],
    clock: Callable[[], float] = time.time,
) -> None:
    """For ever. A database that refuses connections is left to the PBX: it sees that at once."""
    probe, avoids = Probe(), False
    try:
        while True:
            begun = clock()
            answers = await probe.answers(PATIENCE_SECONDS)
            is_frozen = not answers and clock() - begun >= PATIENCE_SECONDS * 0.9
            if is_frozen:
                if not avoids:
                    log.warning("PostgreSQL does not answer; the PBX does without it.")
                await perform(AskNoDatabase(until=clock() + AVOIDED_SECONDS))
                avoids = True
            elif answers and avoids:
                log.info("PostgreSQL answers again.")
                await perform(AskNoDatabase(until=0))
                avoids = False
            await asyncio.sleep(EVERY_SECONDS)
    finally:
        probe.close()
