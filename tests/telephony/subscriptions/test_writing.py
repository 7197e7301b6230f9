"""Facts on their way into the table: order, outages, what had to be dropped."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from callcenter.tenants.scope import tenant_scope
from telephony.live.state import Document, Put
from telephony.subscriptions import carrying, writing
from telephony.subscriptions.models import EventHorizon, OutwardEvent
from telephony.subscriptions.vocabulary import GAP, LINK_BACK, OutEvent
from telephony.subscriptions.witness import Witness
from telephony.subscriptions.writing import EventWriter, Waiting, write_events
from tests.cast import Company, make_company
from tests.telephony.live.replay import acme
from tests.telephony.subscriptions.made import fact, write


def kept(company: Company) -> list[OutwardEvent]:
    with tenant_scope(company.tenant.pk):
        return list(OutwardEvent.objects.order_by("pk"))


def wait_for(company: Company, count: int) -> list[OutwardEvent]:
    deadline = time.monotonic() + 15
    while len(found := kept(company)) < count:
        assert time.monotonic() < deadline, len(found)
        time.sleep(0.05)
    return found


@pytest.mark.django_db
def test_a_repeated_write_is_one_event() -> None:
    alice = make_company("alice", number="+3726001001")
    waiting = [Waiting(uuid.uuid4().hex, alice.tenant.pk, fact(call=str(n))) for n in range(3)]
    write_events(waiting)
    write_events(waiting)
    assert [row.call for row in kept(alice)] == ["0", "1", "2"]


@pytest.mark.django_db(transaction=True)
def test_an_outage_delays_and_what_does_not_fit_is_told_as_a_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alice = make_company("alice", number="+3726001001")
    is_away = True

    def sometimes(waiting: list[Waiting]) -> None:
        if is_away:
            raise OperationalError("the server is away")
        write_events(waiting)

    monkeypatch.setattr(writing, "write_events", sometimes)
    writer = EventWriter(most_buffered=10)
    writer.start()
    writer.take(alice.tenant.pk, [fact(call="first", at=1000.0)])
    time.sleep(0.5)  # the first is in the writer's hands now
    for n in range(15):
        writer.take(alice.tenant.pk, [fact(call=str(n), at=2000.0 + n)])
    assert writer.waiting == 10
    is_away = False
    rows = wait_for(alice, 12)
    writer.stop()
    first, gap, *rest = rows
    assert first.call == "first"
    assert gap.type == GAP
    assert (gap.data["reason"], gap.data["dropped"]) == ("database", 5)
    assert gap.data["from"] == "1970-01-01T00:33:20.000Z"
    assert gap.data["until"] == "1970-01-01T00:33:24.000Z"
    assert [row.call for row in rest] == [str(n) for n in range(5, 15)]


@pytest.mark.django_db(transaction=True)
def test_an_event_that_cannot_be_kept_holds_up_no_other() -> None:
    alice = make_company("alice", number="+3726001001")
    writer = EventWriter()
    writer.take(999_999, [fact(call="of nobody")])
    writer.take(alice.tenant.pk, [fact(call="a"), fact(call="b\0"), fact(call="c")])
    writer.start()
    rows = wait_for(alice, 2)
    writer.stop()
    assert [row.call for row in rows] == ["a", "c"]


@pytest.mark.django_db
def test_old_events_go_and_the_horizon_says_so() -> None:
    alice = make_company("alice", number="+3726001001")
    now = timezone.now()
    old = (now - timedelta(days=8)).timestamp()
    ids = write(alice, fact(at=old), fact(at=old), fact())
    carrying.purge(now, timedelta(days=7), timedelta(days=14))
    assert [row.pk for row in kept(alice)] == [ids[2]]
    with tenant_scope(alice.tenant.pk):
        assert EventHorizon.objects.get().purged_through == ids[1]


def test_a_listener_that_comes_back_tells_of_the_gap() -> None:
    told: list[OutEvent] = []
    witness = Witness("pbx1", lambda _tenant, events: told.extend(events))
    stale = {"link": "stale", "since": 100.0, "simulated": False}
    live = {"link": "live", "since": 160.0, "simulated": False}
    before: Document = {"pbx": stale}
    witness.look_at(acme(), before, [Put("pbx", live)], 160.0)
    assert [(one.type, one.data.get("reason")) for one in told] == [
        (LINK_BACK, None), (GAP, "restart"),
    ]  # fmt: skip
    told.clear()
    witness.look_at(acme(), before, [Put("pbx", live)], 160.0)
    assert told[1].data["reason"] == "pbx"
    assert told[1].data["from"] == "1970-01-01T00:01:40.000Z"


def test_the_witness_never_breaks_the_listener() -> None:
    def fail(_tenant: int, _events: Any) -> None:
        raise RuntimeError("broken")

    witness = Witness("pbx1", fail)
    before: Document = {"pbx": {"link": "stale", "since": 1.0}}
    witness.look_at(acme(), before, [Put("pbx", {"link": "live", "since": 2.0})], 2.0)
    assert witness.broken == 1
