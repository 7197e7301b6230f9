"""A private call is in everybody's lists, without whom it was with."""

import pytest
from django.test import Client
from django.utils import timezone

from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call, CallLeg
from telephony.dialling import services
from telephony.dialling.services import Wish
from telephony.provisioning.models import OutgoingPrefix
from telephony.subscriptions.permissions import Reader, program
from telephony.subscriptions.selectors import kept_after, read_page
from telephony.subscriptions.wire import Wanted, shape
from tests.api.test_api import client_with, key_for
from tests.cast import Company, make_company
from tests.telephony.subscriptions.made import fact, write

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FAR = "+37255512345"


def made(company: Company, *, is_private: bool) -> Call:
    with tenant_scope(company.tenant.pk):
        OutgoingPrefix.objects.get_or_create(prefix="+372")
        agent, now = company.agents[0], timezone.now()
        placed = services.place_call(
            agent=agent, number=FAR, requested_by=Actor("A"), at=now,
            wish=Wish(is_private=is_private),
        )  # fmt: skip
        call = Call.objects.create(
            pbx="pbx1", linkedid=placed.call_id, direction="out", caller_number="101",
            caller_name="Agent", dialled=FAR, party_digits=FAR[1:], agent_ids=[agent.pk],
            agent_id=agent.pk, started_at=now, outcome="no_answer", ended_at=now,
        )  # fmt: skip
        CallLeg.objects.create(
            call=call, position=1, uniqueid="x", channel="PJSIP/carrier-1", number=FAR,
            started_at=now, ended_at=now,
        )  # fmt: skip
        return call


@pytest.mark.parametrize("is_private", [True, False])
def test_others_do_not_see_whom(is_private: bool) -> None:
    company = make_company("alice", number="+3726001001")
    call = made(company, is_private=is_private)
    for who, sees in (("agent", True), ("supervisor", not is_private), ("admin", not is_private)):
        client = Client()
        client.force_login(company.people[who], BACKEND)
        for path in ("calls/", f"calls/{call.pk}/"):
            page = client.get(f"/t/alice/{path}").content.decode()
            assert ("5551 2345" in page) is sees, (who, path)
            assert ("Private call" in page) is not sees, (who, path)
    api = client_with(key_for(company))
    for path in ("calls/", f"calls/{call.pk}/"):
        assert (FAR in api.get(f"/api/v1/{path}").content.decode()) is not is_private


@pytest.mark.parametrize("is_private", [True, False])
def test_nobody_finds_out_by_searching(is_private: bool) -> None:
    company = make_company("alice", number="+3726001001")
    made(company, is_private=is_private)
    wanted = "?number=55512345"
    for who, sees in (("agent", True), ("supervisor", not is_private), ("admin", not is_private)):
        client = Client()
        client.force_login(company.people[who], BACKEND)
        found = client.get(f"/t/alice/calls/{wanted}").content.decode()
        assert ("5551 2345" in found.partition("<tbody")[2]) is sees, who
        beside = client.get(f"/t/alice/calls/about/?number={FAR.replace('+', '%2B')}")
        assert ("<li" in beside.content.decode()) is sees, who
    api = client_with(key_for(company))
    assert len(api.get(f"/api/v1/calls/{wanted}").json()["calls"]) == int(not is_private)


def test_events_do_not_say_whom() -> None:
    company = make_company("alice", number="+3726001001")
    call = made(company, is_private=True)
    told = fact("call.answered", call=call.linkedid, user_ids=(company.people["agent"].pk,))
    told.data["call"] |= {"direction": "out", "dialled": FAR, "private": True}
    write(company, told)
    with tenant_scope(company.tenant.pk):
        for reader, sees in (
            (program(["events:read"]), False),
            (Reader(sees_all=True, user_id=company.people["admin"].pk), False),
            (Reader(user_id=company.people["agent"].pk), True),
        ):
            (one,) = read_page(0, reader=reader, wanted=Wanted()).events
            assert (FAR in str(one)) is sees
        (kept,) = kept_after(0)
    assert FAR not in str(shape(kept))  # what a webhook sends
