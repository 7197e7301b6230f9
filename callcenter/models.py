"""Table of contents: the models of the rooms of this app."""

from callcenter.accounts.models import ApiKey, Membership, Role, User
from callcenter.agents.models import Agent, Device, DeviceKind, PauseReason
from callcenter.audit.models import AuditEntry
from callcenter.calendars.models import CalendarException, Holiday, OpeningCalendar, OpeningHours
from callcenter.dashboard.models import Wallboard
from callcenter.groups.models import AgentGroup, Clip, GroupMember, Number, Queue
from callcenter.tenants.models import Tenant

__all__ = [
    "Agent",
    "AgentGroup",
    "ApiKey",
    "AuditEntry",
    "CalendarException",
    "Clip",
    "Device",
    "DeviceKind",
    "GroupMember",
    "Holiday",
    "Membership",
    "Number",
    "OpeningCalendar",
    "OpeningHours",
    "PauseReason",
    "Queue",
    "Role",
    "Tenant",
    "User",
    "Wallboard",
]
