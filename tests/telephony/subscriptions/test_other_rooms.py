"""Callbacks, recordings and notes among the events: told with their rows, to whom may read them."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from websockets.sync.client import connect

from callcenter.accounts.permissions import ApiScope, Right
from callcenter.audit.services import Actor
from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope
from phonebook.notes.services import Subject, change_note, write_note
from telephony.callbacks import services as callbacks
from telephony.callbacks.models import Callback
from telephony.calls.models import Call
from telephony.recordings.models import Recording
from telephony.subscriptions.carrying import wanted_by
from telephony.subscriptions.models import OutwardEvent, Webhook
from telephony.subscriptions.permissions import Reader, program, reader_of
from telephony.subscriptions.selectors import kept_after, read_page
from telephony.subscriptions.wire import Wanted, shape
from tests.api.test_api import client_with
from tests.cast import Company, make_company
from tests.telephony.subscriptions.made import fact, write
from tests.telephony.subscriptions.test_readers import make_key, poll, stream

pytestmark = pytest.mark.django_db(transaction=True)
EVERY = program([scope.value for scope in ApiScope])
CALLER = "+37255500001"


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


def told(company: Company, reader: Reader = EVERY, **wanted: Any) -> list[dict[str, Any]]:
    with tenant_scope(company.tenant.pk):
        return read_page(0, reader=reader, wanted=Wanted(**wanted)).events


def person(company: Company, role: str, *denied: str) -> Reader:
    from callcenter.accounts.selectors import person_in

    user = company.people[role]
    with tenant_scope(company.tenant.pk):
        user.memberships.filter(tenant=company.tenant).update(denied_rights=list(denied))
    found = person_in(user, company.tenant)
    assert found is not None
    with tenant_scope(company.tenant.pk):
        return reader_of(found)


def lost(company: Company, name: str = "1") -> Callback:
    """Somebody called the company's number, and nobody answered."""
    at = timezone.now()
    with tenant_scope(company.tenant.pk):
        Call.objects.create(
            pbx="pbx1", linkedid=name, direction="in", caller_number=CALLER,
            dialled=company.number.e164, group_ids=[company.group.pk], started_at=at,
            outcome="abandoned",
        )  # fmt: skip
        return Callback.objects.create(
            pbx="pbx1", linkedid=name, key=CALLER, number="055 500 001", name="Mari", state="open",
            group=company.group, group_ids=[company.group.pk], first_lost_at=at, last_lost_at=at,
            due_at=at + timedelta(hours=1), outcome="abandoned",
        )  # fmt: skip


def recorded(company: Company, **more: Any) -> Recording:
    at = timezone.now()
    with tenant_scope(company.tenant.pk):
        row = Recording.objects.create(
            pbx="pbx1", name="1", uniqueid="1", linkedid="7", direction="in", state="arrived",
            party_number=CALLER, own_number="3726001001", started_at=at, seconds=12.5,
            **{"group": company.group, "agent_ids": [company.agents[0].pk], **more},
        )  # fmt: skip
        Recording.objects.filter(pk=row.pk).update(state="ready")
        Recording.objects.filter(pk=row.pk).update(kept_until=at)
    return row


def test_the_life_of_a_callback(alice: Company) -> None:
    by, at = Actor(name="Alice"), timezone.now()
    agent = alice.people["agent"]
    row = lost(alice)
    with tenant_scope(alice.tenant.pk):
        callbacks.assign(callback=row, to_id=agent.pk, by=by, at=at)
        callbacks.lease(callback=row, user_id=agent.pk, at=at)
        callbacks.lease(callback=row, user_id=agent.pk, at=at)  # two minutes more: nothing new
        callbacks.snooze(callback=row, until=at + timedelta(hours=2), at=at)
        callbacks.give_up(callback=row, reason="wrong number", by=by, at=at)
    found = told(alice)
    assert [one["type"] for one in found] == [
        "callback.created", "callback.assigned", "callback.taken", "callback.closed",
    ]  # fmt: skip
    created, assigned, taken, closed = (one["callback"] for one in found)
    assert created["number"] == CALLER
    assert created["call_id"] == "1"
    assert created["assigned_to"] is None
    assert assigned["assigned_to"] == {"id": agent.pk, "name": agent.name}
    assert taken["taken_by"] == {"id": agent.pk, "name": agent.name}
    assert closed["state"] == "given_up"
    assert closed["closed_at"].endswith("Z")
    assert [one["id"] for one in found] == sorted(one["id"] for one in found)
    of_number = told(alice, numbers=frozenset({"+3726001001"}))
    assert len(of_number) == 4
    assert told(alice, numbers=frozenset({"+3726001009"})) == []


def test_one_that_is_none_after_all_is_closed_too(alice: Company) -> None:
    row = lost(alice)
    with tenant_scope(alice.tenant.pk):
        Callback.objects.filter(pk=row.pk).delete()
    assert [(one["type"], one["callback"]["state"]) for one in told(alice)] == [
        ("callback.created", "open"),
        ("callback.closed", "dropped"),
    ]


def test_a_recording_is_told_once_when_it_can_be_heard(alice: Company) -> None:
    row = recorded(alice)
    (one,) = told(alice)
    assert one["type"] == "recording.ready"
    assert one["recording"] == {
        "id": row.pk, "call_id": "7", "direction": "in", "number": CALLER,
        "own_number": "+3726001001", "group_id": alice.group.pk,
        "agent_ids": [alice.agents[0].pk], "seconds": 12.5, "problem": "",
        "started_at": one["recording"]["started_at"],
    }  # fmt: skip
    assert told(alice, numbers=frozenset({"+3726001001"})) == [one]


def test_every_way_tells_it_at_once(web_url: str, alice: Company) -> None:
    """The trigger wakes readers and couriers by itself: a poll is answered before its time."""
    key = make_key(alice, *(scope.value for scope in ApiScope))
    cursor = poll(web_url, key)["cursor"]

    def work() -> None:
        time.sleep(0.5)
        lost(alice)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    begun = time.monotonic()
    (polled,) = poll(web_url, key, cursor=cursor, wait=25)["events"]
    assert time.monotonic() - begun < 20
    thread.join()
    bearer = f"Bearer {key}"
    path = f"/api/v1/events/stream/?cursor={cursor}"
    with stream(web_url, path, Authorization=bearer) as events:
        assert next(events)["data"] == polled
    url = f"{web_url.replace('http', 'ws')}/ws/v1/events/?cursor={cursor}"
    with connect(url, additional_headers={"Authorization": bearer}) as socket:
        frames = (json.loads(socket.recv(timeout=15)) for _ in range(5))
        assert next(one["event"] for one in frames if one["type"] == "event") == polled
    assert polled["callback"]["number"] == CALLER
    assert parcel_of(alice) == polled


def parcel_of(company: Company) -> dict[str, Any]:
    """What a webhook of the company's number is sent of it."""
    with tenant_scope(company.tenant.pk):
        hook = Webhook(about="number", e164=company.number.e164)
        (event,) = kept_after(0)
    assert wanted_by(hook).matches(event)
    return shape(event)


def test_private_notes_are_nobody_elses(alice: Company) -> None:
    by = Actor(name="Alice", user_id=alice.people["agent"].pk)
    at = timezone.now()
    with tenant_scope(alice.tenant.pk):
        note = write_note(
            text="a secret", subject=Subject(key=CALLER), is_private=True, by=by, at=at,
            to_id=alice.people["admin"].pk,
        )  # fmt: skip
        write_note(text="wants an offer", subject=Subject(CALLER), is_private=False, by=by, at=at)
    (one,) = told(alice)
    assert one["note"]["text"] == "wants an offer"
    assert one["note"]["number"] == CALLER
    with tenant_scope(alice.tenant.pk):
        change_note(note=note, text="no secret", is_private=False, by=by, at=at)
    assert [one["note"]["text"] for one in told(alice)] == ["wants an offer", "no secret"]


def test_in_the_same_transaction_or_not_at_all(alice: Company) -> None:
    with transaction.atomic():
        lost(alice)
        transaction.set_rollback(True)
    assert told(alice) == []


def test_the_wall_and_the_scope_hold_whoever_commits(alice: Company) -> None:
    """Committed in another scope than the row was written in."""
    bob = make_company("bob", number="+3726001002", first_extension=201)
    with system_scope("a test of what stands at the commit"), transaction.atomic():
        lost(alice, "1")
        lost(bob, "2")
        with tenant_scope(bob.tenant.pk):
            assert Callback.objects.count() == 1
    assert [one["callback"]["call_id"] for one in told(alice)] == ["1"]
    assert [one["callback"]["call_id"] for one in told(bob)] == ["2"]
    with tenant_scope(alice.tenant.pk), transaction.atomic():
        lost(alice, "3")
        assert OutwardEvent.objects.count() == 1  # at the end of the transaction, not before
    assert len(told(alice)) == 2
    with system_scope("a company goes with all that is its own"):
        Callback.objects.filter(tenant=bob.tenant).delete()
        Tenant.objects.filter(pk=bob.tenant.pk).update(name="Gone")


def test_they_stand_in_one_order_with_calls(alice: Company) -> None:
    write(alice, fact(call="a"))
    lost(alice)
    write(alice, fact(call="b"))
    assert [one["type"] for one in told(alice)] == [
        "call.arrived", "callback.created", "call.arrived",
    ]  # fmt: skip


def test_who_may_read_what(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        other = AgentGroup.objects.create(slug="other", name="Other")
    agent = alice.people["agent"]
    row = lost(alice)
    recorded(alice, group=other, agent_ids=[])
    with tenant_scope(alice.tenant.pk):
        write_note(
            text="for all", subject=Subject(CALLER), is_private=False, at=timezone.now(),
            by=Actor(name="A", user_id=agent.pk),
        )  # fmt: skip

    def types(reader: Reader) -> list[str]:
        return [one["type"] for one in told(alice, reader)]

    assert types(person(alice, "admin")) == ["callback.created", "recording.ready", "note.written"]
    # an agent hears no recording, and sees the callbacks of his groups
    assert types(person(alice, "agent")) == ["callback.created", "note.written"]
    assert types(person(alice, "agent", Right.CALLBACKS)) == ["note.written"]
    assert types(program(["events:read"])) == []
    assert types(program(["events:read", "recordings:read"])) == ["recording.ready"]
    blind = person(alice, "supervisor", "calls.see_numbers")
    for one in told(alice, blind):
        (inside,) = (one[part] for part in ("callback", "note", "recording") if part in one)
        assert inside["number"] == "", one
        assert CALLER not in str(one)
        assert "Mari" not in str(one)
    with tenant_scope(alice.tenant.pk):
        callbacks.assign(
            callback=row, to_id=alice.people["supervisor"].pk, by=Actor("A"), at=timezone.now()
        )
    mine = told(alice, person(alice, "supervisor", "calls.see_numbers"))[-1]
    assert mine["callback"]["number"] == CALLER


def test_a_webhook_tells_no_more_than_its_key_may_read(alice: Company) -> None:
    api = client_with(make_key(alice, "events:read", "events:write", "callbacks:read"))
    asked = {"name": "CRM", "url": "https://203.0.114.7/"}
    made = api.post("/api/v1/webhooks/", asked, content_type="application/json")
    assert made.status_code == 201, made.content
    assert "callback.created" in made.json()["types"]
    assert "note.written" not in made.json()["types"]
    refused = api.post(
        "/api/v1/webhooks/",
        {**asked, "name": "Notes", "types": ["note.written"]},
        content_type="application/json",
    )
    assert refused.status_code == 409
    assert "note.written" in refused.json()["detail"]
