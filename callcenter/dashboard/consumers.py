"""The socket of the live screens: who may hear what, snapshots, and forwarding.

What a socket may hear is decided once, when it opens: a right is a set of streams. After that a
delta is forwarded as it comes, without parsing it and without a query.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from channels.consumer import AsyncConsumer
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import Error as DatabaseFailure
from redis.asyncio import Redis
from redis.exceptions import RedisError

from callcenter.accounts.models import User
from callcenter.accounts.selectors import active_tenant, person_in
from callcenter.dashboard.permissions import streams_for
from callcenter.dashboard.wallboards.selectors import wallboard_by_token
from callcenter.groups.models import GroupMember
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.live.frames import snapshot_frame, to_text, unpack
from telephony.live.store import LiveStore
from telephony.live.streams import beat_group, channel_group, wall_stream

STRANGER = 4404
BROKEN = 1011
RIGHTS_CHANGED = 4409  # the browser opens another socket, which hears what is allowed now
CHECK_EVERY_SECONDS = 60.0
RESYNC_EVERY_SECONDS = 1.0
LONGEST_MESSAGE = 4096
_in_thread = database_sync_to_async


@dataclass(frozen=True, slots=True)
class Audience:
    """What one socket may hear."""

    tenant_id: int
    pbx: str
    streams: tuple[str, ...]


def audience_of(user: User, slug: str) -> Audience | None:
    """None for a stranger, who learns nothing of the tenant's existence either."""
    tenant = active_tenant(slug)
    person = person_in(user, tenant) if tenant is not None else None
    if tenant is None or person is None:
        return None
    streams = streams_for(person, _groups_of_agent(tenant, person.agent_id))
    return Audience(tenant.pk, tenant.pbx, streams)


def audience_of_session(
    user: User | None, session: SessionBase | None, slug: str
) -> Audience | None:
    """As `audience_of`, for a sign-in that may have ended since the socket was opened."""
    if user is None or not user.is_authenticated:
        return None
    if session is not None and not session.exists(session.session_key or ""):
        return None
    fresh = User.objects.filter(pk=user.pk, is_active=True).first()
    return audience_of(fresh, slug) if fresh is not None else None


def _groups_of_agent(tenant: Tenant, agent_id: int | None) -> frozenset[int]:
    if agent_id is None:
        return frozenset()
    with tenant_scope(tenant.pk):
        places = GroupMember.objects.filter(agent_id=agent_id, group__is_active=True)
        return frozenset(places.values_list("group_id", flat=True))


def audience_of_wallboard(token: str) -> Audience | None:
    board = wallboard_by_token(token)
    if board is None:
        return None
    streams = tuple(wall_stream(group_id) for group_id in board.group_ids) or (wall_stream(),)
    return Audience(board.tenant.pk, board.tenant.pbx, streams)


class LiveConsumer(AsyncConsumer):
    """`/ws/t/<slug>/live/`, and `/ws/wallboard/<token>/` for screens on walls."""

    audience: Audience | None = None
    _inflates = False
    _asked_at: dict[str, float]
    _checked_at = 0.0

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Deltas are most of what comes: straight on, before anything else is set up."""
        if message["type"] == "live.frame":
            await self._forward(message["frame"])
            return
        if self.audience is None:
            await super().dispatch(message)
            return
        with tenant_scope(self.audience.tenant_id):
            await super().dispatch(message)

    # --- the socket's life --------------------------------------------------------------------
    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        query = parse_qs(self.scope.get("query_string", b"").decode("ascii", "ignore"))
        self._inflates = query.get("deflate") == ["1"]
        self._asked_at = {}
        self.audience = await self._authorise()
        await self.send({"type": "websocket.accept"})
        if self.audience is None:
            # refused only after accepting: a browser tells no page the code of a failed handshake
            await self.send({"type": "websocket.close", "code": STRANGER})
            raise StopConsumer
        try:
            # first into the groups, then the snapshot: what comes between is in both
            await asyncio.gather(
                *(
                    self.channel_layer.group_add(group, self.channel_name)
                    for group in self._groups()
                )
            )
            await self._send_snapshots(self.audience.streams)
        except (RedisError, OSError):
            await self.send({"type": "websocket.close", "code": BROKEN})

    async def _authorise(self) -> Audience | None:
        arguments = self.scope["url_route"]["kwargs"]
        if not self._is_from_here():
            return None
        self._checked_at = time.monotonic()
        if "token" in arguments:
            return await _in_thread(audience_of_wallboard)(arguments["token"])
        return await _in_thread(audience_of_session)(
            self.scope.get("user"), self.scope.get("session"), arguments["slug"]
        )

    def _is_from_here(self) -> bool:
        """A browser names the page that opens the socket; programs name none."""
        headers = dict(self.scope.get("headers", ()))
        origin = headers.get(b"origin")
        if origin is None:
            return True
        host = urlsplit(origin.decode("latin-1")).netloc.lower()
        mine = headers.get(b"host", b"").decode("latin-1").lower()
        return host in {mine, urlsplit(settings.PUBLIC_URL).netloc.lower()}

    async def websocket_disconnect(self, _message: dict[str, Any]) -> None:
        if self.audience is not None:
            for group in self._groups():
                await self.channel_layer.group_discard(group, self.channel_name)
        raise StopConsumer

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Only `{"type": "resync", "stream": ...}`; anything else is passed over."""
        audience = self.audience
        text = message.get("text") or ""
        if audience is None or len(text) > LONGEST_MESSAGE:
            return
        try:
            asked = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(asked, dict) or asked.get("type") != "resync":
            return
        stream = asked.get("stream")
        now = time.monotonic()
        if stream not in audience.streams:
            return
        if now - self._asked_at.get(stream, -RESYNC_EVERY_SECONDS) < RESYNC_EVERY_SECONDS:
            return
        self._asked_at[stream] = now
        try:
            await self._send_snapshots((stream,))
        except (RedisError, OSError):
            await self.send({"type": "websocket.close", "code": BROKEN})

    # --- what groups bring --------------------------------------------------------------------
    async def live_beat(self, message: dict[str, Any]) -> None:
        if self.audience is None:
            return
        if time.monotonic() - self._checked_at > CHECK_EVERY_SECONDS:
            await self._check_again()
        versions = message["versions"]
        mine = {name: versions[name] for name in self.audience.streams if name in versions}
        await self._say({"type": "beat", "at": message["at"], "versions": mine})

    # --- inside -------------------------------------------------------------------------------
    def _groups(self) -> list[str]:
        audience = cast(Audience, self.audience)
        groups = [channel_group(audience.tenant_id, stream) for stream in audience.streams]
        groups.append(beat_group(audience.tenant_id))
        return groups

    async def _check_again(self) -> None:
        """Rights change, people sign out: an open socket must not outlive them for long."""
        try:
            allowed = await self._authorise()
        except DatabaseFailure:
            return  # what was allowed stays so while nobody can be asked
        if allowed is None:
            await self.send({"type": "websocket.close", "code": STRANGER})
        elif allowed != self.audience:
            await self.send({"type": "websocket.close", "code": RIGHTS_CHANGED})

    async def _send_snapshots(self, streams: tuple[str, ...]) -> None:
        audience = cast(Audience, self.audience)
        found, beat = await store().read_with_beat(audience.tenant_id, streams, audience.pbx)
        now = time.time()
        for stream, stored in zip(streams, found, strict=True):
            text = snapshot_frame(stream, stored.version or 0, beat, now, stored.entities)
            await self.send({"type": "websocket.send", "text": text})

    async def _forward(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes) and self._inflates:
            await self.base_send({"type": "websocket.send", "bytes": frame})
        else:
            await self.base_send({"type": "websocket.send", "text": unpack(frame)})

    async def _say(self, frame: dict[str, Any]) -> None:
        await self.send({"type": "websocket.send", "text": to_text(frame)})


_stores: dict[int, LiveStore] = {}


def store() -> LiveStore:
    """One client per event loop: tests have many, Daphne has one."""
    key = id(asyncio.get_running_loop())
    if key not in _stores:
        client = Redis.from_url(
            settings.VALKEY_URL, decode_responses=True, socket_timeout=5, socket_connect_timeout=2
        )
        _stores[key] = LiveStore(client)
    return _stores[key]
