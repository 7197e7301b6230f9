"""What the schema of API v1 says is true, of made-up requests, and of those for what is there."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from callcenter.audit.services import HELIN_ITSELF
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.services import company_book, create_contact
from reports.schedules.models import ReportRun, ReportSchedule
from telephony.callbacks.models import Callback
from telephony.calls.models import Call
from telephony.recordings.models import Recording
from tests.api.test_api import key_for
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db

Operation = APIOperation[Any, Any, Any, Any]


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


@pytest.fixture
def key(alice: Company) -> dict[str, str]:
    return {"Authorization": f"Bearer {key_for(alice)}"}


@pytest.fixture
def described() -> Iterator[schemathesis.BaseSchema]:
    # a whole request closes its connection, and with it the test's transaction
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    found = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application())
    # made-up keys would be replaced by ours, and the answer to ours be blamed; `ignored_auth` asks
    # without a key and with a made-up one by itself
    found.config.generation.update(with_security_parameters=False)
    yield found
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def objects(alice: Company) -> dict[str, int]:
    """The first part of a path that fits -> whom its id names."""
    at = timezone.now()
    mari = ContactDraft(name="Mari", numbers=(NumberDraft("+37255500001"),))
    with tenant_scope(alice.tenant.pk):
        contact = create_contact(book=company_book(), draft=mari, by=HELIN_ITSELF)
        call = Call.objects.create(
            pbx="pbx1", linkedid="1", direction="in", caller_number="+37255500001",
            dialled=alice.number.e164, group_ids=[alice.group.pk], started_at=at, outcome="abandoned",
        )  # fmt: skip
        callback = Callback.objects.create(
            pbx="pbx1", linkedid="1", key="+37255500001", number="+37255500001", state="open",
            group_ids=[], first_lost_at=at, last_lost_at=at, due_at=at, outcome="abandoned",
        )  # fmt: skip
        recording = Recording.objects.create(
            pbx="pbx1", name="1", uniqueid="1", direction="in", state="ready", started_at=at
        )
        schedule = ReportSchedule.objects.create(name="Days", kind="groups_day", repeats="daily")
        run = ReportRun.objects.create(
            schedule=schedule, name="Days", kind="groups_day", due_at=at, since=at, until=at
        )
    return {
        "agents": alice.agents[0].pk,
        "callbacks": callback.pk,
        "calls": call.pk,
        "contacts": contact.pk,
        "groups": alice.group.pk,
        "recordings": recording.pk,
        "reports/runs": run.pk,
        "reports": schedule.pk,
    }


def operations(described: schemathesis.BaseSchema) -> list[Operation]:
    return [found.ok() for found in described.get_all_operations() if isinstance(found, Ok)]


def test_what_the_schema_says_is_true(
    described: schemathesis.BaseSchema, key: dict[str, str]
) -> None:
    assert len(operations(described)) >= 11
    for operation in operations(described):
        check_operation(operation, None, key)


def test_it_is_true_of_what_is_there(
    described: schemathesis.BaseSchema, objects: dict[str, int], key: dict[str, str]
) -> None:
    tried = 0
    for operation in operations(described):
        room = operation.path.removeprefix("/api/v1/")
        pk = next((pk for part, pk in objects.items() if room.startswith(f"{part}/{{")), None)
        if pk is not None:
            tried += 1
            check_operation(operation, pk, key)
    assert tried >= 14


def check_operation(operation: Operation, pk: int | None, key: dict[str, str]) -> None:
    """With `pk` the path names that object."""
    named = {one.name for one in operation.path_parameters if one.name in ("id", "agent_id")}
    path = None if pk is None else dict.fromkeys(named, pk)

    @settings(
        derandomize=True,
        max_examples=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy(path_parameters=path))
    def ask(case: Any) -> None:
        case.call_and_validate(headers=key)

    ask()
