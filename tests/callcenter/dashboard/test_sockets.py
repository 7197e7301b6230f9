"""The live socket: what is said on it both ways, and when it is closed."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async

from callcenter.accounts.models import Membership
from callcenter.dashboard import consumers
from callcenter.tenants.scope import tenant_scope
from telephony.commands.models import PbxCommand
from telephony.commands.toasts import tell_requester
from telephony.live.state import Put
from tests.callcenter.dashboard.sockets import (
    DEEP,
    Socket,
    World,
    sign_in,
    socket_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


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
        {"type": "resync", "stream": "group:999999999"},
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
