"""Table of contents: the models of the rooms of this app."""

from reports.schedules.models import ReportDelivery, ReportEdition, ReportRun, ReportSchedule
from reports.statistics.models import AgentDay, ChangedSpan, QueueDay

__all__ = [
    "AgentDay",
    "ChangedSpan",
    "QueueDay",
    "ReportDelivery",
    "ReportEdition",
    "ReportRun",
    "ReportSchedule",
]
