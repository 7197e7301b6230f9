"""Table of contents: the models of the rooms of this app."""

from reports.schedules.models import ReportDelivery, ReportEdition, ReportRun, ReportSchedule

__all__ = ["ReportDelivery", "ReportEdition", "ReportRun", "ReportSchedule"]
