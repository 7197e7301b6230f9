"""Making a copy of everything about a person: when, by whom, and for how long."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F, Q

from callcenter.privacy.archive import Archive
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import current_tenant_id
from telephony.privacy.models import PrivacyExport
from telephony.recordings.models import ExportState
from telephony.recordings.storage.port import StorageFailed, key_of
from telephony.recordings.storage.sealed import SealedStore

LEASE = timedelta(minutes=2)
REPORT_SECONDS = 0.5
UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)


class Stopped(Exception):
    """The case was erased meanwhile, or somebody else makes it."""


def make(*, copy_id: str, store: SealedStore, now: Callable[[], datetime]) -> bool:
    """False where there is nothing (more) to do. In the tenant's scope.

    With the storage away it is tried again when the lease is over.
    """
    worker = uuid.uuid4()
    here = PrivacyExport.objects.filter(pk=copy_id, state__in=UNFINISHED, expires_at__gt=now())
    free = here.filter(Q(working_until=None) | Q(working_until__lte=now()))
    if not free.update(
        state=ExportState.RUNNING, worker=worker, working_until=now() + LEASE, done=0, left_out=0
    ):
        return False
    copy = PrivacyExport.objects.select_related("case").get(pk=copy_id)
    mine = PrivacyExport.objects.filter(pk=copy_id, worker=worker, state=ExportState.RUNNING)
    reported = time.monotonic()

    def report(done: int, total: int, left_out: int, *, last: bool = False) -> None:
        nonlocal reported
        tick = time.monotonic()
        if not last and tick - reported < REPORT_SECONDS:
            return
        reported = tick
        if not mine.update(done=done, total=total, left_out=left_out, working_until=now() + LEASE):
            raise Stopped

    tenant = Tenant.objects.get(pk=current_tenant_id())
    archive = Archive(copy, tenant, store, now(), report)
    try:
        store.write(key_of_copy(copy), archive.pieces())
    except (Stopped, StorageFailed):
        return False
    size = store.size(key_of_copy(copy)) or 0
    ready = mine.update(
        state=ExportState.READY, bytes=size, worker=None, working_until=None, done=F("total")
    )
    if not ready:
        store.remove([key_of_copy(copy)])
    return bool(ready)


def key_of_copy(copy: PrivacyExport) -> str:
    return key_of(copy.tenant_id, copy.secret, "zip")


def sweep(*, at: datetime, store: SealedStore) -> list[tuple[int, str]]:
    """Removes what is over, and says (tenant, copy) of what nobody works at. System scope."""
    for copy in PrivacyExport.objects.filter(expires_at__lt=at)[:200]:
        store.remove([key_of_copy(copy)])
        copy.delete()
    lost = PrivacyExport.objects.filter(state__in=UNFINISHED, expires_at__gte=at)
    lost = lost.filter(
        Q(working_until__lte=at) | Q(working_until=None, created_at__lt=at - timedelta(minutes=1))
    )
    return [(tenant_id, str(pk)) for tenant_id, pk in lost.values_list("tenant_id", "pk")[:50]]
