"""Sums over visits: what counts, in which day, for which queue, and for nobody else."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from callcenter.groups.models import AgentGroup, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from reports.statistics import announcing
from reports.statistics.announcing import messages_for
from reports.statistics.selection import Selection
from reports.statistics.selectors import day_of, figures_by_group, todays_figures, total_of
from telephony.calls.models import QueueVisit

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)  # the day when Tallinn's clocks go forward


@pytest.fixture
def alice() -> Tenant:
    tenant = Tenant.objects.create(slug="alice", name="Alice", time_zone="Europe/Tallinn")
    with tenant_scope(tenant.pk):
        for name in ("sales", "support"):
            group = AgentGroup.objects.create(slug=name, name=name.title())
            Queue.objects.create(group=group, slug=name, name=name)
    return tenant


_calls = iter(range(10**6))


def visit(
    outcome: str,
    wait: int,
    *,
    at: datetime = NOON,
    queue: str = "alice-sales",
    reason: str = "",
    mode: str = "abandons_negative",
    within: int = 20,
) -> None:
    QueueVisit.objects.create(
        pbx="pbx1", callid=f"call-{next(_calls)}", stay=1, queue_name=queue,
        group_id=AgentGroup.objects.get(slug=queue.partition("-")[2]).pk, entered_at=at,
        left_at=at + timedelta(seconds=wait), wait_seconds=wait, outcome=outcome, reason=reason,
        short_abandon_seconds=5, answer_within_seconds=within, service_level_mode=mode,
    )  # fmt: skip


def test_a_day_by_hand(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        visit("answered", 20)  # exactly in time
        visit("answered", 21)
        visit("abandoned", 30)
        visit("short_abandoned", 5)
        visit("overflowed", 60, reason="timeout")
        visit("overflowed", 0, reason="closed")
        visit("waiting", 0)
        visit("answered", 3, queue="alice-support")
        found = todays_figures(alice, NOON)
        assert found["alice-sales"].as_json() == {
            "offered": 4,
            "answered": 2,
            "abandoned": 1,
            "short_abandoned": 1,
            "overflowed": 1,
            "closed": 1,
            "service_level": 25.0,
            "answer_rate": 50.0,
            "abandon_rate": 25.0,
            "asa_seconds": 20.5,
            "average_wait_seconds": 32.8,
            "longest_wait_seconds": 60,
        }
        assert found["alice-support"].as_json()["service_level"] == 100.0
        sales = AgentGroup.objects.get(slug="sales")
        assert figures_by_group([sales.pk], *day_of(alice, NOON))[sales.pk] == found["alice-sales"]
        assert total_of(Selection(*day_of(alice, NOON), "UTC")).visits.offered == 5


def test_no_calls_are_shown_as_none(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        found = todays_figures(alice, NOON)
    assert set(found) == {"alice-sales", "alice-support"}
    assert found["alice-sales"].as_json()["service_level"] is None
    assert found["alice-sales"].as_json()["offered"] == 0


def test_the_day_is_the_tenants_and_has_23_hours(alice: Tenant) -> None:
    since, until = day_of(alice, NOON)
    assert until.astimezone(UTC) - since.astimezone(UTC) == timedelta(hours=23)
    with tenant_scope(alice.pk):
        visit("answered", 1, at=since - timedelta(microseconds=1))
        visit("answered", 1, at=since)
        visit("answered", 1, at=until - timedelta(microseconds=1))
        visit("answered", 1, at=until)
        assert todays_figures(alice, NOON)["alice-sales"].visits.answered == 2


def test_a_changed_mode_and_threshold_hold_for_what_came_after(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        visit("answered", 15, within=10)
        visit("answered", 15, within=20)
        visit("abandoned", 15, mode="handled")
        visit("answered", 15, mode="handled")
        share = todays_figures(alice, NOON)["alice-sales"].share
    # negative: 1 of 2; handled: 1 of 1
    assert (share.good, share.counted) == (2, 3)


def test_bob_does_not_count_alices_calls(alice: Tenant) -> None:
    bob = Tenant.objects.create(slug="bob", name="Bob")
    with tenant_scope(alice.pk):
        visit("answered", 1)
    with tenant_scope(bob.pk):
        assert todays_figures(bob, NOON) == {}


def test_queries_do_not_grow_with_calls(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        for _ in range(30):
            visit("answered", 1)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            todays_figures(alice, NOON)
    assert len(queries) == 2


def test_each_stream_gets_its_own_queues(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        sales = AgentGroup.objects.get(slug="sales")
        frames = {stream: json.loads(text) for stream, text in messages_for(alice).items()}
    assert set(frames["tenant"]["queues"]) == {"alice-sales", "alice-support"}
    assert frames["wall"]["queues"] == frames["tenant"]["queues"]
    assert set(frames[f"group:{sales.pk}"]["queues"]) == {"alice-sales"}
    assert set(frames[f"wall:{sales.pk}"]["queues"]) == {"alice-sales"}
    assert frames["tenant"]["type"] == "figures"


@contextmanager
def announcer_of(tenant: Tenant) -> Iterator[tuple[announcing.FiguresAnnouncer, list[int]]]:
    """It runs, and notes for whom it would have sent something."""
    sent: list[int] = []

    async def keep(tenant_id: int, frames: dict[str, str]) -> None:
        assert "tenant" in frames
        sent.append(tenant_id)

    stop = threading.Event()
    announcer = announcing.FiguresAnnouncer(stop)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(announcing, "_send", keep)
        announcer.start()
        yield announcer, sent
        stop.set()
        announcer.touch({tenant.pk})  # which wakes it
        announcer.join(20)
        assert not announcer.is_alive()


@pytest.mark.django_db(transaction=True)
def test_the_announcer_sends_at_most_once_a_second(alice: Tenant) -> None:
    begun = time.monotonic()
    with announcer_of(alice) as (announcer, sent):
        while len(sent) < 3 and time.monotonic() - begun < 30:
            announcer.touch({alice.pk})
            time.sleep(0.01)
        told, passed = len(sent), time.monotonic() - begun
    assert set(sent) == {alice.pk}
    assert told >= 3
    assert told - 1 <= passed


@pytest.mark.django_db(transaction=True)
def test_the_announcer_does_not_let_the_first_change_wait(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "INTERVAL_SECONDS", 3600)
    with announcer_of(alice) as (announcer, sent):
        begun = time.monotonic()
        announcer.touch({alice.pk})
        while not sent and time.monotonic() - begun < 30:
            time.sleep(0.01)
        assert sent == [alice.pk]


def test_a_queue_made_while_figures_are_read_does_no_harm(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "todays_figures", lambda *_: {})
    with tenant_scope(alice.pk):
        assert set(messages_for(alice)) == {"tenant", "wall"}
