"""Today's figures to the screens, soon after a call changed them, at most once a second a tenant."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterable
from typing import Any

from channels.layers import get_channel_layer
from django.db import DatabaseError, connection
from django.utils import timezone
from redis.exceptions import RedisError

from callcenter.groups.models import Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from reports.statistics.selectors import todays_figures
from telephony.live.frames import pack, to_text
from telephony.live.streams import TENANT, WALL, channel_group, group_stream, wall_stream

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0


def messages_for(tenant: Tenant) -> dict[str, str]:
    """The frame of each stream: everybody's, and each group's own queues. In the tenant's scope."""
    at = timezone.now()
    figures = {name: one.as_json() for name, one in todays_figures(tenant, at).items()}
    groups: dict[int, dict[str, Any]] = {}
    for slug, group_id in Queue.objects.values_list("slug", "group_id"):
        name = f"{tenant.slug}-{slug}"
        if name in figures:  # else it was made since
            groups.setdefault(group_id, {})[name] = figures[name]
    streams = {TENANT: figures, WALL: figures}
    for group_id, queues in groups.items():
        streams[group_stream(group_id)] = streams[wall_stream(group_id)] = queues
    return {
        stream: to_text({"type": "figures", "at": at.timestamp(), "queues": queues})
        for stream, queues in streams.items()
    }


class FiguresAnnouncer(threading.Thread):
    """A thread of its own: shipping lines never waits for Valkey or for sums."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(name="figures", daemon=True)
        self._stopping = stop
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._touched: set[int] = set()
        self._not_before: dict[int, float] = {}

    def touch(self, tenant_ids: Iterable[int]) -> None:
        """These tenants' calls changed."""
        with self._lock:
            self._touched.update(tenant_ids)
        self._wake.set()

    def run(self) -> None:
        loop = asyncio.new_event_loop()
        try:
            while not self._stopping.is_set():
                self._wake.wait(INTERVAL_SECONDS)
                self._wake.clear()
                for tenant_id in self._take_due(time.monotonic()):
                    self._announce(loop, tenant_id)
                if self._touched:
                    self._stopping.wait(0.1)
                    self._wake.set()
        finally:
            connection.close()
            loop.close()

    def _take_due(self, now: float) -> list[int]:
        with self._lock:
            due = [one for one in self._touched if self._not_before.get(one, 0) <= now]
            self._touched.difference_update(due)
        self._not_before.update(dict.fromkeys(due, now + INTERVAL_SECONDS))
        return due

    def _announce(self, loop: asyncio.AbstractEventLoop, tenant_id: int) -> None:
        try:
            tenant = Tenant.objects.get(pk=tenant_id)
            with tenant_scope(tenant_id):
                frames = messages_for(tenant)
            loop.run_until_complete(_send(tenant_id, frames))
        except (DatabaseError, RedisError, OSError, Tenant.DoesNotExist) as error:
            # pages ask for the figures now and then by themselves
            log.warning("Today's figures of tenant %s were not announced: %s", tenant_id, error)
            connection.close()


async def _send(tenant_id: int, frames: dict[str, str]) -> None:
    layer = get_channel_layer()
    for stream, frame in frames.items():
        message = {"type": "live.frame", "frame": pack(frame)}
        await layer.group_send(channel_group(tenant_id, stream), message)
