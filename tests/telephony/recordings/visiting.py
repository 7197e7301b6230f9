"""What the tests of recordings' pages have in common."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from callcenter.accounts.models import User
from callcenter.tenants.scope import tenant_scope
from telephony.recordings.models import Recording
from telephony.recordings.storage.choice import recording_store
from tests.cast import Company
from tests.telephony.recordings.made import recording


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def made(acme: Company, **values: Any) -> Recording:
    values = (
        dict[str, Any]()
        | {"group_id": acme.group.pk, "at": timezone.now() - timedelta(hours=1)}
        | values
    )
    with tenant_scope(acme.tenant.pk):
        return recording(recording_store(), **values)


def url(row: Recording, what: str = "") -> str:
    return f"/t/acme/recordings/{row.pk}/{what}"


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)
