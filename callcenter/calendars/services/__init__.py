"""Writing calendars: each function is one change, audited in its own transaction."""

from callcenter.calendars.services.calendars import (
    change_calendar,
    create_calendar,
    delete_calendar,
    force_calendar,
    undo_change,
)
from callcenter.calendars.services.exceptions import add_exception, remove_exception
from callcenter.calendars.services.holidays import fill_holidays
from callcenter.calendars.services.hours import (
    add_hours,
    add_hours_to_days,
    copy_day,
    remove_hours,
)

__all__ = [
    "add_exception",
    "add_hours",
    "add_hours_to_days",
    "change_calendar",
    "copy_day",
    "create_calendar",
    "delete_calendar",
    "fill_holidays",
    "force_calendar",
    "remove_exception",
    "remove_hours",
    "undo_change",
]
