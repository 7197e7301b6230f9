"""Orders and calls for the tests of reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.audit.services import Actor
from callcenter.tenants.scope import system_scope, tenant_scope
from reports.schedules.models import ReportSchedule
from reports.schedules.services import Order, fall_due, order_report
from telephony.calls.models import QueueVisit
from tests.cast import Company

ALICE = Actor(name="Alice")
# Saturday noon in Tallinn
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
PLAIN = Order(kind="groups_day", name="Yesterday", addresses=(("chef@alice.example", "en"),))


def order(company: Company, *, at: datetime = NOW, **changes: Any) -> ReportSchedule:
    with tenant_scope(company.tenant.pk):
        return order_report(order=replace(PLAIN, **changes), by=ALICE, within=(), at=at)


def due(at: datetime) -> int:
    with system_scope("the test plays beat"):
        return fall_due(now=at)


def visit(company: Company, at: datetime, *, number: int, **fields: Any) -> QueueVisit:
    """Answered after ten seconds, unless said otherwise."""
    values: dict[str, Any] = {
        "outcome": "answered",
        "wait_seconds": 10,
        "talk_seconds": 60,
        **fields,
    }
    with tenant_scope(company.tenant.pk):
        return QueueVisit.objects.create(
            pbx="pbx1",
            callid=f"{company.tenant.slug}-{number}",
            stay=1,
            queue_name=f"{company.tenant.slug}-sales",
            queue=company.queue,
            group=company.group,
            agent=company.agents[0] if values["outcome"] == "answered" else None,
            caller_number="+3725550000",
            entered_at=at,
            left_at=at + timedelta(seconds=values["wait_seconds"]),
            ended_at=at + timedelta(seconds=values["wait_seconds"] + values["talk_seconds"]),
            short_abandon_seconds=5,
            answer_within_seconds=20,
            service_level_mode="abandons_negative",
            **values,
        )
