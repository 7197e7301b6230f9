"""Two people do the same thing at the same time: one is done, the other is told so in words."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from callcenter.accounts.models import Membership, User
from callcenter.accounts.services import people
from callcenter.audit.services import HELIN_ITSELF
from callcenter.groups.models import AgentGroup, Queue
from callcenter.groups.services import groups, queues
from callcenter.tenants.refusals import Refusal
from callcenter.tenants.scope import tenant_scope
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db(transaction=True)
Act = Callable[[], object]


@pytest.fixture
def alices() -> Company:
    return make_company("alice", number="+3726001000")


def at_once(
    monkeypatch: pytest.MonkeyPatch, room: object, name: str, *acts: tuple[int, Act]
) -> list[object]:
    """All go up to the call of `room.name`, wait there for each other, and go on. What each
    returned or raised. An act stands beside the tenant in whose scope it is done."""
    gate = threading.Barrier(len(acts))
    real = getattr(room, name)

    def wait_then(*positional: object, **named: object) -> object:
        found = real(*positional, **named)
        gate.wait(5)
        return found

    monkeypatch.setattr(room, name, wait_then)

    def run(tenant_id: int, act: Act) -> object:
        try:
            with tenant_scope(tenant_id):
                return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [one.result(20) for one in [threads.submit(run, *act) for act in acts]]


def test_two_groups_of_similar_names(alices: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = alices.tenant.pk
    answers = at_once(
        monkeypatch, groups, "make_slug",
        (tenant, lambda: groups.create_group(name="Help desk", by=HELIN_ITSELF)),
        (tenant, lambda: groups.create_group(name="Help-desk", by=HELIN_ITSELF)),
    )  # fmt: skip
    assert sorted(type(one).__name__ for one in answers) == ["AgentGroup", "GroupMadeMeanwhile"]
    refusal = next(one for one in answers if isinstance(one, Refusal))
    assert "similar name just now" in str(refusal)
    with tenant_scope(tenant):
        assert AgentGroup.objects.filter(slug="help-desk").count() == 1


def test_two_queues_of_similar_names(alices: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """In two groups; whoever makes a queue locks the others, which a new one is not among."""
    tenant = alices.tenant.pk

    def make(name: str) -> Act:
        return lambda: queues.create_queue(group=alices.group, name=name, by=HELIN_ITSELF)

    monkeypatch.setattr(queues, "_locked_queues", lambda: list(Queue.objects.all()))
    answers = at_once(
        monkeypatch, queues, "make_slug", (tenant, make("Late")), (tenant, make("Late!"))
    )
    assert sorted(type(one).__name__ for one in answers) == ["Queue", "QueueMadeMeanwhile"]


def test_two_companies_invite_the_same_person(
    alices: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    bobs = make_company("bob", number="+3726002000")

    def invite() -> Membership:
        return people.invite_person(
            email="carol@example.com", name="Carol", role="agent", by=HELIN_ITSELF
        )

    monkeypatch.setattr(
        "callcenter.accounts.tasks.send_invitation.delay", lambda **_arguments: None
    )
    answers = at_once(
        monkeypatch, User.objects, "normalize_email",
        (alices.tenant.pk, invite), (bobs.tenant.pk, invite),
    )  # fmt: skip
    assert [type(one).__name__ for one in answers] == ["Membership", "Membership"], answers
    assert User.objects.filter(email="carol@example.com").count() == 1
