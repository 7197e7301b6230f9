"""API v1: bound to the key's tenant, refusing in words, true to its schema."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from callcenter.accounts import api_keys
from callcenter.accounts.models import ApiKey
from callcenter.accounts.permissions import ApiScope
from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call
from telephony.commands.models import PbxCommand
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db


def key_for(company: Company, *scopes: ApiScope) -> str:
    key = api_keys.new_key()
    with tenant_scope(company.tenant.pk):
        ApiKey.objects.create(
            name=key[-8:],
            prefix=api_keys.prefix_of(key) or "",
            digest=api_keys.digest_of(key),
            scopes=[scope.value for scope in (scopes or tuple(ApiScope))],
        )
    return key


def client_with(key: str) -> Client:
    return Client(headers={"authorization": f"Bearer {key}"})


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


@pytest.fixture
def bob() -> Company:
    return make_company("bob", number="+3726001002")


PATHS = (
    "live/", "groups/", "agents/", "pause-reasons/", "calls/", "visits/", "recordings/",
    "statistics/", "reports/", "contacts/", "callbacks/", "notes/", "events/", "events/stream/",
    "webhooks/",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_without_a_key_nothing_is_told(path: str) -> None:
    answer = Client().get(f"/api/v1/{path}")
    assert answer.status_code == 401
    assert "Bearer" in answer["WWW-Authenticate"]


@pytest.mark.parametrize("path", PATHS)
def test_a_key_without_the_scope_is_refused(alice: Company, path: str) -> None:
    scope = ApiScope.AGENTS_WRITE
    client = client_with(key_for(alice, scope))
    assert client.get(f"/api/v1/{path}").status_code == 403


def test_a_revoked_or_expired_key_opens_nothing(alice: Company) -> None:
    key = key_for(alice)
    client = client_with(key)
    assert client.get("/api/v1/groups/").status_code == 200
    with tenant_scope(alice.tenant.pk):
        ApiKey.objects.update(expires_at=timezone.now())
    assert client.get("/api/v1/groups/").status_code == 401
    with tenant_scope(alice.tenant.pk):
        ApiKey.objects.update(expires_at=None, revoked_at=timezone.now())
    assert client.get("/api/v1/groups/").status_code == 401


def test_alice_sees_her_own_and_bobs_is_404(alice: Company, bob: Company) -> None:
    client = client_with(key_for(alice))
    groups = client.get("/api/v1/groups/").json()["results"]
    assert [group["id"] for group in groups] == [alice.group.pk]
    assert groups[0]["queues"][0]["pbx_name"] == "alice-sales"
    assert groups[0]["queues"][0]["numbers"] == ["+3726001001"]
    assert client.get(f"/api/v1/groups/{bob.group.pk}/").status_code == 404
    assert client.get(f"/api/v1/agents/{bob.agents[0].pk}/").status_code == 404
    answer = client.post(
        f"/api/v1/agents/{bob.agents[0].pk}/login/", content_type="application/json"
    )
    assert answer.status_code == 404
    answer = client.post(
        f"/api/v1/agents/{alice.agents[0].pk}/login/",
        {"groups": [bob.group.pk]},
        content_type="application/json",
    )
    assert answer.status_code == 404


def test_login_is_taken_and_can_be_followed(alice: Company) -> None:
    client = client_with(key_for(alice))
    answer = client.post(
        f"/api/v1/agents/{alice.agents[0].pk}/login/", {}, content_type="application/json"
    )
    assert answer.status_code == 202
    command = client.get(f"/api/v1/commands/{answer.json()['id']}/")
    assert command.json()["kind"] == "log_in"
    with tenant_scope(alice.tenant.pk):
        assert PbxCommand.objects.count() == 1


def test_nonsense_is_refused_in_words_and_changes_nothing(alice: Company) -> None:
    client = client_with(key_for(alice))
    url = f"/api/v1/agents/{alice.agents[0].pk}/pause/"
    assert "reason" in client.post(url, {}, content_type="application/json").json()["detail"]
    answer = client.post(url, {"reason": "nap"}, content_type="application/json")
    assert answer.status_code == 409
    assert "pause reason" in answer.json()["detail"]
    with tenant_scope(alice.tenant.pk):
        assert not PbxCommand.objects.exists()


def test_calls_come_page_by_page_and_only_ones_own(alice: Company, bob: Company) -> None:
    at = timezone.now()
    made = {}
    for company in (alice, bob):
        with tenant_scope(company.tenant.pk):
            made[company.tenant.slug] = [
                Call.objects.create(
                    pbx="pbx1", linkedid=f"{company.tenant.slug}-{n}", direction="in",
                    caller_number=f"+3725550000{n}", dialled=company.number.e164,
                    party_digits=f"3725550000{n}", group_ids=[company.group.pk],
                    started_at=at + timedelta(seconds=n), outcome="abandoned",
                ).pk
                for n in range(5)
            ]  # fmt: skip
    client = client_with(key_for(alice))
    first = client.get("/api/v1/calls/?limit=3").json()
    second = client.get(f"/api/v1/calls/?limit=3&cursor={first['older']}").json()
    assert second["older"] is None
    seen = [call["id"] for call in first["calls"] + second["calls"]]
    assert seen == made["alice"][::-1]
    assert len(client.get("/api/v1/calls/?number=5550 0003").json()["calls"]) == 1
    assert client.get(f"/api/v1/calls/{made['alice'][0]}/").json()["legs"] == []
    assert client.get(f"/api/v1/calls/{made['bob'][0]}/").status_code == 404
    assert "older" in client.get("/api/v1/calls/?cursor=x").json()["detail"]


@pytest.mark.parametrize("body", ["[" * 100_000, '{"reason": ' * 50_000])
def test_json_that_is_nested_without_end_is_refused(alice: Company, body: str) -> None:
    client = client_with(key_for(alice))
    agent = alice.agents[0].pk
    answer = client.post(f"/api/v1/agents/{agent}/pause/", body, content_type="application/json")
    assert answer.status_code == 400
    assert "nested" in answer.json()["detail"]


@pytest.mark.parametrize("since", ["0001-01-01", "0001-01-01T00:00:00"])
def test_the_beginning_of_time_is_refused_in_words(alice: Company, since: str) -> None:
    answer = client_with(key_for(alice)).get(f"/api/v1/calls/?since={since}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("since: ")


def test_without_a_listener_states_are_unknown(alice: Company) -> None:
    client = client_with(key_for(alice))
    live = client.get("/api/v1/live/").json()
    assert live["is_live"] is False
    agents = client.get("/api/v1/agents/").json()["results"]
    assert {agent["live"]["state"] for agent in agents} == {"unknown"}
