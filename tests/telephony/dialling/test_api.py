"""POST /api/v1/calls/: once, in words, within its rate, and only one's own company's agents."""

from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client

from callcenter.accounts.permissions import ApiScope
from callcenter.accounts.ratelimit import take
from callcenter.tenants.scope import tenant_scope
from telephony.commands.models import PbxCommand
from telephony.dialling.models import OnceAnswer, PlacedCall
from telephony.dialling.once import forget_answers
from telephony.provisioning.models import OutgoingPrefix
from tests.api.test_api import client_with, key_for
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db
URL = "/api/v1/calls/"
FAR = "+37255512345"


@pytest.fixture
def alice() -> Company:
    company = make_company("alice", number="+3726001001")
    with tenant_scope(company.tenant.pk):
        OutgoingPrefix.objects.create(prefix="+372")
    return company


def post(client: Client, body: dict[str, Any], once: str = "") -> Any:
    headers = {"Idempotency-Key": once} if once else {}
    return client.post(URL, body, content_type="application/json", headers=headers)


def test_a_call_is_placed_and_can_be_followed(alice: Company) -> None:
    client = client_with(key_for(alice, ApiScope.CALLS_WRITE, ApiScope.AGENTS_READ))
    answer = post(client, {"agent": alice.agents[0].pk, "number": "5551 2345", "private": True})
    assert answer.status_code == 202, answer.content
    told = answer.json()
    assert (told["number"], told["private"], told["hide"]) == (FAR, True, False)
    assert client.get(f"/api/v1/commands/{told['command']}/").json()["kind"] == "dial"
    assert client.get(URL).status_code == 403


def test_reading_calls_does_not_make_them(alice: Company) -> None:
    client = client_with(key_for(alice, ApiScope.CALLS_READ))
    assert post(client, {"agent": alice.agents[0].pk, "number": FAR}).status_code == 403
    assert client.get(URL).status_code == 200


def test_the_same_request_rings_once_and_another_is_refused(alice: Company) -> None:
    client = client_with(key_for(alice))
    body = {"agent": alice.agents[0].pk, "number": FAR}
    first, second = post(client, body, "abc"), post(client, body, "abc")
    assert first.status_code == second.status_code == 202
    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    other = post(client, {**body, "number": "102"}, "abc")
    assert other.status_code == 409
    assert "another request" in other.json()["detail"]
    assert post(client, body, "with space").status_code == 400
    with tenant_scope(alice.tenant.pk):
        assert PbxCommand.objects.count() == 1


def test_a_refusal_is_repeated_as_it_was_and_forgotten_after_a_day(alice: Company) -> None:
    client = client_with(key_for(alice))
    body = {"agent": alice.agents[0].pk, "number": "+4915112345678"}
    assert post(client, body, "k").json()["code"] == "not_allowed"
    with tenant_scope(alice.tenant.pk):
        OutgoingPrefix.objects.create(prefix="+49")
        assert post(client, body, "k").json()["code"] == "not_allowed"
        row = OnceAnswer.objects.get()
        from datetime import timedelta

        assert forget_answers(row.made_at + timedelta(hours=23)) == 0
        assert forget_answers(row.made_at + timedelta(hours=25)) == 1
    assert post(client, body, "k").status_code == 202


def test_strangers_agents_and_keys(alice: Company) -> None:
    bob = make_company("bob", number="+3726001002")
    client = client_with(key_for(bob))
    assert post(client, {"agent": alice.agents[0].pk, "number": FAR}).status_code == 404
    assert post(Client(), {"agent": alice.agents[0].pk, "number": FAR}).status_code == 401
    # the same word with another company's key is another request
    assert post(client, {"agent": bob.agents[0].pk, "number": "102"}, "x").status_code == 202
    assert (
        post(client_with(key_for(alice)), {"agent": alice.agents[0].pk, "number": "102"}, "x")
        .status_code
        == 202
    )  # fmt: skip
    with tenant_scope(alice.tenant.pk):
        assert PlacedCall.objects.count() == 1


def test_what_is_missing_is_said(alice: Company) -> None:
    answer = post(client_with(key_for(alice)), {"number": FAR})
    assert answer.status_code == 400
    assert "agent" in answer.json()["detail"]


@time_machine.travel("2026-11-02T10:00:15Z", tick=False)  # else a minute may end within
def test_too_many_requests_are_told_when_to_come_again(
    alice: Company, settings: LazySettings
) -> None:
    cache.clear()
    settings.API_RATE = 3
    client = client_with(key_for(alice))
    left = [int(client.get("/api/v1/groups/")["RateLimit-Remaining"]) for _ in range(3)]
    assert left == [2, 1, 0]
    answer = client.get("/api/v1/groups/")
    assert answer.status_code == 429
    assert answer.json()["detail"]
    assert answer["Retry-After"] == "45"
    # another key of the same company has its own
    assert client_with(key_for(alice)).get("/api/v1/groups/").status_code == 200


def test_a_new_window_counts_anew_and_a_lost_counter_lets_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache.clear()
    assert take("x", most=1, seconds=60, now=60.0) is not None
    second = take("x", most=1, seconds=60, now=119.0)
    assert second is not None
    assert (second.is_over, second.seconds) == (True, 1)
    third = take("x", most=1, seconds=60, now=120.0)
    assert third is not None
    assert not third.is_over

    def broken(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(cache, "add", broken)
    assert take("x", most=1, seconds=60, now=120.0) is None
