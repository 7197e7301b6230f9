"""What workers do for recordings."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from telephony.recordings.services import exports, removal
from telephony.recordings.storage.choice import recording_store


@shared_task
def convert_recording(*, tenant_id: int, recording_id: int) -> None:  # noqa: ARG001 - the scope
    # what encodes sound is big, and only workers that do it need it
    from telephony.recordings.services import conversion

    store = recording_store()
    conversion.drop_samples(recording_id=recording_id, store=store)
    conversion.convert(recording_id=recording_id, store=store, at=timezone.now())


@shared_task(cross_tenant=True)
def convert_waiting() -> None:
    """What a worker that was killed, or a queue that was away, has left behind."""
    from telephony.recordings.services import conversion

    for tenant_id, recording_id in conversion.waiting_conversions(timezone.now()):
        convert_recording.delay(tenant_id=tenant_id, recording_id=recording_id)


@shared_task(cross_tenant=True)
def purge_expired() -> None:
    """In portions, so that a worker is never held for long."""
    removal.purge(at=timezone.now(), store=recording_store(), most=removal.AT_ONCE * 40)


@shared_task
def make_export(*, tenant_id: int, export_id: str) -> None:  # noqa: ARG001 - the scope
    exports.make(export_id=export_id, store=recording_store(), at=timezone.now())


@shared_task(cross_tenant=True)
def sweep_exports() -> None:
    for tenant_id, export_id in exports.sweep(at=timezone.now(), store=recording_store()):
        make_export.delay(tenant_id=tenant_id, export_id=export_id)
