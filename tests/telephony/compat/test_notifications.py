"""activateNotification tells a real receiver of one phone's or one number's calls, and no more."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import connections
from django.test import Client

from callcenter.agents.models import Agent, Device
from callcenter.audit.services import Actor
from callcenter.groups.models import AgentGroup, Queue
from callcenter.tenants.scope import tenant_scope
from telephony.compat import services
from telephony.subscriptions.models import Webhook
from telephony.subscriptions.vocabulary import AGENT_STATE, RINGING
from tests.cast import Company, make_company
from tests.telephony.subscriptions.made import fact, write
from tests.telephony.subscriptions.receiver import Receiver
from tests.telephony.subscriptions.test_courier import delivering, until

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long password"


@pytest.fixture
async def alice(settings: Any) -> AsyncIterator[Company]:
    settings.OUTBOUND_ALLOWED = ["127.0.0.0/8"]

    def made() -> Company:
        cache.clear()
        company = make_company("alice", number="+3726001001")
        with tenant_scope(company.tenant.pk):
            services.set_targad(
                is_open=True, main_user="main", password=PASSWORD, by=Actor(name="Alice")
            )
        return company

    yield await sync_to_async(made)()
    await sync_to_async(connections.close_all)()


@sync_to_async
def targad(operation: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    credentials = base64.b64encode(f"main:{PASSWORD}".encode()).decode()
    answer = Client(headers={"Authorization": f"Basic {credentials}"}).post(
        f"/compat/alice/targad/{operation}", given, content_type="application/json"
    )
    return answer.status_code, answer.json()


@sync_to_async
def states(company: Company) -> list[str]:
    with tenant_scope(company.tenant.pk):
        return list(Webhook.objects.values_list("state", flat=True))


def calls(receiver: Receiver) -> list[str]:
    return [json.loads(body)["call"]["id"] for _headers, body in receiver.got]


async def test_a_phones_calls_until_it_is_somebody_elses(alice: Company) -> None:
    mine, other = alice.agents[0].pk, alice.agents[1].pk
    async with Receiver() as receiver, delivering():
        asked = {"number": "101", "url": receiver.url}
        assert (await targad("activateNotification", asked))[0] == 200
        tell = sync_to_async(write)
        await tell(alice, fact(RINGING, call="mine", agent_ids=(mine,)))
        await tell(alice, fact(RINGING, call="another's", agent_ids=(other,)))
        await tell(alice, fact(AGENT_STATE, call="no call", agent_ids=(mine,)))
        await tell(alice, fact(RINGING, call="both", agent_ids=(other, mine)))
        await until(lambda: len(receiver.got) == 2)
        assert calls(receiver) == ["mine", "both"]
        listed = (await targad("listOwnNumbers", {}))[1]["result"]["phones"]
        assert [one["notification"] for one in listed] == [True, False]

        def move() -> None:
            with tenant_scope(alice.tenant.pk):
                Agent.objects.filter(pk=mine).update(device=None)
                Device.objects.filter(extension="101").update(agent=alice.agents[1])

        await sync_to_async(move)()
        await tell(alice, fact(RINGING, call="later", agent_ids=(mine, other)))

        async def has_stopped() -> bool:
            return await states(alice) == ["unlinked"]

        await until(has_stopped)
        assert len(receiver.got) == 2
        listed = (await targad("listOwnNumbers", {}))[1]["result"]["phones"]
        assert [one["notification"] for one in listed] == [False, False]
        # asked for again, it is linked to whose it is now
        assert (await targad("activateNotification", asked))[0] == 200
        await tell(alice, fact(RINGING, call="new", agent_ids=(other,)))
        await until(lambda: calls(receiver)[-1] == "new")


async def test_a_numbers_calls_until_it_is_switched_off(alice: Company) -> None:
    own = "+3726001001"
    async with Receiver() as receiver, delivering():
        asked = {"number": "600 1001", "url": receiver.url}
        status, said = await targad("activateNotification", asked)
        assert (status, said["result"]["number"]) == (200, own)
        tell = sync_to_async(write)
        await tell(alice, fact(call="mine", numbers=(own,)))
        await tell(alice, fact(call="another's"))
        await until(lambda: len(receiver.got) == 1)
        assert (await targad("deactivateNotifcation", {"number": own}))[0] == 200
        assert await states(alice) == []
        await tell(alice, fact(call="later", numbers=(own,)))
        assert (await targad("activateNotifcation", asked))[0] == 200
        await tell(alice, fact(call="again", numbers=(own,)))
        await until(lambda: len(receiver.got) == 2)
        assert calls(receiver) == ["mine", "again"]

        def give_away() -> None:
            with tenant_scope(alice.tenant.pk):
                group = AgentGroup.objects.create(slug="other", name="Other")
                queue = Queue.objects.create(group=group, slug="other")
                type(alice.number).objects.filter(pk=alice.number.pk).update(queue=queue)

        await sync_to_async(give_away)()
        await tell(alice, fact(call="moved", numbers=(own,)))

        async def has_stopped() -> bool:
            return await states(alice) == ["unlinked"]

        await until(has_stopped)
        assert len(receiver.got) == 2


async def test_no_address_inside(alice: Company, settings: Any) -> None:
    settings.OUTBOUND_ALLOWED = []
    asked = {"number": "101", "url": "https://127.0.0.1:1/hook"}
    assert (await targad("activateNotification", asked))[0] == 409
    assert await states(alice) == []
