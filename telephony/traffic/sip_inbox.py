"""What has come to a phone and waits for somebody to take it."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class Inbox(Generic[_Item]):
    """First in, first out. A full one loses its oldest: nobody has fetched it, the phone lives on."""

    def __init__(self, *, most: int = 100) -> None:
        self._queue: asyncio.Queue[_Item] = asyncio.Queue(maxsize=most)

    def __len__(self) -> int:
        return self._queue.qsize()

    def put(self, item: _Item) -> None:
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(item)

    async def take(self, *, within: float = 10.0) -> _Item:
        """Raises TimeoutError."""
        async with asyncio.timeout(within):
            return await self._queue.get()
