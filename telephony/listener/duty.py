"""A listener's life: wait for the lock, serve the PBX, yield when another took over."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol

from redis.exceptions import RedisError

from phonebook.naming.notices import TABLE as NAMES_CHANGED
from telephony.listener.database_watch import watch_database
from telephony.listener.hooks import Notice, Perform, Provisioning
from telephony.listener.lock import LockTaken
from telephony.listener.names import NameKeeper
from telephony.listener.pauses import Forget, PauseKeeper
from telephony.listener.pipeline import LiveTenant, Pipeline, Touched
from telephony.listener.reach import ReachKeeper
from telephony.live.directory import Directory
from telephony.live.shapes import has_shape
from telephony.live.state import Document
from telephony.live.store import LiveStore, beat_key, health_key
from telephony.live.streams import TENANT
from telephony.pbx.events import MemberListed, PbxBooted, PbxEvent
from telephony.pbx.orders import Order
from telephony.pbx.port import FeedLost, PbxFeed, Result, Unreachable

log = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
NOTICES_GATHER_SECONDS = 0.2
REFRESH_AGAIN_SECONDS = 1.0
RECONNECT_SECONDS = (0.2, 0.4, 0.8, 1.5, 3.0)
FLOOD_EVENTS = 40
FLOOD_PAUSE_SECONDS = 0.01
_VALKEY_FAILURES = (RedisError, OSError)


Load = Callable[[frozenset[int] | None], Awaitable[list[Directory]]]
"""The directories of these tenants, as far as they are this PBX's; of all with None."""


class Lock(Protocol):
    is_held: bool

    async def wait_for_it(self) -> None: ...
    async def keep(self) -> None: ...
    async def close(self) -> None: ...


class Yielded(Exception):
    """Another listener serves this PBX now."""


class Duty:
    """Serves one PBX while the lock is ours.

    `connect` opens a link to the PBX (FeedLost when it cannot), `load` reads the tenants' company
    data, `forget` clears a fulfilled wish, `overhear` gets the facts beside the live state and must
    neither wait nor raise. All live state is made in one task after the other:
    nothing here runs in threads.
    """

    def __init__(
        self,
        pbx: str,
        *,
        pipeline: Pipeline,
        store: LiveStore,
        connect: Callable[[], Awaitable[PbxFeed]],
        load: Load,
        forget: Forget,
        provisioning: Provisioning,
        names: NameKeeper | None = None,
        forget_names: Callable[[int], None] | None = None,
        overhear: Callable[[Sequence[PbxEvent]], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._pbx = pbx
        self._pipeline = pipeline
        self._store = store
        self._connect = connect
        self._load = load
        self._provisioning = provisioning
        self._clock = clock
        self._token = uuid.uuid4().hex
        self._feed: PbxFeed | None = None
        self._notices: list[Notice] = []
        self._noticed = asyncio.Event()
        self._missed = False
        self._reconciliations = 0
        self._facts = asyncio.Lock()
        self._provisions = asyncio.Lock()
        self._provisioning_tasks: set[asyncio.Task[None]] = set()
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._unknown_before = 0
        self._pauses = PauseKeeper(pipeline, perform=self.perform, forget=forget, clock=clock)
        self._reach = ReachKeeper(pipeline, perform=self.perform)
        self._names = names
        if names is not None:
            names.perform = self.perform
        self._forget_names = forget_names
        self._overhear = overhear

    def on_notices(self, notices: list[Notice]) -> None:
        """An empty list: nobody listened for a while, and anything may have changed."""
        self._notices += notices
        self._missed = self._missed or not notices
        self._noticed.set()

    async def perform(self, order: Order) -> Result:
        feed = self._feed
        if feed is None:
            return Unreachable("The phone system cannot be reached.", "no link")
        return await feed.perform(order)

    # --- the whole ----------------------------------------------------------------------------
    async def run(self, lock: Lock) -> None:
        """For ever: stand by, serve, yield."""
        while True:
            await lock.wait_for_it()
            log.info("Serving %s.", self._pbx)
            try:
                await self._serve(lock)
            except* (LockTaken, Yielded):
                log.warning("Another listener serves %s now; standing by.", self._pbx)
            finally:
                await lock.close()
                await self._rest()

    async def _serve(self, lock: Lock) -> None:
        with contextlib.suppress(*_VALKEY_FAILURES):
            await self._store.take(self._pbx, self._token)
        await self.refresh()
        async with asyncio.TaskGroup() as group:
            group.create_task(lock.keep())
            group.create_task(self._keep_link())
            group.create_task(self._keep_beating(lock))
            group.create_task(self._keep_refreshing())
            group.create_task(watch_database(self.perform))

    async def _rest(self) -> None:
        self._pauses.stop()
        self._reach.forget()
        if self._names is not None:
            await self._names.stop()
        if self._feed is not None:
            await self._feed.close()
            self._feed = None
        self._pipeline.lose_link()
        sending = [*self._sending.values(), *self._provisioning_tasks]
        self._sending.clear()
        while sending:
            # again until it is done: the Redis client's waits may lose a cancellation (seen, 3.11)
            for task in sending:
                task.cancel()
            _, unfinished = await asyncio.wait(sending, timeout=0.5)
            sending = [*unfinished]
        self._pipeline.know([], {})

    # --- the PBX ------------------------------------------------------------------------------
    async def _keep_link(self) -> None:
        waits = 0
        while True:
            try:
                feed = await self._connect()
            except FeedLost as error:
                if waits == 0:
                    log.warning("%s cannot be reached, trying on: %s", self._pbx, error)
                await asyncio.sleep(RECONNECT_SECONDS[min(waits, len(RECONNECT_SECONDS) - 1)])
                waits += 1
                continue
            waits = 0
            self._feed = feed
            try:
                await self._follow(feed)
            except FeedLost as error:
                log.warning("%s: %s", self._pbx, error)
            finally:
                self._feed = None
                self._reach.forget()
                self._pipeline.lose_link()
                self._unknown_before += feed.unknown_events
                await feed.close()
            log.warning("The link to %s is lost: %s", self._pbx, feed.why_closed)
            await asyncio.sleep(RECONNECT_SECONDS[0])

    async def _follow(self, feed: PbxFeed) -> None:
        await self._resync(feed)
        async for batch in feed.batches():
            async with self._facts:
                touched = self._pipeline.take(batch)
            if self._overhear is not None:
                self._overhear(batch)
            if touched.calls and self._names is not None:
                self._names.look_at(touched)
            if touched.agents:
                self._pauses.look_at(touched)
                self._reach.look_at(touched)
            if any(isinstance(event, PbxBooted) for event in batch):
                await self._resync(feed)
            # a flood of events must not keep the senders waiting; and much of it costs less at once
            await asyncio.sleep(FLOOD_PAUSE_SECONDS if len(batch) >= FLOOD_EVENTS else 0)

    async def _resync(self, feed: PbxFeed) -> None:
        """Facts that come meanwhile wait: they are newer than what is listed."""
        async with self._facts:
            told = await feed.snapshot()
            touched = self._pipeline.resync(told)
        self._pauses.look_at(touched)
        self._reach.look_at(self._everybody())
        if self._names is not None:
            self._names.look_again([*self._pipeline.tenants])
        log.info("%s: in sync, %d facts.", self._pbx, len(told))
        self._start(self._reconcile(told))

    def _everybody(self) -> Touched:
        touched = Touched()
        for slug, tenant in self._pipeline.tenants.items():
            touched.agents[slug] = dict.fromkeys(tenant.directory.agents)
        return touched

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._provisioning_tasks.add(task)
        task.add_done_callback(self._provisioning_tasks.discard)

    async def _reconcile(self, told: Sequence[PbxEvent]) -> None:
        members = [event.member for event in told if isinstance(event, MemberListed)]
        self._reconciliations += 1
        this = self._reconciliations

        async def work(perform: Perform) -> None:
            if this != self._reconciliations:
                return  # a newer list waits
            await self._provisioning.reconcile(self._pbx, members, perform)

        await self._provision("reconciled", work)

    async def _provision(self, what: str, work: Callable[[Perform], Awaitable[None]]) -> None:
        async with self._provisions:
            try:
                await work(self.perform)
            except Exception:
                log.exception("%s could not be %s.", self._pbx, what)

    # --- company data -------------------------------------------------------------------------
    async def _keep_refreshing(self) -> None:
        while True:
            await self._noticed.wait()
            await asyncio.sleep(NOTICES_GATHER_SECONDS)
            self._noticed.clear()
            notices = self._without_names([*dict.fromkeys(self._notices)])
            self._notices.clear()
            missed, self._missed = self._missed, False
            if not notices and not missed:
                continue  # about names alone
            try:
                told_of = frozenset(notice.tenant_id for notice in notices)
                await self.refresh(None if missed else told_of)
            except Exception:
                log.exception("The company data cannot be read; the last known stays.")
                await asyncio.sleep(REFRESH_AGAIN_SECONDS)
                self.on_notices(notices)
                self._missed = self._missed or missed
                continue

            async def work(perform: Perform, told: list[Notice] = notices) -> None:
                await self._provisioning.apply(self._pbx, told, perform)

            if missed and self._feed is not None:
                with contextlib.suppress(FeedLost):
                    await self._resync(self._feed)
            elif notices:
                # in a task of its own: the next change must be known here while the PBX reloads
                self._start(self._provision("brought up to date", work))

    def _without_names(self, notices: Sequence[Notice]) -> list[Notice]:
        """Names of callers are no company data: calls that go on are looked up again, that is all."""
        told = [notice for notice in notices if notice.table == NAMES_CHANGED]
        ids = {notice.tenant_id for notice in told}
        for tenant_id in ids:
            if self._forget_names is not None:
                self._forget_names(tenant_id)
        tenants = self._pipeline.tenants.items()
        slugs = [slug for slug, tenant in tenants if tenant.directory.tenant_id in ids]
        if slugs and self._names is not None:
            self._names.look_again(slugs)
        return [notice for notice in notices if notice.table != NAMES_CHANGED]

    async def refresh(self, tenant_ids: frozenset[int] | None = None) -> None:
        """Reads these tenants (None: all) of this PBX again and sends for those that are new."""
        directories = await self._load(tenant_ids)
        if tenant_ids is not None:
            known = [tenant.directory for tenant in self._pipeline.tenants.values()]
            anew = {one.slug for one in directories}  # also of a company made anew under its slug
            directories += [
                one for one in known if one.tenant_id not in tenant_ids and one.slug not in anew
            ]
        left = {}
        for directory in directories:
            if directory.slug not in self._pipeline.tenants:
                left[directory.slug] = await self._left_over(directory)
        has_new = bool(left)
        self._pauses.look_at(self._pipeline.know(directories, left))
        tenants = self._pipeline.tenants
        for slug in self._sending.keys() - tenants.keys():
            self._sending.pop(slug).cancel()
        for slug, tenant in tenants.items():
            if slug not in self._sending:
                self._sending[slug] = asyncio.create_task(_send_for_ever(tenant))
        if has_new and self._feed is not None:
            with contextlib.suppress(FeedLost):
                await self._resync(self._feed)

    async def _left_over(self, directory: Directory) -> Document:
        """What the listener before this one knew: since when states last, mostly."""
        try:
            (stored,) = await self._store.read_many(directory.tenant_id, [TENANT])
            left = {key: json.loads(text) for key, text in stored.entities.items()}
            return {key: entity for key, entity in left.items() if has_shape(key, entity)}
        except (*_VALKEY_FAILURES, ValueError):
            return {}

    # --- heartbeat ----------------------------------------------------------------------------
    async def _keep_beating(self, lock: Lock) -> None:
        while True:
            now = self._clock()
            try:
                await self._keep_owning(lock)
                await self._store.client.set(beat_key(self._pbx), f"{now:.3f}")
                await self._store.client.set(health_key(self._pbx), json.dumps(self.health(lock)))
                for tenant in list(self._pipeline.tenants.values()):
                    await tenant.broadcast.beat(now)
            except _VALKEY_FAILURES as error:
                log.warning("Valkey cannot be reached: %s", error)
            await asyncio.sleep(BEAT_SECONDS)

    async def _keep_owning(self, lock: Lock) -> None:
        if lock.is_held:
            await self._store.take(self._pbx, self._token)
        elif not await self._store.keep(self._pbx, self._token):
            raise Yielded

    def health(self, lock: Lock) -> dict[str, Any]:
        counters = self._pipeline.counters
        counters.unknown_events = self._unknown_before + (
            self._feed.unknown_events if self._feed else 0
        )
        return {
            **dataclasses.asdict(counters),
            "beat_at": self._clock(),
            "is_lock_held": lock.is_held,
            "tenants": len(self._pipeline.tenants),
        }


async def _send_for_ever(tenant: LiveTenant) -> None:
    while True:
        try:
            await tenant.broadcast.run()
        except Exception:
            # one tenant's trouble must not stop the others'
            log.exception("Sending for %s failed, starting over.", tenant.directory.slug)
            await asyncio.sleep(1)
            tenant.broadcast.replace(tenant.document, tenant.directory)
