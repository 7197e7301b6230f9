"""Sums over queue visits: what counts, in which day, by which threshold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from callcenter.tenants.scope import tenant_scope
from reports.statistics.kpi import Visits
from reports.statistics.selectors import figures_by_group
from telephony.calls.models import QueueVisit
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 11, 20, 22, tzinfo=UTC)
END = BEGIN + timedelta(days=1)
_numbers = count(1)


def a_visit(company: Company, outcome: str, wait: int, **more: Any) -> None:
    fields: dict[str, Any] = {
        "pbx": "pbx1",
        "callid": f"c{next(_numbers)}",
        "stay": 1,
        "queue_name": "alice-sales",
        "group": company.group,
        "entered_at": BEGIN + timedelta(hours=3),
        "wait_seconds": wait,
        "outcome": outcome,
        "short_abandon_seconds": 5,
        "answer_within_seconds": 20,
        "service_level_mode": "abandons_negative",
        **more,
    }
    with tenant_scope(company.tenant.pk):
        QueueVisit.objects.create(**fields)


def test_what_counts_and_what_does_not() -> None:
    alices, bobs = (
        make_company("alice", number="+3726001000"),
        make_company("bob", number="+3726002000"),
    )
    a_visit(alices, "answered", 20)
    a_visit(alices, "answered", 21)
    a_visit(alices, "answered", 25, answer_within_seconds=30)
    a_visit(alices, "abandoned", 8)
    a_visit(alices, "overflowed", 60, reason="timeout")
    a_visit(alices, "answered", 3, entered_at=BEGIN)
    for outside in ({"outcome": "short_abandoned"}, {"outcome": "waiting"}, {"reason": "closed"}):
        a_visit(alices, **{"outcome": "overflowed", "wait": 2, **outside})
    a_visit(alices, "answered", 3, entered_at=END)
    a_visit(alices, "answered", 3, entered_at=BEGIN - timedelta(seconds=1))
    a_visit(bobs, "answered", 3)
    with tenant_scope(alices.tenant.pk):
        figures = figures_by_group([alices.group.pk, bobs.group.pk, 0], BEGIN, END)
    found = figures[alices.group.pk]
    assert found.visits == Visits(4, 3, 1, 1, 1)
    assert found.service_level == pytest.approx(50)
    # another company's and a group without calls: nothing, and no share of it
    for group_id in (bobs.group.pk, 0):
        assert figures[group_id].visits.offered == 0
        assert figures[group_id].service_level is None


def test_a_mode_changed_at_noon_holds_for_the_afternoon_only() -> None:
    alices = make_company("alice", number="+3726001000")
    a_visit(alices, "answered", 5)
    a_visit(alices, "abandoned", 30)
    a_visit(alices, "answered", 5, service_level_mode="handled")
    a_visit(alices, "abandoned", 30, service_level_mode="handled")
    with tenant_scope(alices.tenant.pk):
        figures = figures_by_group([alices.group.pk], BEGIN, END)
    assert figures[alices.group.pk].service_level == pytest.approx(100 * 2 / 3)
