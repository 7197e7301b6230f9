"""Table of contents: the tasks of the rooms of this app."""

from callcenter.calendars.tasks import fill_all_holidays

__all__ = ["fill_all_holidays"]
