"""What workers do for recordings."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from telephony.recordings.services import conversion
from telephony.recordings.storage.choice import recording_store


@shared_task
def convert_recording(*, tenant_id: int, recording_id: int) -> None:  # noqa: ARG001 - the scope
    store = recording_store()
    conversion.drop_samples(recording_id=recording_id, store=store)
    conversion.convert(recording_id=recording_id, store=store, at=timezone.now())


@shared_task(cross_tenant=True)
def convert_waiting() -> None:
    """What a worker that was killed, or a queue that was away, has left behind."""
    for tenant_id, recording_id in conversion.waiting_conversions(timezone.now()):
        convert_recording.delay(tenant_id=tenant_id, recording_id=recording_id)
