"""The live socket: who may hear what, snapshots and deltas, and that strangers learn nothing.

Against the real ASGI application, PostgreSQL and Valkey; the broadcaster is the product's own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from redis.asyncio import Redis

from callcenter.accounts.models import Membership, User
from callcenter.accounts.permissions import Right
from callcenter.asgi import application
from callcenter.audit.services import Actor
from callcenter.dashboard import consumers
from callcenter.dashboard.wallboards.services import make_wallboard, revoke_wallboard
from callcenter.groups.models import AgentGroup
from callcenter.tenants.scope import tenant_scope
from telephony.commands.models import PbxCommand
from telephony.commands.toasts import tell_requester
from telephony.listener.selectors import directory_of
from telephony.live.broadcast import TenantBroadcast
from telephony.live.frames import unpack
from telephony.live.reducer import settle
from telephony.live.state import Change, Document, Put, apply
from telephony.live.store import LiveStore, beat_key
from tests.cast import Company, make_company, make_user

pytestmark = pytest.mark.django_db(transaction=True)
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


@pytest.fixture
async def world() -> AsyncIterator[World]:
    found = World()
    found.alice = await sync_to_async(make_company)("alice", number="+372600100")
    found.bob = await sync_to_async(make_company)("bob", number="+372600200")
    found.client = Redis.from_url(settings.VALKEY_URL, decode_responses=True)
    await found.client.flushdb()
    await found.client.set(beat_key(found.alice.tenant.pbx), "1000.5")
    directory = await sync_to_async(directory_of)(found.alice.tenant)
    found.document = {}
    apply(found.document, settle(found.document, directory, 1.0))
    layer = get_channel_layer()
    assert layer is not None
    found.broadcast = TenantBroadcast(
        directory, found.document, store=LiveStore(found.client), layer=layer
    )
    await found.broadcast.flush(everything=True)
    yield found
    await found.client.aclose()
    await sync_to_async(connections.close_all)()  # of the thread that asked for the tests


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
        is_open, _ = await self._communicator.connect(timeout=5)
        return bool(is_open)

    async def say(self, message: object) -> None:
        text = message if message is DEEP else json.dumps(message)
        await self._communicator.send_to(text_data=text)

    async def raw(self) -> dict[str, Any]:
        found: dict[str, Any] = await self._communicator.receive_output(timeout=5)
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


async def test_a_supervisor_hears_the_whole_tenant(world: World) -> None:
    supervisor = world.alice.people["supervisor"]
    socket = await socket_of(supervisor)
    assert await socket.open()
    found = await socket.snapshots(2)
    assert set(found) == {"tenant", f"user:{supervisor.pk}"}
    whole = found["tenant"]
    assert "queue:alice-sales" in whole["entities"]
    assert {f"agent:{agent.pk}" for agent in world.alice.agents} <= set(whole["entities"])
    assert whole["at"] == 1000.5  # when the listener was last heard, not when it was asked
    assert whole["now"] > 1_700_000_000
    await world.say(world.call())
    frame = await socket.frame()
    assert (frame["type"], frame["version"]) == ("delta", whole["version"] + 1)
    assert frame["set"]["call:1"]["caller"]["name"] == "Erika"
    await socket.close()


async def test_an_agent_hears_the_own_groups_and_calls(world: World) -> None:
    user, agent = world.alice.people["agent"], world.alice.agents[0]
    socket = await socket_of(user)
    await socket.open()
    found = await socket.snapshots(2)
    assert set(found) == {f"user:{user.pk}", f"group:{world.alice.group.pk}"}
    assert set(found[f"user:{user.pk}"]["entities"]) == {f"agent:{agent.pk}"}
    await world.say(world.call(ringing=[agent.pk]))
    frames = [await socket.frame(), await socket.frame()]
    assert {frame["stream"] for frame in frames} == set(found)
    await socket.close()


async def test_an_agent_of_another_group_hears_nothing_of_it(world: World) -> None:
    with tenant_scope(world.alice.tenant.pk):
        other = await sync_to_async(AgentGroup.objects.create)(slug="legal", name="Legal")
    socket = await socket_of(world.alice.people["agent"])
    await socket.open()
    await socket.snapshots(2)
    await world.say(world.call(group_id=other.pk, queue="alice-legal"))
    assert await socket.is_silent()
    await socket.close()


async def test_a_supervisor_of_one_group_hears_that_group_only(world: World) -> None:
    supervisor = world.alice.people["supervisor"]
    with tenant_scope(world.alice.tenant.pk):
        limited = Membership.objects.filter(user=supervisor)
        await sync_to_async(limited.update)(group_ids=[world.alice.group.pk])
    socket = await socket_of(supervisor)
    await socket.open()
    found = await socket.snapshots(2)
    assert set(found) == {f"user:{supervisor.pk}", f"group:{world.alice.group.pk}"}
    await socket.close()


@pytest.mark.parametrize(
    ("role", "limit"), [("supervisor", False), ("supervisor", True), ("agent", False)]
)
async def test_who_may_not_see_numbers_hears_them_of_own_calls_only(
    world: World, role: str, limit: bool
) -> None:
    group_ids = [world.alice.group.pk] if limit else []
    user, agent = world.alice.people[role], world.alice.agents[0]
    with tenant_scope(world.alice.tenant.pk):
        rows = Membership.objects.filter(user=user)
        await sync_to_async(rows.update)(
            denied_rights=[Right.CALLS_NUMBERS.value], group_ids=group_ids
        )
    socket = await socket_of(user)
    await socket.open()
    whole = "wall" if role == "supervisor" and not limit else f"wall:{world.alice.group.pk}"
    assert set(await socket.snapshots(2)) == {f"user:{user.pk}", whole}
    await world.say(world.call())
    frame = await socket.frame()
    assert frame["stream"] == whole
    assert not {"Erika", "+3725"} & set(json.dumps(frame).split('"'))
    if role == "agent":
        await world.say(world.call(ringing=[agent.pk]))
        found = {frame["stream"]: frame for frame in (await socket.frame(), await socket.frame())}
        assert found[f"user:{user.pk}"]["set"]["call:1"]["caller"]["name"] == "Erika"
        assert "Erika" not in json.dumps(found[whole])
    await socket.close()


async def test_strangers_learn_nothing(world: World) -> None:
    bobs = world.bob.people["admin"]
    assert await closing_code(await socket_of(bobs)) == 4404
    assert await closing_code(await socket_of(bobs, slug="nosuchtenant")) == 4404
    assert await closing_code(Socket("/ws/t/alice/live/")) == 4404
    assert await closing_code(Socket("/ws/t/alice/live/", "no-such-session")) == 4404


async def test_an_operator_may_look(world: World) -> None:
    operator = await sync_to_async(make_user)("staff@helin.example", operator=True)
    socket = await socket_of(operator)
    await socket.open()
    assert "tenant" in await socket.snapshots(2)
    await socket.close()


async def test_a_page_of_another_site_is_refused(world: World) -> None:
    supervisor = world.alice.people["supervisor"]
    foreign = await socket_of(supervisor, origin="http://evil.example")
    assert await closing_code(foreign) == 4404
    program = await socket_of(supervisor, origin="")
    assert await program.open()
    assert "tenant" in await program.snapshots(2)
    await program.close()


async def test_an_address_that_is_no_socket_is_refused(world: World) -> None:
    assert not await Socket("/ws/somewhere/").open()


async def test_a_wallboard_by_its_token(world: World) -> None:
    def make(group_ids: list[int]) -> tuple[Any, str]:
        with tenant_scope(world.alice.tenant.pk):
            return make_wallboard(name="Hall", group_ids=group_ids, by=NOBODY)

    board, token = await sync_to_async(make)([])
    await world.say(world.call())
    socket = Socket(f"/ws/wallboard/{token}/")
    await socket.open()
    wall = (await socket.snapshots(1))["wall"]
    assert wall["entities"]["call:1"]["caller"] == {"number": "", "name": ""}
    assert "Erika" not in json.dumps(wall)
    await socket.close()

    _, of_group = await sync_to_async(make)([world.alice.group.pk])
    socket = Socket(f"/ws/wallboard/{of_group}/")
    await socket.open()
    assert set(await socket.snapshots(1)) == {f"wall:{world.alice.group.pk}"}
    await socket.close()

    def revoke() -> None:
        with tenant_scope(world.alice.tenant.pk):
            revoke_wallboard(board=board, by=NOBODY)

    await sync_to_async(revoke)()
    assert await closing_code(Socket(f"/ws/wallboard/{token}/")) == 4404
    assert await closing_code(Socket("/ws/wallboard/guess/")) == 4404


async def test_asking_for_a_snapshot_again(world: World) -> None:
    socket = await socket_of(world.alice.people["supervisor"])
    await socket.open()
    await socket.snapshots(2)
    await world.say(world.call())
    delta = await socket.frame()
    await socket.say({"type": "resync", "stream": "tenant"})
    again = await socket.frame()
    assert (again["type"], again["version"]) == ("snapshot", delta["version"])
    assert "call:1" in again["entities"]
    await socket.say({"type": "resync", "stream": "tenant"})  # at most one a second
    assert await socket.is_silent()
    await socket.close()


@pytest.mark.parametrize(
    "message",
    [
        {"type": "resync", "stream": "group:999"},
        {"type": "resync", "stream": "legs"},
        {"type": "resync", "stream": ["tenant"]},
        {"type": "live.frame", "frame": "{}"},
        ["resync"],
        "x" * 10_000,
        DEEP,
    ],
)
async def test_what_a_browser_should_not_say(world: World, message: object) -> None:
    socket = await socket_of(world.alice.people["agent"])
    await socket.open()
    await socket.snapshots(2)
    await socket.say(message)
    assert await socket.is_silent()
    await world.say(world.call())
    assert (await socket.frame())["type"] == "delta"
    await socket.close()


async def test_large_frames_are_opened_for_who_cannot(world: World) -> None:
    session = await sync_to_async(sign_in)(world.alice.people["supervisor"])
    path = "/ws/t/alice/live/"
    able = Socket(f"{path}?deflate=1", str(session.session_key))
    unable = Socket(path, str(session.session_key))
    for socket in (able, unable):
        await socket.open()
        await socket.snapshots(2)
    calls = [Put(f"call:{n}", world.call().entity) for n in range(30)]
    await world.say(*calls)
    assert (await able.raw()).get("bytes")
    assert len(json.loads((await unable.raw())["text"])["set"]) == 30
    for socket in (able, unable):
        await socket.close()


async def test_toasts_and_heartbeats(world: World) -> None:
    supervisor = world.alice.people["supervisor"]
    socket = await socket_of(supervisor)
    await socket.open()
    await socket.snapshots(2)
    for company in (world.bob, world.alice):
        command = PbxCommand(
            tenant=company.tenant, kind="pause", status="refused", requested_by=supervisor
        )
        command.words = f"of {company.tenant.slug}"
        await sync_to_async(tell_requester)(command)
    assert (await socket.frame())["text"] == "of alice"
    await world.broadcast.beat(1234.5)
    beat = await socket.frame()
    assert (beat["type"], beat["at"]) == ("beat", 1234.5)
    assert set(beat["versions"]) == {"tenant", f"user:{supervisor.pk}"}
    await socket.close()


async def test_a_socket_does_not_outlive_the_sign_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "CHECK_EVERY_SECONDS", 0.0)
    user = world.alice.people["supervisor"]
    session = await sync_to_async(sign_in)(user)
    socket = Socket("/ws/t/alice/live/", str(session.session_key))
    await socket.open()
    await socket.snapshots(2)
    await world.broadcast.beat(1.0)
    assert (await socket.frame())["type"] == "beat"
    await sync_to_async(session.delete)()
    await world.broadcast.beat(2.0)
    output = await socket.raw()
    assert (output["type"], output["code"]) == ("websocket.close", 4404)


async def test_a_socket_does_not_outlive_the_right(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "CHECK_EVERY_SECONDS", 0.0)
    supervisor = world.alice.people["supervisor"]
    socket = await socket_of(supervisor)
    await socket.open()
    await socket.snapshots(2)
    with tenant_scope(world.alice.tenant.pk):
        theirs = Membership.objects.filter(user=supervisor)
        await sync_to_async(theirs.update)(denied_rights=["live.see"])
    await world.broadcast.beat(2.0)
    output = await socket.raw()
    assert (output["type"], output["code"]) == ("websocket.close", 4409)


async def test_two_tenants_side_by_side(world: World) -> None:
    alices = await socket_of(world.alice.people["supervisor"])
    bobs = await socket_of(world.bob.people["supervisor"], slug="bob")
    for socket in (alices, bobs):
        await socket.open()
        await socket.snapshots(2)
    await world.say(world.call())
    assert (await alices.frame())["type"] == "delta"
    assert await bobs.is_silent()
    await asyncio.gather(alices.close(), bobs.close())
