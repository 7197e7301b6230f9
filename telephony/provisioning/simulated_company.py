"""What the simulated PBX is told by the database: what a real one reads from SQL views.

The application's role may not read those views, so this asks the models and decides by
`callcenter.calendars.opening`, which says the same.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, cast

from callcenter.agents.models import Device
from callcenter.calendars.models import OpeningCalendar
from callcenter.calendars.opening import DaysThatDiffer, Hours, Rules, is_open
from callcenter.groups.models import Number, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope
from telephony.pbx.simulator.company import (
    Decision,
    SimulatedCompany,
    SimulatedPhone,
    SimulatedQueue,
)

_WHY = "a PBX serves the tenants of its name, whoever they are"


class DatabaseCompanies:
    """All tenants at home on one PBX."""

    def __init__(self, pbx: str) -> None:
        self._pbx = pbx

    def read(self) -> SimulatedCompany:
        at_home = {"tenant__is_active": True, "tenant__pbx": self._pbx}
        with system_scope(_WHY):
            devices = Device.objects.filter(is_active=True, **at_home).select_related(
                "tenant", "agent"
            )
            queues = Queue.objects.filter(**at_home).select_related("tenant")
            return SimulatedCompany(
                phones=tuple(
                    SimulatedPhone(
                        f"{device.tenant.slug}-{device.extension}",
                        device.agent.name if device.agent else device.name,
                    )
                    for device in devices
                ),
                queues=tuple(
                    SimulatedQueue(
                        f"{queue.tenant.slug}-{queue.slug}",
                        queue.strategy,
                        queue.ring_seconds,
                        queue.retry_seconds,
                    )
                    for queue in queues
                ),
                numbers=tuple(
                    one.e164.removeprefix("+") for one in Number.objects.filter(**at_home)
                ),
                lots=tuple(
                    Tenant.objects.filter(is_active=True, pbx=self._pbx).values_list(
                        "slug", flat=True
                    )
                ),
            )

    def decide(self, number: str, caller_number: str) -> Decision:  # noqa: ARG002
        """`number` in digits, with its country code; nobody's caller is looked at yet."""
        with system_scope(_WHY):
            found = (
                Number.objects.filter(
                    e164=f"+{number}", tenant__is_active=True, tenant__pbx=self._pbx
                )
                .select_related("tenant", "queue__group__calendar", "queue__group__greeting")
                .first()
            )
            if found is None:
                return Decision("unknown")
            queue, group = found.queue, found.queue.group
            rules = _rules_of(group.calendar, found.tenant.time_zone)
            now_open = group.is_active and is_open(rules, datetime.now(UTC))
            return Decision(
                state="open" if now_open else "closed",
                tenant=found.tenant.slug,
                queue=f"{found.tenant.slug}-{queue.slug}",
                greeting_seconds=group.greeting.seconds if group.greeting else 0.0,
                max_wait_seconds=queue.max_wait_seconds,
            )


def _rules_of(calendar: OpeningCalendar | None, time_zone: str) -> Rules | None:
    if calendar is None:
        return None
    return Rules(
        time_zone=time_zone,
        hours=tuple(
            Hours(one.weekday, one.opens_minute, one.closes_minute) for one in calendar.hours.all()
        ),
        holidays=frozenset(one.day for one in calendar.holidays.all()),
        exceptions=tuple(
            DaysThatDiffer(one.first_day, one.last_day, one.opens_minute, one.closes_minute)
            for one in calendar.exceptions.all()
        ),
        forced=cast(Literal["", "open", "closed"], calendar.forced),
        forced_until=calendar.forced_until,
    )
