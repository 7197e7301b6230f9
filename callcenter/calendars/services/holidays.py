"""Keeping a calendar's public holidays filled in."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from callcenter.calendars import holiday_table
from callcenter.calendars.models import Holiday, OpeningCalendar


def fill_holidays(*, calendar: OpeningCalendar, today: datetime.date | None = None) -> int:
    """Makes this and the next two years' holidays those of the country; the past stays as it was.

    Returns how many days it wrote or removed: 0 when they were there already. The words are in
    the tenant's language, and it is this year where the tenant is.
    """
    if today is None:
        today = datetime.datetime.now(ZoneInfo(calendar.tenant.time_zone)).date()
    first = datetime.date(today.year, 1, 1)
    wanted: dict[datetime.date, str] = {}
    if calendar.holiday_country:
        language = calendar.tenant.language
        wanted = holiday_table.public_holidays(
            calendar.holiday_country,
            calendar.holiday_region,
            range(first.year, first.year + 3),
            language,
        )
    with transaction.atomic():
        rows = calendar.holidays.filter(day__gte=first)
        kept = {row.day: row.name for row in rows}
        gone = [day for day, name in kept.items() if wanted.get(day) != name]
        removed = rows.filter(day__in=gone).delete()[0] if gone else 0
        new = [
            Holiday(calendar=calendar, tenant_id=calendar.tenant_id, day=day, name=name)
            for day, name in wanted.items()
            if kept.get(day) != name
        ]
        Holiday.objects.bulk_create(new, ignore_conflicts=True)
    return removed + len(new)
