"""Named periods, and which period one is compared with. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.statistics.selection import Selection

DATES = "dates"
PERIODS: tuple[tuple[str, str | Promise], ...] = (
    ("today", _("Today")),
    ("yesterday", _("Yesterday")),
    ("this_week", _("This week")),
    ("last_week", _("Last week")),
    ("this_month", _("This month")),
    ("last_month", _("Last month")),
    ("this_year", _("This year")),
    (DATES, _("From … to …")),
)
DEFAULT_PERIOD = "this_week"


def days_of(period: str, today: date) -> tuple[date, date]:
    """First day of a named period, and the day after its last one. Weeks begin on Monday."""
    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    next_month = (month + timedelta(days=31)).replace(day=1)
    day, week = timedelta(days=1), timedelta(days=7)
    return {
        "today": (today, today + day),
        "yesterday": (today - day, today),
        "this_week": (monday, monday + week),
        "last_week": (monday - week, monday),
        "this_month": (month, next_month),
        "last_month": ((month - day).replace(day=1), month),
        "this_year": (date(today.year, 1, 1), date(today.year + 1, 1, 1)),
    }[period]


def compared_with(selection: Selection, now: datetime) -> Selection:
    """The period before; of one that still runs up to the same moment of it, so that half a week is
    compared with half a week.
    """
    before = selection.previous()
    if not selection.since < now < selection.until:
        return before
    # by the clock on the wall: a day of 23 hours ends when the day does
    gone = _wall(now, selection) - _wall(selection.since, selection)
    same_moment = (_wall(before.since, selection) + gone).replace(tzinfo=selection.tz)
    until = same_moment.replace(second=0, microsecond=0).astimezone(UTC)
    return replace(before, until=max(before.since, min(before.until, until)))


def _wall(at: datetime, selection: Selection) -> datetime:
    return selection.local(at).replace(tzinfo=None)
