"""The thread that sums days."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from reports.statistics import keeping
from reports.statistics.models import ChangedSpan, QueueDay
from reports.statistics.services import sum_days
from tests.reports.statistics.history import make_visit

pytestmark = pytest.mark.django_db(transaction=True)


def until(condition: object, *, within: float = 10) -> None:
    deadline = time.monotonic() + within
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_days_are_summed_soon_after_a_touch(monkeypatch: pytest.MonkeyPatch) -> None:
    alice = Tenant.objects.create(slug="alice", name="Alice")
    monkeypatch.setattr(keeping, "PAUSE_SECONDS", 0.1)
    failures = [OperationalError("away")]

    def fails_once(**asked: object) -> int:
        if failures:
            raise failures.pop()
        return sum_days(**asked)  # type: ignore[arg-type]

    monkeypatch.setattr(keeping, "sum_days", fails_once)
    stop = threading.Event()
    keeper = keeping.DaysKeeper(stop)
    keeper.start()
    try:
        time.sleep(0.3)  # beyond the first round of everybody
        with tenant_scope(alice.pk):
            make_visit(timezone.now() - timedelta(days=3)).save()
            keeper.touch([alice.pk])
            until(lambda: not failures)
            assert ChangedSpan.objects.exists()  # what failed is still marked
            keeper.touch([alice.pk])
            until(QueueDay.objects.exists)
            until(lambda: not ChangedSpan.objects.exists())
    finally:
        stop.set()
        keeper.join(5)
    assert not keeper.is_alive()
