"""What is made at once because somebody asks: a preview, a test, a mail once more."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, record
from callcenter.tenants.refusals import Refusal
from callcenter.tenants.scope import current_tenant_id
from reports.schedules.models import (
    DeliveryState,
    Purpose,
    ReportDelivery,
    ReportRun,
    ReportSchedule,
)
from reports.schedules.services.due_table import period_of
from reports.schedules.services.orders import Order, checked, zone_here


class NotFailed(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This mail was sent, or waits to be sent again by itself."))


def request_preview(
    *, order: Order, user_id: int, within: Collection[int], at: datetime
) -> ReportRun:
    """The report as it would be if it fell due now; nothing is sent. Raises what ordering raises."""
    values = checked(order, within, at, needs_recipients=False)
    schedule = ReportSchedule(**values)
    return _requested(schedule, None, Purpose.PREVIEW, user_id, at)


def request_test(*, schedule: ReportSchedule, user_id: int, at: datetime) -> ReportRun:
    """The report as if it fell due now, to the one who asks."""
    return _requested(schedule, schedule, Purpose.TEST, user_id, at)


@transaction.atomic
def send_again(*, delivery: ReportDelivery, by: Actor, at: datetime) -> None:
    """A mail that was refused, came back or was given up, as a new one. Raises NotFailed."""
    failed = [DeliveryState.REFUSED, DeliveryState.BOUNCED, DeliveryState.GIVEN_UP]
    changed = ReportDelivery.objects.filter(pk=delivery.pk, state__in=failed).update(
        state=DeliveryState.QUEUED,
        attempts=0,
        next_try_at=at,
        token=uuid.uuid4(),
        claim=None,
        claimed_until=None,
        changed_at=at,
    )
    if not changed:
        raise NotFailed
    record(
        action="report.sent_again", by=by, about=delivery.run, after={"address": delivery.address}
    )
    _work_soon()


@transaction.atomic
def _requested(
    order: ReportSchedule,
    schedule: ReportSchedule | None,
    purpose: Purpose,
    user_id: int,
    at: datetime,
) -> ReportRun:
    since, until = period_of(order, at, zone_here())
    run = ReportRun.objects.create(
        schedule=schedule,
        purpose=purpose,
        requested_by_id=user_id,
        due_at=at,
        since=since,
        until=until,
        kind=order.kind,
        name=order.name,
        group_ids=order.group_ids,
        agent_ids=order.agent_ids,
        shows_numbers=order.shows_numbers,
        attaches_xlsx=order.attaches_xlsx,
        attaches_pdf=order.attaches_pdf,
    )
    _work_soon()
    return run


def _work_soon() -> None:
    from reports.schedules.tasks import work_off_reports

    tenant_id = current_tenant_id()
    transaction.on_commit(lambda: work_off_reports.delay(tenant_id=tenant_id))
