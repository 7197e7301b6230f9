"""The worklist for programs: every page, every act, nobody else's."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from callcenter.accounts.permissions import ApiScope
from callcenter.tenants.scope import tenant_scope
from phonebook.notes.models import Note
from tests.api.test_api import client_with, key_for
from tests.cast import Company, make_company
from tests.telephony.callbacks.test_doors import lost

pytestmark = pytest.mark.django_db
URL = "/api/v1/callbacks/"


@pytest.fixture
def alice(db: None) -> Company:
    return make_company("alice", number="+3726001000")


@pytest.fixture
def client(alice: Company) -> Client:
    return client_with(key_for(alice, ApiScope.CALLBACKS_READ, ApiScope.CALLBACKS_WRITE))


def post(client: Client, url: str, **values: Any) -> Any:
    return client.post(url, json.dumps(values), content_type="application/json")


def test_page_by_page(alice: Company, client: Client) -> None:
    rows = [lost(alice, minutes) for minutes in range(1, 6)]
    found: list[int] = []
    cursor = ""
    while True:
        query = f"?limit=2&sort=due{cursor and '&cursor=' + cursor}"
        page = client.get(f"{URL}{query}").json()
        found += [one["id"] for one in page["callbacks"]]
        if page["older"] is None:
            break
        cursor = page["older"]
    assert found == [row.pk for row in reversed(rows)]
    assert client.get(f"{URL}?cursor=x").status_code == 400
    assert client.get(f"{URL}?number={rows[0].number}").json()["callbacks"][0]["id"] == rows[0].pk


def test_what_is_done_about_one(alice: Company, client: Client) -> None:
    row = lost(alice)
    url, person = f"{URL}{row.pk}/", alice.people["agent"].pk
    one = client.get(url).json()
    assert (one["state"], one["key"], one["lost_count"]) == ("open", row.key, 1)
    assert [lost["linkedid"] for lost in one["lost_calls"]] == [row.linkedid]
    assert post(client, f"{url}assign/", user_id=person).json()["assigned_to_id"] == person
    until = (timezone.now() + timedelta(hours=1)).isoformat()
    assert post(client, f"{url}snooze/", until=until).json()["snoozed_until"]
    assert client.get(f"{URL}?shown=open").json()["callbacks"] == []
    assert post(client, f"{url}lease/", user_id=person).json()["leased_by_id"] == person
    other = alice.people["supervisor"].pk
    refused = post(client, f"{url}lease/", user_id=other)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "Already in contact with Agent.",
    )
    assert post(client, f"{url}lease/", user_id=other, force=True).status_code == 200
    assert post(client, f"{url}note/", text="Wants an offer").status_code == 200
    with tenant_scope(alice.tenant.pk):
        assert Note.objects.get().key == row.key
    assert post(client, f"{url}give-up/").status_code == 400
    assert post(client, f"{url}give-up/", reason="spam").json()["state"] == "given_up"
    assert post(client, f"{url}give-up/", reason="spam").status_code == 409
    assert client.get(f"{URL}?shown=handled").json()["callbacks"][0]["given_up_reason"] == "spam"


def test_scopes_and_strangers(alice: Company, client: Client) -> None:
    row = lost(alice)
    reader = client_with(key_for(alice, ApiScope.CALLBACKS_READ))
    assert reader.get(URL).status_code == 200
    assert post(reader, f"{URL}{row.pk}/give-up/", reason="x").status_code == 403
    assert client_with(key_for(alice, ApiScope.CALLS_READ)).get(URL).status_code == 403
    bob = make_company("bob", number="+3726002000", first_extension=201)
    stranger = client_with(key_for(bob))
    assert stranger.get(URL).json()["callbacks"] == []
    assert stranger.get(f"{URL}{row.pk}/").status_code == 404
    assert post(stranger, f"{URL}{row.pk}/give-up/", reason="x").status_code == 404
    foreign = post(client, f"{URL}{row.pk}/lease/", user_id=bob.people["agent"].pk)
    assert foreign.status_code == 409
