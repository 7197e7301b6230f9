"""Table of contents: the models of the rooms of this app."""

from reports.schedules.models import ReportDelivery, ReportEdition, ReportRun, ReportSchedule
from reports.statistics.models import AgentDay, ChangedSpan, QueueDay, QueueHour

__all__ = [
    "AgentDay",
    "ChangedSpan",
    "QueueDay",
    "QueueHour",
    "ReportDelivery",
    "ReportEdition",
    "ReportRun",
    "ReportSchedule",
]
