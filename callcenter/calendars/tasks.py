"""Holidays of the years to come, kept filled in without anybody thinking of it."""

from __future__ import annotations

import logging

from celery import shared_task

from callcenter.calendars.models import OpeningCalendar
from callcenter.calendars.services import fill_holidays
from callcenter.tenants.scope import tenant_scope

log = logging.getLogger(__name__)


@shared_task(cross_tenant=True)
def fill_all_holidays() -> int:
    """Every tenant's calendars; what is there already is left alone. Returns the days written."""
    written = 0
    calendars = OpeningCalendar.objects.exclude(holiday_country="")
    for calendar in calendars.select_related("tenant").order_by("pk"):
        with tenant_scope(calendar.tenant.pk):
            written += fill_holidays(calendar=calendar)
    log.info("Holidays filled in: %d days written or removed.", written)
    return written
