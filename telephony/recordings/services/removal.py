"""Deleting recordings: chosen in short transactions, their objects removed without any lock.

A chosen row is seen by nobody any more. Killed between the steps, the next run goes on: a row goes
only after its objects.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from callcenter.audit.services import HELIN_ITSELF, record
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.recordings.models import Recording, RecordingNote
from telephony.recordings.selectors import not_held, removable
from telephony.recordings.storage.port import key_of
from telephony.recordings.storage.sealed import SealedStore

log = logging.getLogger(__name__)
AT_ONCE = 500
ENDINGS = ("opus", "wav", "raw")


def purge(*, at: datetime, store: SealedStore, most: int | None = None) -> int:
    """Everything expired, of every company; returns how many recordings went.

    Outside any tenant's scope. Raises StorageFailed; what was chosen goes next time.
    """
    gone = 0
    for tenant in Tenant.objects.order_by("pk"):
        with tenant_scope(tenant.pk):
            gone += purge_tenant(tenant=tenant, at=at, store=store, most=most)
    return gone


def purge_tenant(
    *, tenant: Tenant, at: datetime, store: SealedStore, most: int | None = None
) -> int:
    """In the tenant's scope."""
    gone = remove_chosen(store=store)
    while most is None or gone < most:
        if not choose(tenant=tenant, at=at):
            break
        gone += remove_chosen(store=store)
    if gone:
        record(action="recordings.purged", by=HELIN_ITSELF, about=tenant, after={"count": gone})
    return gone


@transaction.atomic
def choose(*, tenant: Tenant, at: datetime, most: int = AT_ONCE) -> int:
    """Marks some of what may go. Rows that somebody is just changing are left for later."""
    expired = removable(at, tenant).order_by("started_at", "pk").values_list("pk", flat=True)
    ids = list(expired.select_for_update(skip_locked=True, of=("self",))[:most])
    return Recording.objects.filter(pk__in=ids).update(going_at=at) if ids else 0


def remove_chosen(*, store: SealedStore, recording_ids: Iterable[int] | None = None) -> int:
    """Removes the objects, then the rows, of what was chosen. In the tenant's scope."""
    removed = 0
    while True:
        rows = Recording.objects.filter(going_at__isnull=False)
        if recording_ids is not None:
            rows = rows.filter(pk__in=list(recording_ids))
        # a hold that came after the choice
        held = rows.exclude(pk__in=not_held(rows).values("pk"))
        held.update(going_at=None)
        some = list(rows.order_by("going_at").values_list("pk", "tenant_id", "secret")[:AT_ONCE])
        if not some:
            return removed
        store.remove(
            key_of(tenant_id, secret, ending) for _, tenant_id, secret in some for ending in ENDINGS
        )
        ids = [pk for pk, _, _ in some]
        with transaction.atomic():
            RecordingNote.objects.filter(recording_id__in=ids).delete()
            going = Recording.objects.filter(pk__in=ids, going_at__isnull=False)
            removed += going._raw_delete(going.db)
        if recording_ids is not None:
            return removed
