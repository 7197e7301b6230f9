"""One real call, told by webhook, long poll, stream and socket: the same events, the same order."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect

from callcenter.accounts import api_keys
from callcenter.accounts.models import ApiKey
from callcenter.audit.services import Actor
from callcenter.runtime import processes
from callcenter.runtime.folders import ROOT
from callcenter.tenants.scope import tenant_scope
from telephony.subscriptions import services
from telephony.subscriptions.models import OutwardEvent
from tests.conftest import TestDatabase
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_database, until
from tests.telephony.subscriptions.receiver import Receiver

pytestmark = [pytest.mark.asterisk]
STORY = [
    "call.arrived", "call.queued", "call.ringing", "call.answered", "call.ended",
]  # fmt: skip


@contextmanager
def courier_process(database_urls: TestDatabase) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **database_urls.environment,
        "HELIN_OUTBOUND_ALLOWED": "127.0.0.0/8",
        "PYTHONUNBUFFERED": "1",
    }
    environment.pop("DATABASE_OWNER_URL")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_webhooks"], env=environment, cwd=ROOT,
        preexec_fn=processes.dies_with_parent(),
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(10)


def make_key(tenant_id: int) -> str:
    key = api_keys.new_key()
    with tenant_scope(tenant_id):
        ApiKey.objects.create(
            name="CRM", prefix=api_keys.prefix_of(key) or "", digest=api_keys.digest_of(key),
            scopes=["events:read"],
        )  # fmt: skip
    return key


def hook(company: Company, url: str, name: str = "CRM") -> None:
    with tenant_scope(company.tenant.pk):
        services.make_webhook(name=name, url=url, by=Actor(name="test"))


async def listen_to_socket(web_url: str, key: str, into: list[dict[str, Any]]) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    async with connect(
        f"{web_url.replace('http', 'ws')}/ws/v1/events/", additional_headers=headers
    ) as link:
        async for text in link:
            frame = json.loads(text)
            if frame["type"] == "event":
                into.append(frame["event"])


async def listen_to_stream(web_url: str, key: str, into: list[dict[str, Any]]) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(timeout=60) as client,
        client.stream("GET", f"{web_url}/api/v1/events/stream/", headers=headers) as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                into.append(  # noqa: PERF401 - not all at the end
                    json.loads(line.removeprefix("data: "))
                )


async def poll_on(web_url: str, key: str, into: list[dict[str, Any]]) -> None:
    cursor: dict[str, str] = {}
    async with httpx2.AsyncClient(timeout=60) as client:
        while True:
            answer = await client.get(
                f"{web_url}/api/v1/events/", params={"wait": 25, **cursor},
                headers={"Authorization": f"Bearer {key}"},
            )  # fmt: skip
            page = answer.json()
            into += page["events"]
            cursor = {"cursor": page["cursor"]}


async def test_all_ways_tell_one_call_alike(
    pbx: Pbx, company: MakeCompany, listener: Path, web_url: str, database_urls: TestDatabase
) -> None:
    acme = company()
    key = await in_database(lambda: make_key(acme.tenant.pk))
    ways: dict[str, list[dict[str, Any]]] = {"socket": [], "stream": [], "poll": []}
    async with Receiver() as receiver:
        with courier_process(database_urls), pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.conf.settings.OUTBOUND_ALLOWED", ["127.0.0.0/8"])
            await in_database(lambda: hook(acme, receiver.url))
            listening = [
                asyncio.create_task(listen_to_socket(web_url, key, ways["socket"])),
                asyncio.create_task(listen_to_stream(web_url, key, ways["stream"])),
                asyncio.create_task(poll_on(web_url, key, ways["poll"])),
            ]
            await asyncio.sleep(2)
            await asyncio.to_thread(pbx.perform, acme.add_member("Alice"))
            async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
                await alice.register()
                outside = await carrier.call(acme.number, caller_number="+4915112345")
                inside = await alice.next_call()
                await asyncio.sleep(0.5)
                await inside.answer()
                await outside.wait_talking()
                await asyncio.sleep(0.5)
                await outside.hang_up()
                await inside.wait_ended()

            def sent() -> list[dict[str, Any]]:
                return [json.loads(body) for _headers, body in receiver.got]

            def has_ended() -> bool:
                every = [sent(), *ways.values()]
                return all("call.ended" in [one["type"] for one in way] for way in every)

            await until(has_ended, within=10)
            await asyncio.sleep(1)
            for task in listening:
                task.cancel()
            last = min(way[-1]["id"] for way in (sent(), *ways.values()))
            hooked = [one for one in sent() if one["id"] <= last]
            for name, way in ways.items():
                assert [one for one in way if one["id"] <= last] == hooked, name
    story = [
        one["type"] for one in hooked
        if one["type"].startswith("call.") and one["type"] != "call.named"
    ]  # fmt: skip
    assert story == STORY
    (answered,) = (one for one in hooked if one["type"] == "call.answered")
    assert answered["call"]["caller"]["number"] == "+4915112345"
    assert answered["call"]["dialled"] == f"+{acme.number}"
    assert [one["id"] for one in answered["agents"]] == [acme.agents["Alice"].pk]
    states = [one["state"] for one in hooked if one["type"] == "agent.state_changed"]
    assert "ringing" in states
    assert "in_call" in states


async def test_a_killed_courier_repeats_and_leaves_nothing_out(
    company: MakeCompany, database_urls: TestDatabase
) -> None:
    from tests.telephony.subscriptions.made import fact, write

    acme = company(tell_pbx=False)

    async def slowly(_n: int) -> Any:
        await asyncio.sleep(0.01)
        return (200, {}, b"")

    async with Receiver(slowly) as receiver:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.conf.settings.OUTBOUND_ALLOWED", ["127.0.0.0/8"])
            await in_database(lambda: hook(acme, receiver.url))
        with courier_process(database_urls) as first:
            ids = await in_database(
                lambda: write(acme, *(fact(call=str(n)) for n in range(400)))  # type: ignore[arg-type]
            )
            await until(lambda: len(receiver.got) > 60, within=20)
            first.send_signal(signal.SIGKILL)
            first.wait()
        before = len(receiver.got)
        assert before < 400

        def let_the_lease_run_out() -> None:
            from telephony.subscriptions.models import Webhook

            with tenant_scope(acme.tenant.pk):
                leased = Webhook.objects.exclude(lease_owner="")
                assert leased.count() == 1
                leased.update(lease_until="2000-01-01T00:00Z")

        await in_database(let_the_lease_run_out)
        with courier_process(database_urls):
            await until(lambda: receiver.ids[-1] == ids[-1], within=30)
        seen = list(dict.fromkeys(receiver.ids))
        assert seen == ids
        repeated = len(receiver.ids) - len(seen)
        assert repeated <= 40

    def count() -> int:
        with tenant_scope(acme.tenant.pk):
            return OutwardEvent.objects.count()

    assert await in_database(count) == 400
