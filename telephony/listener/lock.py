"""One listener per PBX: a PostgreSQL advisory lock, and what happens when its connection dies.

The rule (decision 0012): who holds the lock serves, the others try every second. A holder whose
connection dies goes on serving, because the PBX and the screens are still there, and tries to take
the lock again every second; finding it taken, it yields at once. Who takes the lock writes its own
token into Valkey; a holder that cannot reach PostgreSQL reads it with every heartbeat and yields to
another's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import zlib
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connection

from telephony.listener.hooks import Notice

log = logging.getLogger(__name__)

# the first key of every advisory lock of ours on PBXs; any number will do that nobody else takes
LOCK_CLASS = 0x48454C49
RETRY_SECONDS = 1.0
_PROBE_SECONDS = 2.0
_FAILURES = (psycopg.Error, OSError)


class LockTaken(Exception):
    """Another listener holds the lock of this PBX."""


def connection_parameters() -> dict[str, Any]:
    """Of the database as Django knows it, for a connection of our own beside the pool."""
    parameters: dict[str, Any] = dict(connection.get_connection_params())
    for ours in ("pool", "cursor_factory", "context", "server_side_binding", "prepare_threshold"):
        parameters.pop(ours, None)
    return {
        **parameters,
        "connect_timeout": 3,
        "keepalives_idle": 3,
        "keepalives_interval": 1,
        "keepalives_count": 3,
    }


class PbxLock:
    """`on_notices` gets what changed in the company data; an empty list: anything may have."""

    def __init__(self, pbx: str, on_notices: Callable[[list[Notice]], None]) -> None:
        self._key = zlib.crc32(pbx.encode()) - 2**31
        self._on_notices = on_notices
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self.is_held = False

    async def take(self) -> bool:
        """True when it is ours now. Raises psycopg.Error or OSError when PostgreSQL is away."""
        await self.close()
        opened = await psycopg.AsyncConnection.connect(**connection_parameters(), autocommit=True)
        try:
            cursor = await opened.execute(
                "SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, self._key]
            )
            row = await cursor.fetchone()
            if not row or not row[0]:
                await opened.close()
                return False
            await opened.execute("LISTEN helin_config")
        except _FAILURES:
            await opened.close()
            raise
        self._connection = opened
        self.is_held = True
        self._on_notices([])
        return True

    async def wait_for_it(self) -> None:
        """Until it is ours: the life of a standby."""
        is_told = False
        while True:
            try:
                if await self.take():
                    return
                if not is_told:
                    log.info("Another listener serves this PBX; standing by.")
                    is_told = True
            except _FAILURES as error:
                log.warning("PostgreSQL cannot be reached: %s", error)
            await asyncio.sleep(RETRY_SECONDS)

    async def keep(self) -> None:
        """Holds on, handing on notices. Ends only by raising LockTaken."""
        while True:
            if self._connection is not None:
                try:
                    await self._listen(self._connection)
                except _FAILURES as error:
                    log.warning("The lock's connection is gone, serving on without: %s", error)
                self.is_held = False
                await self.close()
            try:
                if not await self.take():
                    raise LockTaken
                log.info("The lock is ours again.")
            except _FAILURES:
                await asyncio.sleep(RETRY_SECONDS)

    async def close(self) -> None:
        closing, self._connection = self._connection, None
        self.is_held = False
        if closing is not None:
            with contextlib.suppress(*_FAILURES):
                await closing.close()

    async def _listen(self, opened: psycopg.AsyncConnection[Any]) -> None:
        while True:
            notices = [
                notice
                async for told in opened.notifies(timeout=_PROBE_SECONDS, stop_after=1)
                if (notice := _notice(told.payload)) is not None
            ]
            if notices:
                self._on_notices(notices)
            else:
                await opened.execute("SELECT 1")


def _notice(payload: str) -> Notice | None:
    tenant_id, _, table = payload.partition(":")
    return Notice(int(tenant_id), table) if tenant_id.isdecimal() else None
