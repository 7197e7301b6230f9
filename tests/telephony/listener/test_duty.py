"""A listener's life, with a played PBX and a real Valkey: sync, staleness, wrap-up, yielding."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from telephony.listener import duty as duties
from telephony.listener.duty import Duty
from telephony.listener.hooks import Notice, Perform
from telephony.listener.lock import LockTaken
from telephony.listener.pipeline import Pipeline
from telephony.live import reducer
from telephony.live.directory import Directory, make_directory
from telephony.live.store import LiveStore, beat_key, health_key, owner_key, stream_key
from telephony.pbx import events
from telephony.pbx.events import Member
from telephony.pbx.orders import PauseMember, ReloadQueues
from telephony.pbx.port import FeedLost, Refused
from tests.telephony.listener.played import KeptLayer, KeptStore, PlayedFeed
from tests.telephony.live.replay import acme, agent, events_of

SNAPSHOT = tuple(
    event
    for event in events_of("17_snapshot_after_reconnect")
    if type(event).__name__.endswith("Listed")
)


class PlayedLock:
    def __init__(self) -> None:
        self.is_held = False
        self.taken_by_another = asyncio.Event()
        self.turns = 0

    async def wait_for_it(self) -> None:
        self.turns += 1
        if self.turns > 1:
            await asyncio.Event().wait()
        self.is_held = True

    async def keep(self) -> None:
        await self.taken_by_another.wait()
        raise LockTaken

    async def close(self) -> None:
        self.is_held = False


class KeptProvisioning:
    def __init__(self) -> None:
        self.applied: list[list[Notice]] = []
        self.reconciled: list[list[Member]] = []

    async def apply(self, pbx: str, notices: Sequence[Notice], perform: Perform) -> None:
        self.applied.append(list(notices))
        await perform(ReloadQueues())
        raise RuntimeError("what provisioning does wrong must not stop the listener")

    async def reconcile(self, pbx: str, members: Sequence[Member], perform: Perform) -> None:
        self.reconciled.append(list(members))


class Scene:
    def __init__(self, client: Redis) -> None:
        self.feeds: list[PlayedFeed] = []
        self.next_feed: PlayedFeed | None = PlayedFeed()
        self.directories: list[Directory] = [acme(wrap_up_seconds=1)]
        self.forgotten: list[tuple[int, int, str]] = []
        self.loads: list[frozenset[int] | None] = []
        self.layer = KeptLayer()
        self.lock = PlayedLock()
        self.provisioning = KeptProvisioning()
        self.store: LiveStore = KeptStore(client, self.layer)
        self.pipeline = Pipeline(store=self.store, layer=self.layer)
        self.duty = Duty(
            "pbx1",
            pipeline=self.pipeline,
            store=self.store,
            connect=self.connect,
            load=self.load,
            forget=self.forget,
            provisioning=self.provisioning,
        )

    async def connect(self) -> PlayedFeed:
        if self.next_feed is None:
            raise FeedLost("refused by the test")
        feed, self.next_feed = self.next_feed, PlayedFeed()
        self.feeds.append(feed)
        return feed

    async def load(self, tenant_ids: frozenset[int] | None) -> list[Directory]:
        self.loads.append(tenant_ids)
        return [
            one for one in self.directories if tenant_ids is None or one.tenant_id in tenant_ids
        ]

    async def forget(self, tenant_id: int, agent_id: int, reason: str) -> None:
        self.forgotten.append((tenant_id, agent_id, reason))

    @property
    def shown(self) -> dict[str, dict[str, Any]]:
        return self.pipeline.tenants["acme"].document

    async def until(self, what: Callable[[], object], seconds: float = 3.0) -> None:
        for _ in range(int(seconds / 0.01)):
            if what():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it never came")


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(duties, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(duties, "RECONNECT_SECONDS", (0.02,))
    monkeypatch.setattr(duties, "NOTICES_GATHER_SECONDS", 0.02)
    client = Redis.from_url(os.environ["VALKEY_URL"], decode_responses=True)
    await client.flushdb()
    found = Scene(client)
    work = asyncio.create_task(found.duty.run(found.lock))
    await found.until(lambda: found.feeds and found.feeds[0].snapshots)
    yield found
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await client.aclose()


def answered(up_to: type[events.PbxEvent]) -> list[events.PbxEvent]:
    told = events_of("01_queue_answered")
    last = next(n for n, event in enumerate(told) if isinstance(event, up_to))
    return told[: last + 1]


async def test_facts_become_what_is_shown(scene: Scene) -> None:
    scene.feeds[0].say(*answered(events.AgentCalled))
    await scene.until(lambda: scene.shown["agent:101"]["state"] == "ringing")
    assert scene.shown["pbx"]["link"] == "live"
    frames = scene.layer.frames("live.1.user.1101")
    await scene.until(lambda: scene.layer.frames("live.1.user.1101") != frames or frames)


async def test_a_lost_link_is_said_and_a_new_one_resynchronises(scene: Scene) -> None:
    scene.feeds[0].say(*answered(events.AgentConnected))
    await scene.until(lambda: scene.shown["agent:101"]["state"] == "in_call")
    scene.next_feed = None
    scene.feeds[0].break_off()
    await scene.until(lambda: scene.shown["pbx"]["link"] == "stale")
    assert scene.shown["agent:101"]["state"] == "in_call"  # as last known, marked as old
    scene.next_feed = PlayedFeed(SNAPSHOT)
    await scene.until(lambda: scene.shown["pbx"]["link"] == "live")
    calls = {key for key in scene.shown if key.startswith("call:")}
    assert calls == {
        "call:lab-1795294304.65",
        "call:lab-1795294310.67",
        "call:lab-1795294310.68",
    }
    assert len(scene.feeds) == 2


async def test_a_pbx_that_booted_is_asked_again(scene: Scene) -> None:
    scene.feeds[0].listed = SNAPSHOT
    scene.feeds[0].say(events.PbxBooted(5.0))
    await scene.until(lambda: scene.feeds[0].snapshots == 2)
    await scene.until(lambda: "call:lab-1795294304.65" in scene.shown)


async def test_wrap_up_is_ordered_and_taken_back(scene: Scene) -> None:
    feed = scene.feeds[0]
    told = answered(events.AgentConnected)
    for fact in told:  # one by one, as they come: that the agent is to wrap up shows nowhere yet
        feed.say(fact)
    wrap_up = PauseMember(interface="PJSIP/acme-101", paused=True, reason="wrap-up")
    await scene.until(lambda: feed.orders == [wrap_up])
    member = next(e.member for e in told if isinstance(e, events.MemberEvent))
    paused = replace(member, paused=True, reason="wrap-up")
    feed.say(events.MemberPaused(1.0, paused))
    rest = events_of("01_queue_answered")[len(told) :]
    feed.say(*[e for e in rest if not isinstance(e, events.MemberEvent)])
    await scene.until(lambda: scene.shown["agent:101"]["state"] == "wrapping_up")
    resume = PauseMember(interface="PJSIP/acme-101", paused=False)
    await scene.until(lambda: feed.orders == [wrap_up, resume])


async def test_a_refused_order_is_counted_and_not_repeated_at_once(scene: Scene) -> None:
    feed = scene.feeds[0]
    feed.answer = Refused("No such member.")
    feed.say(*answered(events.AgentConnected))
    await scene.until(lambda: scene.pipeline.counters.refused_orders == 1)
    feed.say(*answered(events.AgentConnected))
    await asyncio.sleep(0.1)
    assert len(feed.orders) == 1


async def test_a_fact_that_breaks_the_reducer_is_left_out(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise KeyError("no such note")

    monkeypatch.setitem(reducer._HANDLERS, events.ChannelHeld, break_down)  # type: ignore[misc]
    told = answered(events.AgentConnected)
    leg = next(event.leg for event in told if isinstance(event, events.AgentConnected))
    assert leg is not None
    scene.feeds[0].say(told[0], events.ChannelHeld(1.0, leg), *told[1:])
    await scene.until(lambda: scene.shown["agent:101"]["state"] == "in_call")
    assert scene.pipeline.counters.broken_events == 1
    scene.next_feed = PlayedFeed((*SNAPSHOT, events.ChannelHeld(1.0, leg)))
    scene.feeds[0].break_off()
    await scene.until(lambda: "call:lab-1795294304.65" in scene.shown)


async def test_what_another_version_left_is_passed_over(scene: Scene) -> None:
    key = stream_key(1, "tenant")
    odd = {"agent:101": '{"shape": "of another time"}', "call:x": "[]", "what:1": "{}"}
    second = Scene(scene.store.client)
    second.next_feed = PlayedFeed(SNAPSHOT)
    await scene.store.client.hset(key, mapping=odd)  # type: ignore[misc]
    work = asyncio.create_task(second.duty.run(second.lock))
    await second.until(lambda: "acme" in second.pipeline.tenants)
    await second.until(lambda: "call:lab-1795294304.65" in second.shown)
    assert second.shown["agent:101"]["state"] == "in_call"
    assert "call:x" not in second.shown
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_company_data_that_changed_is_read_again(scene: Scene) -> None:
    scene.directories = [acme(agents=(agent(101, name="Zoë"),))]
    scene.duty.on_notices([Notice(1, "callcenter_agent"), Notice(1, "callcenter_agent")])
    await scene.until(lambda: scene.shown["agent:101"]["name"] == "Zoë")
    assert "agent:102" not in scene.shown
    await scene.until(lambda: scene.provisioning.applied)
    assert scene.provisioning.applied == [[Notice(1, "callcenter_agent")]]
    await scene.until(lambda: ReloadQueues() in scene.feeds[0].orders)


async def test_a_new_tenant_is_served_without_a_restart(scene: Scene) -> None:
    globex = make_directory(tenant_id=2, slug="globex", agents=[agent(7)])
    scene.directories = [*scene.directories, globex]
    scene.duty.on_notices([Notice(2, "callcenter_tenant")])
    await scene.until(lambda: "globex" in scene.pipeline.tenants)
    await scene.until(lambda: scene.pipeline.tenants["globex"].synced)
    assert scene.feeds[0].snapshots == 2


async def test_only_the_tenants_that_are_named_are_read_again(scene: Scene) -> None:
    globex = make_directory(tenant_id=2, slug="globex", agents=[agent(7)])
    scene.directories = [*scene.directories, globex]
    scene.duty.on_notices([Notice(2, "callcenter_tenant")])
    await scene.until(lambda: "globex" in scene.pipeline.tenants)
    assert scene.loads[-1] == frozenset({2})
    assert "acme" in scene.pipeline.tenants, "what was not named stays"
    scene.directories = scene.directories[:1]
    scene.duty.on_notices([Notice(2, "callcenter_tenant")])
    await scene.until(lambda: "globex" not in scene.pipeline.tenants)
    scene.duty.on_notices([])
    await scene.until(lambda: scene.loads[-1] is None)


async def test_members_are_reconciled_with_each_link(scene: Scene) -> None:
    await scene.until(lambda: len(scene.provisioning.reconciled) == 1)
    scene.next_feed = PlayedFeed(SNAPSHOT)
    scene.feeds[0].break_off()
    await scene.until(lambda: len(scene.provisioning.reconciled) == 2)
    assert {m.queue for m in scene.provisioning.reconciled[1]} == {"acme-support"}


async def test_a_fulfilled_wish_is_forgotten(scene: Scene) -> None:
    scene.directories = [acme(agents=(agent(101, pause_after_call="lunch"),))]
    scene.duty.on_notices([Notice(1, "callcenter_agent")])
    await scene.until(lambda: scene.shown["agent:101"]["pause_after_call"] == "lunch")
    paused = Member(
        "acme-support", "acme-101", "PJSIP/acme-101", 0, True, "lunch", "inuse", False, 1.0
    )
    scene.feeds[0].say(events.MemberAdded(2.0, paused))
    await scene.until(lambda: scene.forgotten == [(1, 101, "lunch")])


async def test_heartbeats_and_health(scene: Scene) -> None:
    scene.feeds[0].say(*answered(events.AgentCalled))
    scene.feeds[0].unknown_events = 3
    client = scene.store.client

    async def health() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await client.get(health_key("pbx1")) or "{}")
        return found

    for _ in range(200):
        seen = await health()
        if seen.get("unknown_events") == 3 and seen.get("events"):
            break
        await asyncio.sleep(0.01)
    assert seen["link"] == "live"
    assert seen["events"] == len(answered(events.AgentCalled))
    assert seen["is_lock_held"]
    assert float(await client.get(beat_key("pbx1"))) > 1_700_000_000
    assert any(group == "live.1.beat" for group, _ in scene.layer.sent)


async def test_another_that_took_the_lock_ends_our_turn(scene: Scene) -> None:
    scene.lock.taken_by_another.set()
    await scene.until(lambda: scene.lock.turns == 2)
    assert scene.feeds[0].why_closed
    assert not scene.pipeline.tenants
    sent = len(scene.layer.sent)
    await asyncio.sleep(0.15)
    assert len(scene.layer.sent) == sent  # nothing more is said by us


async def test_without_our_lock_we_yield_to_anothers_token(scene: Scene) -> None:
    scene.lock.is_held = False  # PostgreSQL is away
    await asyncio.sleep(0.15)
    assert scene.lock.turns == 1
    scene.feeds[0].say(*answered(events.AgentCalled))
    await scene.until(lambda: scene.shown["agent:101"]["state"] == "ringing")  # we serve on
    await scene.store.client.set(owner_key("pbx1"), "another")
    await scene.until(lambda: scene.lock.turns == 2)


async def test_another_that_comes_between_two_steps_of_ours_is_not_written_over(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = scene.store.client
    execute: Any = client.execute_command

    async def after_another(*command: Any, **options: Any) -> Any:
        if owner_key("pbx1") in command and command[0] != "GET":
            await execute("SET", owner_key("pbx1"), "another")
        return await execute(*command, **options)

    scene.lock.is_held = False
    monkeypatch.setattr(client, "execute_command", after_another)
    await scene.until(lambda: scene.lock.turns == 2)
    assert await client.get(owner_key("pbx1")) == "another"


async def test_what_the_last_listener_knew_is_kept(scene: Scene) -> None:
    scene.feeds[0].say(*answered(events.AgentConnected))
    await scene.until(lambda: scene.shown["agent:101"]["state"] == "in_call")
    since = scene.shown["agent:101"]["since"]
    (call,) = (scene.shown[key] for key in scene.shown if key.startswith("call:"))
    await scene.pipeline.tenants["acme"].broadcast.flush(everything=True)
    second = Scene(scene.store.client)
    leg = next(
        e.leg for e in answered(events.AgentConnected) if isinstance(e, events.AgentConnected)
    )
    caller = next(
        e.caller for e in answered(events.AgentConnected) if isinstance(e, events.AgentConnected)
    )
    assert leg is not None
    second.next_feed = PlayedFeed(
        (
            events.ChannelListed(9e9, caller, 30.0, "b", "acme-support"),
            events.ChannelListed(9e9, leg, 20.0, "b", ""),
        )
    )
    work = asyncio.create_task(second.duty.run(second.lock))
    await second.until(lambda: "acme" in second.pipeline.tenants)
    await second.until(lambda: second.pipeline.tenants["acme"].synced)
    assert second.shown["agent:101"]["since"] == since
    (again,) = (second.shown[key] for key in second.shown if key.startswith("call:"))
    assert again == call
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
