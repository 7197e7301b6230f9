"""The listener's door to provisioning: keeps one PBX as the tables say."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from telephony.listener.hooks import Notice, Perform
from telephony.live.selectors import live_snapshot
from telephony.live.streams import TENANT
from telephony.pbx.asterisk_answers import DATABASE_AWAY
from telephony.pbx.events import Member
from telephony.pbx.orders import CheckDatabase, Order, RefreshPhones
from telephony.pbx.port import Done, Refused
from telephony.provisioning import services
from telephony.provisioning.names import member_name_of
from telephony.provisioning.selectors import wanted_of
from telephony.provisioning.wanted import Pause, Wanted, orders_after, orders_at_start

log = logging.getLogger(__name__)
_ASK_AGAIN_SECONDS = 0.5
_ASKS_PER_WARNING = 60
_Answer = TypeVar("_Answer")
Pauses = Callable[[int, Wanted], Mapping[str, Pause]]


class ListenerProvisioning:
    """Remembers what the PBX was last told, so that a change costs orders only for itself."""

    def __init__(self, clip_folder: Path | None = None, pauses: Pauses | None = None) -> None:
        self._clip_folder = settings.CLIP_DIR if clip_folder is None else clip_folder
        self._pauses = pauses
        self._told: dict[int, Wanted] = {}

    async def apply(self, pbx: str, notices: Sequence[Notice], perform: Perform) -> None:
        """Clips first: an order may make the PBX play one."""
        if any(services.concerns_clips(notice.table) for notice in notices):
            await _in_database(lambda: services.sync_clips(pbx=pbx, folder=self._clip_folder))
        tables: dict[int, set[str]] = {}
        for notice in notices:
            tables.setdefault(notice.tenant_id, set()).add(notice.table)
        now = await _in_database(lambda: wanted_of(pbx, tables))
        orders: dict[Order, None] = {}
        for tenant_id, changed in tables.items():
            before, after = self._told.get(tenant_id), now.get(tenant_id)
            known = before or after
            if known is None:
                continue  # a tenant of another PBX
            nothing = Wanted(known.slug)
            pauses = await self._paused(pbx, tenant_id, known)
            orders |= dict.fromkeys(
                orders_after(before or nothing, after or nothing, changed, pauses)
            )
        await self._give(orders, perform)
        for tenant_id in tables:
            self._told.pop(tenant_id, None)
        self._told |= now

    async def reconcile(self, pbx: str, members: Sequence[Member], perform: Perform) -> None:
        """Everything: who knows what this PBX, or we, missed."""
        await _in_database(lambda: services.sync_clips(pbx=pbx, folder=self._clip_folder))
        now = await _in_database(lambda: wanted_of(pbx))
        await self._give(orders_at_start(now.values(), members), perform)
        self._told = now

    async def _give(self, orders: Iterable[Order], perform: Perform) -> None:
        for order in orders:
            if isinstance(order, RefreshPhones):
                await self._await_database(perform)
            result = await perform(order)
            if not isinstance(result, Done):
                log.warning("The PBX did not take %s: %s", order, result)

    async def _await_database(self, perform: Perform) -> None:
        """We read the database, so it is there; the PBX finds it again a few seconds later."""
        asked = 0
        while True:
            result = await perform(CheckDatabase())
            if not (isinstance(result, Refused) and result.detail == DATABASE_AWAY):
                return
            if asked % _ASKS_PER_WARNING == 0:
                log.warning("The PBX cannot read the database; what it has of phones stays.")
            asked += 1
            await asyncio.sleep(_ASK_AGAIN_SECONDS)

    async def _paused(self, pbx: str, tenant_id: int, tenant: Wanted) -> Mapping[str, Pause]:
        if self._pauses is not None:
            return self._pauses(tenant_id, tenant)
        return await asyncio.to_thread(_paused_now, pbx, tenant_id, tenant.slug)


def _paused_now(pbx: str, tenant_id: int, slug: str) -> Mapping[str, Pause]:
    """By member name, as the live state has it."""
    document = live_snapshot(tenant_id, [TENANT], pbx).document
    return {
        member_name_of(slug, int(key.partition(":")[2])): Pause(entity.get("reason") or "")
        for key, entity in document.items()
        if key.startswith("agent:")
        and any(place.get("paused") for place in entity.get("queues", {}).values())
    }


async def _in_database(work: Callable[[], _Answer]) -> _Answer:
    def fresh() -> _Answer:
        close_old_connections()
        return work()

    return await sync_to_async(fresh)()
