"""Lists of calls say which of them something was written about."""

import pytest
from django.test import Client
from django.utils import timezone

from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from phonebook.notes.services import Subject, write_note
from tests.cast import make_company
from tests.telephony.calls.made import make_call

pytestmark = pytest.mark.django_db


def test_notes_that_one_may_read_are_counted() -> None:
    alice = make_company("alice", number="+3726001000")
    call, other = make_call(alice), make_call(alice)
    boss = alice.people["manager"]
    with tenant_scope(alice.tenant.pk):
        for is_private in (False, True):
            write_note(
                text="Wants an offer",
                subject=Subject(call_pbx=call.pbx, call_linkedid=call.linkedid),
                is_private=is_private,
                by=Actor(name="Boss", user_id=boss.pk),
                at=timezone.now(),
            )
    for role, count in (("manager", 2), ("agent", 1)):
        client = Client()
        client.force_login(alice.people[role])
        for page in ("", f"log/{alice.group.pk}/"):
            answer = client.get(f"/t/alice/calls/{page}")
            counts = {row.id: row.notes for row in answer.context["rows"]}
            assert counts == {call.pk: count, other.pk: 0}
        drawer = client.get(f"/t/alice/calls/{call.pk}/", headers={"HX-Request": "true"})
        assert "/t/alice/notes/about/?number=" in drawer.content.decode()
