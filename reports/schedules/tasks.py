"""Where workers fall to: what is due becomes runs, runs are made, deliveries sent."""

from __future__ import annotations

import time
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from reports.mail.outbox import is_kept_here
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
from reports.schedules.services.turns import (
    is_mail_server_away,
    note_mail_server_away,
    turn,
)

TICK_SECONDS = 15
# of one tenant's turn: others wait for theirs
BUDGET_SECONDS = 60


@shared_task(cross_tenant=True)
def send_due_reports() -> int:
    """Beat's tick. Returns how many runs fell due."""
    now = timezone.now()
    made = fall_due(now=now)
    waiting = tenants_with_work(now)
    if waiting:
        # another begins each time, so that nobody is always last
        first = int(now.timestamp()) // TICK_SECONDS % len(waiting)
        for tenant_id in [*waiting[first:], *waiting[:first]]:
            work_off_reports.delay(tenant_id=tenant_id)
    return made


@shared_task
def work_off_reports(*, tenant_id: int) -> None:  # noqa: ARG001 - opens the scope
    """Until nothing is left or time is up; what is left is found by the next tick."""
    with turn() as is_ours:
        end = time.monotonic() + BUDGET_SECONDS
        while is_ours and time.monotonic() < end and _take_next():
            pass


def _take_next() -> bool:
    """Makes a run or sends a mail; False when there is nothing to do."""
    run = claim_run(now=timezone.now())
    if run is not None:
        make_run(run=run, now=timezone.now())
        return True
    if not is_kept_here() and is_mail_server_away():
        return False
    delivery = claim_delivery(now=timezone.now())
    if delivery is None:
        return False
    if isinstance(send_delivery(delivery=delivery), NotReached):
        note_mail_server_away()
        return False
    return True


@shared_task(cross_tenant=True)
def forget_reports() -> None:
    """Each night: previews after a day, editions of what was sent after three months."""
    forget_old_reports(before=timezone.now(), previews=timedelta(days=1), others=timedelta(days=92))
