"""Streams: who gets what, how often, and that nothing is lost when Valkey is."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from channels.layers import get_channel_layer
from redis.asyncio import Redis

from telephony.live import broadcast
from telephony.live.broadcast import TenantBroadcast
from telephony.live.directory import Directory, QueueEntry, make_directory
from telephony.live.frames import DEFLATE_FROM_BYTES, pack, unpack
from telephony.live.private import PRIVATELY
from telephony.live.state import Change, Document, Drop, Put, apply
from telephony.live.store import LiveStore, Write
from telephony.live.streams import channel_group
from tests.telephony.listener.played import KeptLayer, KeptStore
from tests.telephony.live.replay import acme, agent, start

TENANT_ID = 1


def call(state: str = "waiting", **more: Any) -> dict[str, Any]:
    return {
        "direction": "in",
        "state": state,
        "caller": {"number": "+3725551234", "name": "Erika"},
        "dialled": "4420700001",
        "shown": {"caller": "+372 555 1234", "dialled": "020 7000 1"},
        "queue": "acme-support",
        "group_id": 11,
        "started_at": 1.0,
        "joined_at": 2.0,
        "answered_at": None,
        "ringing": [],
        "agents": [],
        "priority": 0,
        **more,
    }


class Stage:
    """A broadcast with a clock that the test turns and a real Valkey."""

    def __init__(self, client: Redis, directory: Directory | None = None) -> None:
        self.now = 1000.0
        self.layer = KeptLayer()
        self.store: LiveStore = KeptStore(client, self.layer)
        self.directory = directory or acme()
        self.document: Document = start(self.directory)
        self.broadcast = self.make()

    def make(self) -> TenantBroadcast:
        return TenantBroadcast(
            self.directory, self.document, store=self.store, layer=self.layer,
            clock=lambda: self.now,
        )  # fmt: skip

    def change(self, *changes: Change) -> None:
        self.broadcast.mark(changes)
        apply(self.document, changes)

    def frames(self, stream: str) -> list[dict[str, Any]]:
        return self.layer.frames(channel_group(TENANT_ID, stream))

    async def settle(self) -> None:
        await self.broadcast.flush(everything=True)
        self.layer.sent.clear()
        self.now += 1


@pytest.fixture
async def client() -> AsyncIterator[Redis]:
    client = Redis.from_url(os.environ["VALKEY_URL"], decode_responses=True)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def stage(client: Redis) -> Stage:
    found = Stage(client)
    await found.settle()
    return found


async def stored(stage: Stage, stream: str) -> set[str]:
    (found,) = await stage.store.read_many(TENANT_ID, [stream])
    return set(found.entities)


async def test_a_call_goes_to_those_whom_it_concerns(stage: Stage) -> None:
    stage.change(Put("call:1", call(ringing=[101])), Put("_call:1", {"secret": True}))
    await stage.broadcast.flush()
    groups = {group for group, _ in stage.layer.sent}
    expected = {"tenant", "wall", "group:11", "wall:11", "user:1101"}
    assert groups == {channel_group(TENANT_ID, stream) for stream in expected}
    (frame,) = stage.frames("user:1101")
    assert frame["set"] == {"call:1": call(ringing=[101])}
    assert "secret" not in str(stage.layer.sent)


async def test_walls_do_not_say_who_calls(stage: Stage) -> None:
    stage.change(Put("call:1", call()))
    stage.change(Put("call:2", call(direction="out", dialled="+3725559999", agents=[101])))
    await stage.broadcast.flush()
    for stream in ("wall", "wall:11"):
        (frame,) = stage.frames(stream)
        assert "Erika" not in str(frame)
        assert "555" not in str(frame)
        assert frame["set"]["call:1"]["dialled"] == "4420700001"
    (hidden,) = await stage.store.read_many(TENANT_ID, ["wall"])
    assert "Erika" not in str(hidden)


async def test_the_first_change_goes_at_once_then_one_message_per_interval(stage: Stage) -> None:
    stage.change(Put("call:1", call("arriving")))
    await stage.broadcast.flush()
    assert len(stage.frames("tenant")) == 1
    for state in ("waiting", "talking", "on_hold"):
        stage.change(Put("call:1", call(state)))
        await stage.broadcast.flush()
    assert len(stage.frames("tenant")) == 1
    stage.now += broadcast.INTERVAL_SECONDS
    await stage.broadcast.flush()
    first, second = stage.frames("tenant")
    assert second["version"] == first["version"] + 1
    assert second["set"]["call:1"]["state"] == "on_hold"


async def test_what_is_personal_is_not_held_back(stage: Stage) -> None:
    for state in ("ringing", "talking"):
        stage.change(Put("call:1", call(state, agents=[101])))
        await stage.broadcast.flush()
    assert [f["set"]["call:1"]["state"] for f in stage.frames("user:1101")] == [
        "ringing",
        "talking",
    ]


async def test_who_no_longer_rings_loses_the_call(stage: Stage) -> None:
    stage.change(Put("call:1", call(ringing=[101])))
    await stage.broadcast.flush()
    stage.change(Put("call:1", call(ringing=[102])))
    await stage.broadcast.flush()
    last = stage.frames("user:1101")[-1]
    assert (last["set"], last["del"]) == ({}, ["call:1"])
    assert await stored(stage, "user:1101") == {"agent:101"}
    assert "call:1" in await stored(stage, "user:1102")


async def test_what_came_and_went_within_the_interval_is_not_told(stage: Stage) -> None:
    stage.change(Put("call:1", call()))
    await stage.broadcast.flush()
    stage.change(Put("call:2", call()))
    stage.change(Drop("call:2"))
    stage.now += 1
    await stage.broadcast.flush()
    assert len(stage.frames("tenant")) == 1


async def test_the_store_holds_what_was_sent(stage: Stage) -> None:
    stage.change(Put("call:1", call()), Put("pbx", {"link": "live", "since": 1.0}))
    await stage.broadcast.flush()
    stage.change(Drop("call:1"))
    stage.now += 1
    await stage.broadcast.flush()
    (found,) = await stage.store.read_many(TENANT_ID, ["tenant"])
    assert found.version == stage.frames("tenant")[-1]["version"]
    assert "call:1" not in found.entities
    assert "pbx" in found.entities


async def test_a_new_listener_goes_on_where_the_last_one_stopped(stage: Stage) -> None:
    stage.change(Put("call:1", call()))
    await stage.broadcast.flush()
    last = stage.frames("tenant")[-1]["version"]
    stage.layer.sent.clear()
    successor = stage.make()
    await successor.flush(everything=True)
    assert stage.frames("tenant") == []  # nothing differs, nobody is disturbed
    stage.document["call:2"] = call()
    successor = stage.make()
    await successor.flush(everything=True)
    (frame,) = stage.frames("tenant")
    assert (frame["version"], list(frame["set"])) == (last + 1, ["call:2"])


async def test_after_valkey_lost_everything_the_documents_are_whole_again(stage: Stage) -> None:
    stage.change(Put("call:1", call()))
    await stage.broadcast.flush()
    version = stage.frames("tenant")[-1]["version"]
    await stage.store.client.flushall()
    stage.change(Put("call:2", call()))
    stage.now += 1
    await stage.broadcast.flush()  # is refused: the version is not the one it follows
    await stage.broadcast.flush()
    held = await stored(stage, "tenant")
    assert {"call:1", "call:2", "agent:101", "queue:acme-support"} <= held
    assert stage.frames("tenant")[-1]["version"] > version + 1  # a gap: every browser asks again


async def test_a_heartbeat_notices_that_valkey_lost_everything(stage: Stage) -> None:
    stage.change(Put("call:1", call()))
    await stage.broadcast.flush()
    await stage.store.client.flushall()
    await stage.broadcast.beat(stage.now)
    await stage.broadcast.flush()
    assert {"call:1", "agent:101"} <= await stored(stage, "tenant")
    assert {"call:1", "queue:acme-support"} <= await stored(stage, "wall:11")
    sent = len(stage.layer.sent)
    await stage.broadcast.beat(stage.now)
    await stage.broadcast.flush()
    assert len(stage.layer.sent) == sent + 1  # the heartbeat itself: all is well again


async def test_a_valkey_that_is_away_is_tried_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise ConnectionError("away")

    stage.change(Put("call:1", call()))
    with monkeypatch.context() as patch:
        patch.setattr(stage.store, "write", fail)
        await stage.broadcast.flush()
    assert stage.frames("tenant") == []
    stage.now += broadcast.RETRY_SECONDS
    await stage.broadcast.flush()
    assert list(stage.frames("tenant")[-1]["set"]) == ["call:1"]


async def test_a_heartbeat_is_repeated_once(stage: Stage) -> None:
    stage.layer.failures = 1
    await stage.broadcast.beat(stage.now)
    assert [message["type"] for _, message in stage.layer.sent] == ["live.beat"]


async def test_a_frame_goes_out_through_the_channel_layer_with_what_is_written(
    stage: Stage,
) -> None:
    layer = get_channel_layer()
    listeners = {}
    for stream in ("tenant", "user:1101", "group:11"):
        listeners[stream] = await layer.new_channel()
        await layer.group_add(channel_group(TENANT_ID, stream), listeners[stream])
    stage.change(Put("call:1", call(ringing=[101])))
    await stage.broadcast.flush()
    for stream, channel in listeners.items():
        async with asyncio.timeout(10):
            message = await layer.receive(channel)
        assert message["type"] == "live.frame"
        assert json.loads(unpack(message["frame"])) == stage.frames(stream)[-1]
    await layer.flush()


async def test_a_write_that_is_refused_tells_nobody(stage: Stage) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("live.1.tenant", channel)
    refused = Write("tenant", 5, 6, {"call:1": "{}"}, (), "live.1.tenant", "from another time")
    assert await stage.store.write(TENANT_ID, [refused]) == [False]
    stage.change(Put("call:1", call()))
    await stage.broadcast.flush()
    async with asyncio.timeout(10):
        message = await layer.receive(channel)
    assert json.loads(unpack(message["frame"])) == stage.frames("tenant")[-1]
    await layer.flush()


async def test_news_that_come_while_sending_are_not_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = stage.store.write

    async def write_and_hear_more(tenant_id: int, writes: Iterable[Write]) -> list[bool]:
        if "call:2" not in stage.document:
            stage.change(Put("call:1", call("talking")), Put("call:2", call()))
        return await write(tenant_id, writes)

    monkeypatch.setattr(stage.store, "write", write_and_hear_more)
    stage.change(Put("call:1", call()))
    await stage.broadcast.flush()
    stage.now += 1
    await stage.broadcast.flush()
    last = stage.frames("tenant")[-1]
    assert last["set"].keys() == {"call:1", "call:2"}
    assert last["set"]["call:1"]["state"] == "talking"


async def test_a_group_that_moved_takes_its_entities_along(client: Redis) -> None:
    stage = Stage(client)
    await stage.settle()
    moved = make_directory(
        tenant_id=1,
        slug="acme",
        queues=[QueueEntry("acme-support", 1, 77, "Support")],
        agents=[agent(101, group_ids=(77,))],
    )
    stage.document["queue:acme-support"]["group_id"] = 77
    stage.broadcast.replace(stage.document, moved)
    await stage.broadcast.flush(everything=True)
    assert "queue:acme-support" in await stored(stage, "group:77")
    assert "agent:101" in await stored(stage, "group:77")


def test_large_frames_are_deflated() -> None:
    text = '{"a":"' + "õ" * DEFLATE_FROM_BYTES + '"}'
    assert isinstance(pack(text), bytes)
    assert len(pack(text)) < len(text) / 10
    assert unpack(pack(text)) == text
    assert pack("{}") == "{}"


async def test_heartbeats_tell_versions(stage: Stage) -> None:
    stage.change(Put("call:1", call(ringing=[101])))
    await stage.broadcast.flush()
    await stage.broadcast.beat(1234.5)
    group, message = stage.layer.sent[-1]
    assert group == "live.1.beat"
    assert message["versions"]["tenant"] == stage.frames("tenant")[-1]["version"]
    assert "user:1101" in message["versions"]
    stage.now += broadcast.BEAT_REMEMBERS_SECONDS + 1
    assert "user:1101" not in stage.broadcast.versions()
    assert "legs" not in stage.broadcast.versions()


async def test_whom_a_private_call_is_with_is_for_its_people_alone(client: Redis) -> None:
    stage = Stage(client)
    await stage.settle()
    mine = next(iter(stage.directory.agents.values()))
    private = call(
        "talking", direction="out", queue=None, caller={"number": "101", "name": "Alice"},
        dialled="+37255512345", agents=[mine.agent_id],
    )  # fmt: skip
    private["shown"] = {"caller": "101", "dialled": "5551 2345"}
    stage.change(Put(f"call:{PRIVATELY}1", private), Put("call:c2c-2", private))
    await stage.broadcast.flush(everything=True)
    streams = {"tenant": False, "wall": False, "group:11": False, f"user:{mine.user_id}": True}
    for stream, sees in streams.items():
        (frame,) = stage.frames(stream)
        said = frame["set"][f"call:{PRIVATELY}1"]
        assert ("5551" in str(said)) is sees, stream
        assert said["agents"] == [mine.agent_id]
        assert ("5551" in str(frame["set"]["call:c2c-2"])) is (stream != "wall")
