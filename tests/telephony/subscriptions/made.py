"""Events and webhooks for the tests of this room."""

from __future__ import annotations

import time
import uuid
from typing import Any

from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from telephony.subscriptions import services
from telephony.subscriptions.models import OutwardEvent, Webhook
from telephony.subscriptions.vocabulary import ARRIVED, OutEvent
from telephony.subscriptions.writing import Waiting, write_events
from tests.cast import Company

TEST = Actor(name="test")


def fact(
    kind: str = ARRIVED, *, call: str = "1.1", at: float | None = None, **more: Any
) -> OutEvent:
    data = {
        "call": {
            "id": call, "direction": "in",
            "caller": {"number": "+3725550001", "name": "Erika"}, "dialled": "+3726001001",
        }
    }  # fmt: skip
    return OutEvent(kind, time.time() if at is None else at, data, call=call, **more)


def write(company: Company, *facts: OutEvent) -> list[int]:
    """Their ids, in order."""
    waiting = [Waiting(uuid.uuid4().hex, company.tenant.pk, one) for one in facts]
    write_events(waiting)
    with tenant_scope(company.tenant.pk):
        keys = [one.key for one in waiting]
        rows = OutwardEvent.objects.filter(key__in=keys).values_list("key", "pk")
        ids = {key.hex: pk for key, pk in rows}
    return [ids[key] for key in keys if key in ids]


def make_webhook(company: Company, url: str, name: str = "CRM", **more: Any) -> tuple[Webhook, str]:
    with tenant_scope(company.tenant.pk):
        by = Actor(name="Alice", user_id=company.people["admin"].pk)
        return services.make_webhook(name=name, url=url, by=by, **more)


def fresh(company: Company, webhook: Webhook) -> Webhook:
    with tenant_scope(company.tenant.pk):
        return Webhook.objects.get(pk=webhook.pk)
