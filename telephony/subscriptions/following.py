"""One reader that follows the events, by whichever way it is told: poll, stream or socket.

Nothing is queued for a reader: each reads the table from its own cursor when there are news, and
none is sent more than it may leave unread.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from channels.db import DatabaseSyncToAsync
from django.db import DatabaseError, InterfaceError

from callcenter.tenants.scope import tenant_scope
from telephony.subscriptions import selectors
from telephony.subscriptions.permissions import Reader
from telephony.subscriptions.selectors import Page
from telephony.subscriptions.waking import hub
from telephony.subscriptions.wire import Wanted, to_json

LONGEST_POLL_SECONDS = 25
CHECK_SECONDS = 2.0
BEAT_SECONDS = 10.0
# between two reads of one reader: what comes meanwhile is read together
REST_SECONDS = 0.03
# then a stream ends and the client comes again with its cursor: a reader that does not read costs
# this much memory and no more, as web servers take whatever they are given
MOST_BYTES = 1_000_000
LONGEST_STREAM_SECONDS = 900.0

Access = Callable[[], Reader | None]
"""Whether the reader may still read, and what; None when it may not. Called in a thread."""


class AccessEnded(Exception):
    """The key was revoked, the person has signed out or left."""


@dataclass(slots=True)
class Follower:
    tenant_id: int
    access: Access
    wanted: Wanted
    cursor: int
    reader: Reader
    limit: int = 100
    checked_at: float = 0.0
    read_at: float = 0.0

    async def next(self, seconds: float) -> Page | None:
        """The next events; None when there were none within `seconds`. Raises AccessEnded."""
        deadline = time.monotonic() + seconds
        while True:
            news = hub().news(self.tenant_id)
            await asyncio.sleep(max(0.0, self.read_at + REST_SECONDS - time.monotonic()))
            page = await self._read()
            self.cursor = page.through
            if page.events:
                return page
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            if page.is_end:
                await hub().wait(news, min(left, CHECK_SECONDS))

    async def _read(self) -> Page:
        self.read_at = time.monotonic()
        try:
            # not thread-sensitive: all readers of a process would wait in one line
            page: Page = await DatabaseSyncToAsync(self._read_now, thread_sensitive=False)()
        except (DatabaseError, InterfaceError):
            await asyncio.sleep(CHECK_SECONDS)
            return Page(through=self.cursor)
        return page

    def _read_now(self) -> Page:
        if self.read_at - self.checked_at >= CHECK_SECONDS:
            reader = self.access()
            if reader is None:
                raise AccessEnded
            self.reader, self.checked_at = reader, self.read_at
        with tenant_scope(self.tenant_id):
            return selectors.read_page(
                self.cursor, reader=self.reader, wanted=self.wanted, limit=self.limit
            )


async def polled(follower: Follower, seconds: float) -> AsyncIterator[bytes]:
    """The body of a long poll: JSON, when there is something or the time is over."""
    page = None
    with contextlib.suppress(AccessEnded):
        page = await follower.next(seconds)
    yield poll_answer(page, follower.cursor).encode()


def poll_answer(page: Page | None, cursor: int) -> str:
    events = page.events if page else []
    more = page is not None and not page.is_end
    return to_json({"events": events, "cursor": str(cursor), "more": more})


async def streamed(follower: Follower) -> AsyncIterator[bytes]:
    """The body of server-sent events."""
    until = time.monotonic() + LONGEST_STREAM_SECONDS
    sent = 0
    yield b"retry: 1000\n\n"
    try:
        while time.monotonic() < until and sent < MOST_BYTES:
            page = await follower.next(BEAT_SECONDS)
            # a line with the cursor alone: whatever did not match need not be read again
            parts = [
                f"id: {event['id']}\nevent: {event['type']}\ndata: {to_json(event)}\n\n"
                for event in (page.events if page else ())
            ]
            text = "".join((*parts, f": beat\nid: {follower.cursor}\n\n"))
            data = text.encode()
            sent += len(data)
            yield data
    except AccessEnded:
        yield b": the right to read this has ended\n\n"
