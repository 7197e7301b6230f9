"""What workers do for cases."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from callcenter.privacy import copying, erasing, late
from telephony.recordings.storage.choice import recording_store
from telephony.recordings.storage.port import StorageFailed

log = logging.getLogger(__name__)


@shared_task
def erase_person(*, tenant_id: int, case_id: int) -> None:  # noqa: ARG001 - the scope
    try:
        erasing.erase(case_id=case_id, store=recording_store(), now=timezone.now)
    except StorageFailed as error:
        log.warning("The erasure of case %s waits for the storage: %s", case_id, error)


@shared_task
def make_copy(*, tenant_id: int, copy_id: str) -> None:  # noqa: ARG001 - the scope
    copying.make(copy_id=copy_id, store=recording_store(), now=timezone.now)


@shared_task(cross_tenant=True)
def go_on_with_privacy() -> None:
    """What killed workers and a queue that was away have left behind; copies whose time is over."""
    at = timezone.now()
    for tenant_id, case_id in erasing.unfinished(at):
        erase_person.delay(tenant_id=tenant_id, case_id=case_id)
    for tenant_id, copy_id in copying.sweep(at=at, store=recording_store()):
        make_copy.delay(tenant_id=tenant_id, copy_id=copy_id)


@shared_task(cross_tenant=True)
def rewrite_late_lines() -> None:
    late.watch_everybody(at=timezone.now(), store=recording_store())
