"""`/ws/v1/events/`: the events over a socket, for programs with an API key.

The key comes as a Bearer header or, from where none can be set, in the first message; never in the
address, which is logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any
from urllib.parse import parse_qsl

from channels.consumer import AsyncConsumer
from channels.db import DatabaseSyncToAsync
from channels.exceptions import StopConsumer
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from callcenter.accounts.models import ApiKey
from callcenter.accounts.permissions import ApiScope
from callcenter.accounts.selectors import key_in_use
from callcenter.tenants.scope import tenant_scope
from telephony.subscriptions.access import access_of_key
from telephony.subscriptions.api import EventQuery, follower_of
from telephony.subscriptions.following import (
    BEAT_SECONDS,
    MOST_BYTES,
    AccessEnded,
    Follower,
)
from telephony.subscriptions.permissions import program
from telephony.subscriptions.wire import to_json

NO_KEY = 4401
NOT_READ = 4400
TOO_SLOW = 4408
BROKEN = 1011
HELLO_SECONDS = 10.0
LONGEST_MESSAGE = 4096


class EventConsumer(AsyncConsumer):
    """Says `{"type":"event","event":{...}}` and `{"type":"beat","cursor":"..."}`; hears
    `{"type":"hello", "key", "cursor", "types", "group", "agent", "number"}` and `{"type":"ack"}`.
    """

    _work: asyncio.Task[None] | None = None
    _unread = 0
    _greeting: asyncio.Future[dict[str, Any]]

    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        self._greeting = asyncio.get_running_loop().create_future()
        await self._send({"type": "websocket.accept"})
        headers = dict(self.scope.get("headers", ()))
        if bearer := headers.get(b"authorization", b"").decode("latin-1"):
            query = self.scope.get("query_string", b"").decode("latin-1")
            self._greeting.set_result({**dict(parse_qsl(query)), "bearer": bearer})
        self._work = asyncio.create_task(self._run())

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Any message says that all before it was read."""
        text = message.get("text") or ""
        self._unread = 0
        if self._greeting.done() or len(text) > LONGEST_MESSAGE:
            return
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return
        if isinstance(said, dict) and said.get("type") == "hello":
            key = said.pop("key", "")
            self._greeting.set_result({**said, "bearer": f"Bearer {key}"})

    async def websocket_disconnect(self, _message: dict[str, Any]) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})
        raise StopConsumer

    async def _send(self, message: dict[str, Any]) -> None:
        socket: Any = self  # Channels has no types
        await socket.send(message)

    async def _run(self) -> None:
        code = await self._serve()
        # who has hung up meanwhile need not be told
        with contextlib.suppress(Exception):
            await self._send({"type": "websocket.close", "code": code})

    async def _serve(self) -> int:
        """Until there is a reason to close; returns its code."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                asked = await self._greeting
        except TimeoutError:
            return NO_KEY
        try:
            found = await DatabaseSyncToAsync(_follower, thread_sensitive=False)(asked)
            if isinstance(found, int):
                return found
            return await self._follow(found)
        except AccessEnded:
            return NO_KEY
        except (DatabaseError, InterfaceError):
            return BROKEN

    async def _follow(self, follower: Follower) -> int:
        await self._say({"type": "beat", "cursor": str(follower.cursor)})
        while self._unread < MOST_BYTES:
            page = await follower.next(BEAT_SECONDS)
            for event in page.events if page else ():
                await self._say({"type": "event", "event": event})
            if page is None:
                await self._say({"type": "beat", "cursor": str(follower.cursor)})
        return TOO_SLOW

    async def _say(self, frame: dict[str, Any]) -> None:
        text = to_json(frame)
        self._unread += len(text)
        await self._send({"type": "websocket.send", "text": text})


def _follower(asked: dict[str, Any]) -> Follower | int:
    """In a thread; a code to close with where it cannot be."""
    key: ApiKey | None = key_in_use(asked.pop("bearer"), timezone.now())
    if key is None or ApiScope.EVENTS_READ.value not in key.scopes:
        return NO_KEY
    query = EventQuery(data=asked)
    if not query.is_valid():
        return NOT_READ
    with tenant_scope(key.tenant.pk):
        return follower_of(
            query,
            tenant_id=key.tenant.pk,
            country=key.tenant.country,
            access=access_of_key(key.pk),
            reader=program(key.scopes),
        )
