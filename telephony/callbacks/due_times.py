"""When the promises of one company are due, by its rules and its groups' calendars."""

from __future__ import annotations

from datetime import datetime

from callcenter.calendars.selectors import rules_by_calendar
from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import Tenant
from telephony.callbacks.due import due_at
from telephony.callbacks.models import DUE_MINUTES, CallbackRule


class DueTimes:
    """Read once, in the tenant's scope: six queries however many groups there are."""

    def __init__(self, tenant: Tenant) -> None:
        self._minutes: dict[int | None, int] = dict(
            CallbackRule.objects.values_list("group_id", "due_minutes")
        )
        self._calendar = dict(AgentGroup.objects.values_list("pk", "calendar_id"))
        calendars = {one for one in self._calendar.values() if one is not None}
        self._rules = rules_by_calendar(calendars, tenant.time_zone) if calendars else {}

    def minutes_of(self, group_id: int | None) -> int:
        whole = self._minutes.get(None, DUE_MINUTES)
        return whole if group_id is None else self._minutes.get(group_id, whole)

    def due_at(self, group_id: int | None, lost_at: datetime) -> datetime:
        rules = self._rules.get(self._calendar.get(group_id or 0) or 0)
        return due_at(rules, lost_at, self.minutes_of(group_id))
