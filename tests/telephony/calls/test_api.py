"""Visits and calls by the API: page by page, filtered, as one CSV stream; an agent's time."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from callcenter.accounts.permissions import ApiScope
from telephony.calls import rows_csv
from telephony.ledger.reader import Ledger
from tests.api.test_api import client_with, key_for
from tests.telephony.activity.test_building import build_both, whole_history
from tests.telephony.calls.company import Company, append, make_acme, make_globex, read_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(tmp_path: Path) -> Company:
    made = make_acme()
    make_globex()
    queue_log, events = whole_history()
    (tmp_path / "cel-custom").mkdir()
    append(tmp_path / "queue_log", b"".join(queue_log))
    append(tmp_path / "cel-custom" / "cel.jsonl", b"".join(events))
    read_all(Ledger("pbx1", tmp_path, build_both))
    return made


@pytest.fixture
def client(acme: Company) -> Client:
    return client_with(key_for(acme, ApiScope.CALLS_READ, ApiScope.AGENTS_READ))  # type: ignore[arg-type]


def text_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    stream = answer.streaming_content

    async def read() -> bytes:
        return b"".join([part async for part in stream])

    return list(csv.DictReader(io.StringIO(asyncio.run(read()).decode())))


def test_visits_come_page_by_page(client: Client) -> None:
    whole = client.get("/api/v1/visits/?limit=200").json()
    assert whole["older"] is None
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"/api/v1/visits/?limit=7{cursor and f'&cursor={cursor}'}").json()
        found += page["visits"]
        cursor = page["older"]
    assert found == whole["visits"]
    assert len(found) > 20
    assert all(one["queue_name"].startswith("acme-") for one in found)
    lost = client.get("/api/v1/visits/?outcome=abandoned").json()["visits"]
    assert (
        {one["id"] for one in lost}
        == {one["id"] for one in found if one["outcome"] == "abandoned"}
        != set()
    )
    call = client.get(f"/api/v1/calls/{lost[0]['call_id']}/").json()
    assert call["visits"][0]["outcome"] == "abandoned"
    rang = {tuple(one["left_ringing_agent_ids"]) for one in found}
    assert {(), (1,)} <= rang, "Alice's phone rang in vain"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["visits", "calls"])
@pytest.mark.parametrize("by", ["header", "query"])
def test_everything_as_csv(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str, by: str
) -> None:
    monkeypatch.setattr(rows_csv, "ROWS_AT_ONCE", 5)
    monkeypatch.setattr("telephony.calls.api.ROWS_AT_ONCE", 5)
    rows = client.get(f"/api/v1/{path}/?limit=200").json()[path]
    if by == "header":
        told = text_of(client.get(f"/api/v1/{path}/", headers={"accept": "text/csv"}))
    else:
        told = text_of(client.get(f"/api/v1/{path}/?format=csv"))
    assert [row["id"] for row in told] == [str(row["id"]) for row in rows]
    assert list(told[0]) == list(rows[0])
    assert told[0]["wait_seconds"] == str(rows[0]["wait_seconds"])
    refused = client.get(f"/api/v1/{path}/?format=csv&since=x")
    assert refused.status_code == 400
    assert "since" in refused.json()["detail"]


def test_an_agents_time(client: Client, acme: Company) -> None:
    since = datetime.fromtimestamp(1795300000, UTC)
    until = since + timedelta(seconds=2000)
    url = f"/api/v1/agents/1/activity/?since={since:%Y-%m-%dT%H:%M:%SZ}&until={until:%Y-%m-%dT%H:%M:%SZ}"
    told = client.get(url).json()
    stretches = told["activity"]
    assert stretches[0]["since"] == f"{since:%Y-%m-%dT%H:%M:%SZ}"
    assert [one["until"] for one in stretches[:-1]] == [one["since"] for one in stretches[1:]]
    assert {one["state"] for one in stretches} >= {"available", "ringing", "in_call"}
    assert sum(one["seconds"] for one in told["sums"]) == pytest.approx(2000)
    assert len(told["sessions"]) == 1
    sales = client.get(f"{url}&group={acme.groups['sales'].pk}").json()
    assert sales["sessions"] == []
    assert client.get("/api/v1/agents/8/activity/?since=2026-11-01T00:00:00Z").status_code == 404
    assert "31 days" in client.get(
        "/api/v1/agents/1/activity/?since=2020-01-01T00:00:00Z"
    ).json()["detail"]  # fmt: skip
