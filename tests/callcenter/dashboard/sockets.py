"""A company served by a broadcaster, and sockets of its people, on the real ASGI application."""

import json
from typing import Any

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from redis.asyncio import Redis

from callcenter.accounts.models import User
from callcenter.asgi import application
from callcenter.audit.services import Actor
from telephony.live.broadcast import TenantBroadcast
from telephony.live.frames import unpack
from telephony.live.state import Change, Document, Put, apply
from tests.cast import Company

NOBODY = Actor(name="the test")


class World:
    """Alice's and Bob's companies; Alice's is served by a broadcaster."""

    alice: Company
    bob: Company
    client: Redis
    broadcast: TenantBroadcast
    document: Document

    async def say(self, *changes: Change) -> None:
        self.broadcast.mark(changes)
        apply(self.document, changes)
        await self.broadcast.flush(everything=True)

    def call(self, **more: Any) -> Put:
        entity = {
            "direction": "in", "state": "waiting", "caller": {"number": "+3725", "name": "Erika"},
            "dialled": "+372600", "shown": {"caller": "+3725", "dialled": "+372600"}, "queue": "alice-sales", "group_id": self.alice.group.pk,
            "started_at": 1.0, "joined_at": 2.0, "answered_at": None, "ringing": [], "agents": [],
            "priority": 0, **more,
        }  # fmt: skip
        return Put("call:1", entity)


def sign_in(user: User) -> SessionStore:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session


DEEP = "[" * 4000  # as it stands, no JSON


class Socket:
    def __init__(self, path: str, cookie: str = "", **headers: str) -> None:
        sent = {"host": "helin.example", "origin": "http://helin.example", **headers}
        if cookie:
            sent["cookie"] = f"sessionid={cookie}"
        encoded = [(name.encode(), value.encode()) for name, value in sent.items() if value]
        self._communicator = WebsocketCommunicator(application, path, headers=encoded)

    async def open(self) -> bool:
        is_open, _ = await self._communicator.connect(timeout=20)
        return bool(is_open)

    async def say(self, message: object) -> None:
        text = message if message is DEEP else json.dumps(message)
        await self._communicator.send_to(text_data=text)

    async def raw(self) -> dict[str, Any]:
        found: dict[str, Any] = await self._communicator.receive_output(timeout=20)
        return found

    async def frame(self) -> dict[str, Any]:
        output = await self.raw()
        assert output["type"] == "websocket.send", output
        found: dict[str, Any] = json.loads(unpack(output.get("bytes") or output["text"]))
        return found

    async def snapshots(self, count: int) -> dict[str, dict[str, Any]]:
        frames = [await self.frame() for _ in range(count)]
        assert {frame["type"] for frame in frames} == {"snapshot"}
        return {frame["stream"]: frame for frame in frames}

    async def is_silent(self) -> bool:
        return bool(await self._communicator.receive_nothing(timeout=0.3))

    async def close(self) -> None:
        await self._communicator.disconnect()


async def socket_of(user: User, slug: str = "alice", **headers: str) -> Socket:
    session = await sync_to_async(sign_in)(user)
    return Socket(f"/ws/t/{slug}/live/", str(session.session_key), **headers)


async def closing_code(socket: Socket) -> int:
    await socket.open()
    output = await socket.raw()
    assert output["type"] == "websocket.close"
    return int(output["code"])
