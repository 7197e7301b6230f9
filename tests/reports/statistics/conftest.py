"""Alice's company with a week of calls that one can count by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callcenter.groups.models import AgentGroup, Queue
from callcenter.tenants.scope import tenant_scope
from tests.cast import Company, make_company
from tests.reports.statistics.visits import AT, make_visit


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few calls are enough for rows of hours."""
    monkeypatch.setattr("reports.statistics.services.BUSY_VISITS_A_DAY", 0)


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


@pytest.fixture
def support(alice: Company) -> Queue:
    """A second group of Alice's."""
    with tenant_scope(alice.tenant.pk):
        group = AgentGroup.objects.create(slug="support", name="Support")
        return Queue.objects.create(group=group, slug="support", name="Support")


@pytest.fixture
def history(alice: Company, support: Queue) -> None:
    """Sales: 6 offered (3 answered, 2 of them in time; 2 given up; 1 sent on), 1 at once, 1 closed.
    Support: 2 answered. A week before: 1 answered, in Sales.
    """
    minute = timedelta(minutes=1)
    make_visit(alice, AT, wait=10, talk=60)
    make_visit(alice, AT + minute, wait=20, talk=120, agent=1)
    make_visit(alice, AT + 2 * minute, wait=30, talk=30, agent=None)
    make_visit(alice, AT + 3 * minute, "abandoned", wait=40)
    make_visit(alice, AT + 4 * minute, "abandoned", wait=15, caller="")
    make_visit(alice, AT + 5 * minute, "overflowed", reason="timeout", wait=300)
    make_visit(alice, AT + 6 * minute, "short_abandoned", wait=3)
    make_visit(alice, AT + 7 * minute, "overflowed", reason="closed", wait=0)
    make_visit(alice, AT + timedelta(days=1), queue=support)
    make_visit(alice, AT + timedelta(days=2), queue=support)
    make_visit(alice, AT - timedelta(days=7))
