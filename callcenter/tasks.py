"""Table of contents: the tasks of the rooms of this app."""

from callcenter.calendars.tasks import fill_all_holidays
from callcenter.privacy.tasks import (
    erase_person,
    go_on_with_privacy,
    make_copy,
    rewrite_late_lines,
)

__all__ = [
    "erase_person",
    "fill_all_holidays",
    "go_on_with_privacy",
    "make_copy",
    "rewrite_late_lines",
]
