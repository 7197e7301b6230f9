"""Long poll, server-sent events and WebSocket of a real web process."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from callcenter.accounts import api_keys
from callcenter.accounts.models import ApiKey, User
from callcenter.groups.models import AgentGroup
from callcenter.tenants.scope import tenant_scope
from telephony.subscriptions.models import EventHorizon
from tests.cast import Company, make_company
from tests.telephony.subscriptions.made import fact, write

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


@pytest.fixture
def bob() -> Company:
    return make_company("bob", number="+3726001002", first_extension=201)


def make_key(company: Company, *scopes: str) -> str:
    key = api_keys.new_key()
    with tenant_scope(company.tenant.pk):
        ApiKey.objects.create(
            name=key[:16], prefix=api_keys.prefix_of(key) or "", digest=api_keys.digest_of(key),
            scopes=list(scopes or ("events:read",)),
        )  # fmt: skip
    return key


def poll(web_url: str, key: str, **query: Any) -> dict[str, Any]:
    answer = httpx2.get(
        f"{web_url}/api/v1/events/", params=query, headers={"Authorization": f"Bearer {key}"},
        timeout=40,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def later(seconds: float, company: Company, *facts: Any) -> threading.Thread:
    def work() -> None:
        from django.db import connection

        time.sleep(seconds)
        write(company, *facts)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@contextmanager
def stream(web_url: str, path: str, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The events as they come, as dictionaries of the fields of each."""
    with httpx2.stream("GET", f"{web_url}{path}", headers=headers, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    fields: dict[str, Any] = {}
    for line in lines:
        if not line:
            if "data" in fields:
                yield {**fields, "data": json.loads(fields["data"])}
            fields = {}
        else:
            name, _, value = line.partition(":")
            fields[name] = value.strip()


def socket(web_url: str, key: str, query: str = "") -> ClientConnection:
    url = f"{web_url.replace('http', 'ws')}/ws/v1/events/{query}"
    return connect(url, additional_headers={"Authorization": f"Bearer {key}"})


def next_event(link: ClientConnection) -> dict[str, Any]:
    while True:
        frame = json.loads(link.recv(timeout=15))
        if frame["type"] == "event":
            return dict(frame["event"])


def closing_code(link: ClientConnection) -> tuple[int, int]:
    """With how many events came before."""
    got = 0
    try:
        while True:
            got += json.loads(link.recv(timeout=15))["type"] == "event"
    except ConnectionClosed as closed:
        return (closed.rcvd.code if closed.rcvd else 0), got


def test_a_poll_gives_what_is_kept_and_waits_for_what_comes(web_url: str, alice: Company) -> None:
    key = make_key(alice)
    ids = write(alice, *(fact(call=str(n)) for n in range(5)))
    first = poll(web_url, key, cursor=0, limit=2)
    assert [one["id"] for one in first["events"]] == ids[:2]
    assert first["more"]
    rest = poll(web_url, key, cursor=first["cursor"])
    assert [one["id"] for one in rest["events"]] == ids[2:]
    begun = time.monotonic()
    thread = later(1.0, alice, fact(call="late"))
    waited = poll(web_url, key, cursor=rest["cursor"], wait=20)
    thread.join()
    assert [one["call"]["id"] for one in waited["events"]] == ["late"]
    assert 0.9 < time.monotonic() - begun < 4
    begun = time.monotonic()
    empty = poll(web_url, key, cursor=waited["cursor"], wait=1)
    assert empty["events"] == []
    assert empty["cursor"] == waited["cursor"]
    assert 0.9 < time.monotonic() - begun < 4


def test_all_ways_tell_the_same_in_the_same_order(web_url: str, alice: Company) -> None:
    key = make_key(alice)
    auth = {"Authorization": f"Bearer {key}"}
    with (
        stream(web_url, "/api/v1/events/stream/?cursor=0", **auth) as told,
        socket(web_url, key, "?cursor=0") as link,
    ):
        ids = write(alice, *(fact(call=str(n)) for n in range(50)))
        streamed = [next(told) for _ in ids]
        spoken = [next_event(link) for _ in ids]
    polled = poll(web_url, key, cursor=0)["events"]
    assert [one["data"] for one in streamed] == spoken == polled
    assert [int(one["id"]) for one in streamed] == ids
    with stream(web_url, "/api/v1/events/stream/", **auth, **{"Last-Event-ID": str(ids[46])}) as on:
        assert [int(next(on)["id"]) for _ in range(3)] == ids[47:]


def test_filters(web_url: str, alice: Company) -> None:
    key = make_key(alice)
    ids = write(
        alice,
        fact("call.arrived", numbers=("+3726001001",), group_ids=(5,)),
        fact("call.ended", numbers=("+3726001001",), group_ids=(6,), agent_ids=(9,)),
        fact("call.ended", numbers=("+3726009999",)),
    )
    for query, wanted in (
        ({"types": "call.ended"}, ids[1:]),
        ({"number": "600 1001"}, ids[:2]),
        ({"group": 6}, [ids[1]]),
        ({"agent": 9, "types": "call.arrived,call.ended"}, [ids[1]]),
    ):
        found = poll(web_url, key, cursor=0, **query)
        assert [one["id"] for one in found["events"]] == wanted, query
        assert found["cursor"] == str(ids[-1])
    assert httpx2.get(
        f"{web_url}/api/v1/events/?types=nonsense", headers={"Authorization": f"Bearer {key}"}
    ).status_code == 400  # fmt: skip


def test_a_revoked_key_is_cut_off_within_seconds(web_url: str, alice: Company) -> None:
    key = make_key(alice)
    auth = {"Authorization": f"Bearer {key}"}
    with stream(web_url, "/api/v1/events/stream/", **auth) as told, socket(web_url, key) as link:
        with tenant_scope(alice.tenant.pk):
            ApiKey.objects.update(revoked_at=timezone.now())
        begun = time.monotonic()
        assert closing_code(link) == (4401, 0)
        time.sleep(2.5)  # each looks again every two seconds
        write(alice, fact())
        assert list(told) == []
        assert time.monotonic() - begun < 10
    answer = httpx2.get(f"{web_url}/api/v1/events/", headers=auth)
    assert answer.status_code == 401


def test_another_company_and_another_scope_get_nothing(
    web_url: str, alice: Company, bob: Company
) -> None:
    write(alice, fact(numbers=("+3726001001",)))
    key = make_key(bob)
    assert poll(web_url, key, cursor=0)["events"] == []
    with socket(web_url, key, "?cursor=0") as link:
        assert json.loads(link.recv(timeout=5))["type"] == "beat"
        with pytest.raises(TimeoutError):
            link.recv(timeout=1)
    wrong = make_key(bob, "calls:read")
    answer = httpx2.get(
        f"{web_url}/api/v1/events/stream/", headers={"Authorization": f"Bearer {wrong}"}
    )
    assert answer.status_code == 403
    with socket(web_url, wrong) as link, pytest.raises(ConnectionClosed):
        link.recv(timeout=5)


def test_a_key_may_come_in_the_first_message(web_url: str, alice: Company) -> None:
    key = make_key(alice)
    ids = write(alice, fact(), fact("call.ended"))
    with connect(f"{web_url.replace('http', 'ws')}/ws/v1/events/") as link:
        link.send(json.dumps({"type": "hello", "key": key, "cursor": "0", "types": "call.ended"}))
        assert next_event(link)["id"] == ids[1]


def test_a_reader_that_does_not_acknowledge_is_cut(web_url: str, alice: Company) -> None:
    key = make_key(alice)
    padding = "x" * 20_000
    many = [fact(call=str(n)) for n in range(70)]
    for one in many:
        one.data["padding"] = padding
    ids = write(alice, *many)
    with socket(web_url, key, "?cursor=0") as link:
        code, got = closing_code(link)
        assert code == 4408
    assert got >= 50
    auth = {"Authorization": f"Bearer {key}"}
    with stream(web_url, "/api/v1/events/stream/?cursor=0", **auth) as told:
        last = [int(one["id"]) for one in told]
    assert last == ids[: len(last)]
    with stream(
        web_url, "/api/v1/events/stream/", **auth, **{"Last-Event-ID": str(ids[-2])}
    ) as told:
        assert int(next(told)["id"]) == ids[-1]


def test_a_cursor_older_than_what_is_kept_is_told_of_the_gap(web_url: str, alice: Company) -> None:
    key = make_key(alice)
    ids = write(alice, fact(), fact())
    with tenant_scope(alice.tenant.pk):
        EventHorizon.objects.create(purged_through=ids[0])
    found = poll(web_url, key, cursor=ids[0] - 1, types="call.ended")
    assert [(one["type"], one["reason"]) for one in found["events"]] == [("stream.gap", "expired")]


# --- people ----------------------------------------------------------------------------------
def cookie_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{django_settings.SESSION_COOKIE_NAME}={session.session_key}"


def own(web_url: str, cookie: str) -> list[dict[str, Any]]:
    answer = httpx2.get(f"{web_url}/t/alice/events/?cursor=0", headers={"Cookie": cookie})
    assert answer.status_code == 200
    return list(answer.json()["events"])


def test_a_person_reads_what_concerns_him(web_url: str, alice: Company, bob: Company) -> None:
    agent = alice.people["agent"]
    with tenant_scope(alice.tenant.pk):
        other = AgentGroup.objects.create(slug="other", name="Other")
    ids = write(
        alice,
        fact(call="mine", user_ids=(agent.pk,), group_ids=(other.pk,)),
        fact(call="groups", group_ids=(alice.group.pk,)),
        fact(call="others", group_ids=(other.pk,)),
        fact("pbx.lost", for_all=True),
    )
    cookie = cookie_of(agent)
    assert [one["id"] for one in own(web_url, cookie)] == [ids[0], ids[1], ids[3]]
    assert [one["id"] for one in own(web_url, cookie_of(alice.people["supervisor"]))] == ids
    stranger = httpx2.get(
        f"{web_url}/t/alice/events/", headers={"Cookie": cookie_of(bob.people["admin"])}
    )
    assert stranger.status_code == 404
    path = "/t/alice/events/stream/?cursor=0"
    with stream(web_url, path, Cookie=cookie) as told:
        assert [int(next(told)["id"]) for _ in range(3)] == [ids[0], ids[1], ids[3]]
        SessionStore(cookie.partition("=")[2]).delete()
        assert list(told) == []


def test_without_the_right_to_numbers_others_callers_are_hidden(
    web_url: str, alice: Company
) -> None:
    agent = alice.people["agent"]
    with tenant_scope(alice.tenant.pk):
        agent.memberships.filter(tenant=alice.tenant).update(denied_rights=["calls.see_numbers"])
    write(
        alice,
        fact(call="mine", user_ids=(agent.pk,)),
        fact(call="groups", group_ids=(alice.group.pk,)),
    )
    mine, groups = own(web_url, cookie_of(agent))
    assert mine["call"]["caller"]["number"] == "+3725550001"
    assert groups["call"]["caller"] == {"number": "", "name": ""}
