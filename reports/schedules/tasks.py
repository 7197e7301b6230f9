"""Where workers fall to: what is due becomes runs, runs are made, deliveries sent."""

from __future__ import annotations

import time
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from reports.mail.smtp import NotReached
from reports.schedules.selectors import tenants_with_work
from reports.schedules.services import (
    claim_delivery,
    claim_run,
    fall_due,
    make_run,
    send_delivery,
)
from reports.schedules.services.forgetting import forget_old_reports

BUDGET_SECONDS = 240  # well below the limit of a task


@shared_task(cross_tenant=True)
def send_due_reports() -> int:
    """Beat's tick. Returns how many runs fell due."""
    now = timezone.now()
    made = fall_due(now=now)
    for tenant_id in tenants_with_work(now):
        work_off_reports.delay(tenant_id=tenant_id)
    return made


@shared_task
def work_off_reports(*, tenant_id: int) -> None:  # noqa: ARG001 - opens the scope
    """Until nothing is left, time is up, or the mail server does not let us in."""
    end = time.monotonic() + BUDGET_SECONDS
    while time.monotonic() < end:
        run = claim_run(now=timezone.now())
        if run is not None:
            make_run(run=run, now=timezone.now())
            continue
        delivery = claim_delivery(now=timezone.now())
        if delivery is None:
            return
        if isinstance(send_delivery(delivery=delivery), NotReached):
            return  # the rest of them would wait for it too, and hold this worker


@shared_task(cross_tenant=True)
def forget_reports() -> None:
    """Each night: previews after a day, editions of what was sent after three months."""
    forget_old_reports(before=timezone.now(), previews=timedelta(days=1), others=timedelta(days=92))
