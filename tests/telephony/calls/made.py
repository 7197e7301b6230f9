"""Calls as tests need them, and who looks at them."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call
from tests.cast import Company

_linkedids = iter(range(10**6))


def signed_in(company: Company, role: str) -> Client:
    client = Client()
    client.force_login(company.people[role], "allauth.account.auth_backends.AuthenticationBackend")
    return client


def make_call(company: Company, **fields: Any) -> Call:
    """An answered call of a minute ago into the company's group, by its first agent."""
    at = fields.pop("at", timezone.now() - timedelta(minutes=1))
    values: dict[str, Any] = {
        "pbx": "pbx1", "linkedid": f"call-{next(_linkedids)}", "direction": "in",
        "caller_number": "+37255512345", "caller_name": "Charlie", "dialled": "+3726001000",
        "party_digits": "37255512345", "group_ids": [company.group.pk],
        "group_id": company.group.pk, "agent_ids": [company.agents[0].pk],
        "agent_id": company.agents[0].pk, "started_at": at, "answered_at": at,
        "ended_at": at + timedelta(seconds=30), "wait_seconds": 4, "talk_seconds": 26,
        "outcome": "answered", **fields,
    }  # fmt: skip
    with tenant_scope(company.tenant.pk):
        return Call.objects.create(**values)
