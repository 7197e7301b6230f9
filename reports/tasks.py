"""Table of contents: the tasks of the rooms of this app."""

from reports.schedules.tasks import forget_reports, send_due_reports, work_off_reports

__all__ = ["forget_reports", "send_due_reports", "work_off_reports"]
