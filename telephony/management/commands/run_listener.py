"""`manage.py run_listener --pbx pbx1`: follows one PBX and tells the screens."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from redis.asyncio import Redis

from telephony.dialling.failures import ClickWatch, Failure
from telephony.dialling.telling import tell_of_failure
from telephony.listener import selectors, services
from telephony.listener.duty import Duty
from telephony.listener.lock import PbxLock
from telephony.listener.lookups import Lookups
from telephony.listener.names import NameKeeper
from telephony.listener.pipeline import Pipeline
from telephony.live.directory import Directory
from telephony.live.store import LiveStore
from telephony.pbx.events import PbxEvent
from telephony.pbx.feed import connect_feed
from telephony.pbx.port import PbxFeed
from telephony.provisioning.listener import ListenerProvisioning
from telephony.subscriptions.deferring import Deferred
from telephony.subscriptions.witness import Witness
from telephony.subscriptions.writing import EventWriter

log = logging.getLogger(__name__)


class Command(BaseCommand):
    requires_system_checks = ()  # ./test looks for mistakes; a start should be short
    help = "Follow one PBX: keep the live state, send it to the screens, keep the PBX up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pbx", default=settings.DEFAULT_PBX, help="a name in HELIN_PBXES")

    def handle(self, *_args: Any, **options: Any) -> None:
        pbx = options["pbx"]
        if pbx not in settings.PBXES:
            raise CommandError(f"HELIN_PBXES names no PBX {pbx!r}.")
        asyncio.run(listen(pbx))


async def listen(pbx: str) -> None:
    """Until SIGTERM or SIGINT."""
    address = settings.PBXES[pbx]
    client = Redis.from_url(
        settings.VALKEY_URL, decode_responses=True, socket_timeout=5, socket_connect_timeout=2
    )
    store = LiveStore(client)
    layer = get_channel_layer()
    if layer is None:
        raise CommandError("There is no channel layer to send by.")

    async def connect() -> PbxFeed:
        return await connect_feed(address)

    async def load(tenant_ids: frozenset[int] | None) -> list[Directory]:
        return await sync_to_async(_load)(pbx, tenant_ids)

    async def forget(tenant_id: int, agent_id: int, reason: str) -> None:
        await sync_to_async(_forget)(tenant_id, agent_id, reason)

    writer = EventWriter()
    outward = Deferred(Witness(pbx, writer.take).look_at)
    pipeline = Pipeline(
        store=store, layer=layer, simulated=address.simulated, witness=outward.look_at
    )
    lookups = Lookups()
    clicks = Clicks()
    duty = Duty(
        pbx,
        pipeline=pipeline,
        store=store,
        connect=connect,
        load=load,
        forget=forget,
        provisioning=ListenerProvisioning(),
        names=NameKeeper(pipeline, look_up=lookups.look_up, ask_others=lookups.ask_others),
        forget_names=lookups.forget,
        overhear=clicks.hear,
    )
    # what was imported stays; and calls come and go by reference counts, not by cycles
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    # the loop gives its turn away with every packet; the writer's thread must not keep it for 5 ms
    sys.setswitchinterval(0.0005)
    work = asyncio.ensure_future(duty.run(PbxLock(pbx, duty.on_notices)))
    telling = asyncio.ensure_future(outward.run())
    writer.start()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        log.info("Stopped.")
    finally:
        lookups.close()
        await client.aclose()
        telling.cancel()
        outward.catch_up()
        await asyncio.to_thread(writer.stop)


class Clicks:
    """Tells people of calls they began that came to nothing, beside the facts and not in their way."""

    def __init__(self) -> None:
        self._watch = ClickWatch()
        self._telling: set[asyncio.Task[None]] = set()

    def hear(self, batch: Sequence[PbxEvent]) -> None:
        for call_id, failure in self._watch.look_at(batch):
            task = asyncio.create_task(self._tell(call_id, failure))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, call_id: str, failure: Failure) -> None:
        try:
            await sync_to_async(_tell_of_failure)(call_id, failure)
        except Exception:
            log.exception("Nobody was told that %s came to nothing.", call_id)


def _tell_of_failure(call_id: str, failure: Failure) -> None:
    close_old_connections()
    tell_of_failure(call_id, failure)


def _load(pbx: str, tenant_ids: frozenset[int] | None) -> list[Directory]:
    close_old_connections()
    return selectors.directories_of(pbx, tenant_ids)


def _forget(tenant_id: int, agent_id: int, reason: str) -> None:
    close_old_connections()
    services.forget_pause_wish(tenant_id=tenant_id, agent_id=agent_id, reason=reason)
