"""Delivery to receivers that are well, slow, dead, lying or too far."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from callcenter.groups.models import Number
from callcenter.tenants.scope import tenant_scope
from telephony.subscriptions import services, signing
from telephony.subscriptions.courier import Courier
from telephony.subscriptions.models import About, Webhook, WebhookDelivery, WebhookState
from tests.cast import Company, make_company
from tests.telephony.subscriptions.made import TEST, fact, fresh, make_webhook, write
from tests.telephony.subscriptions.receiver import OK, Receiver

pytestmark = [pytest.mark.django_db(transaction=True)]


class Clock:
    """Real time, and as much more as the test has let pass."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
async def alice(settings: Any) -> AsyncIterator[Company]:
    settings.OUTBOUND_ALLOWED = ["127.0.0.0/8"]
    yield await sync_to_async(make_company)("alice", number="+3726001001")
    await sync_to_async(connections.close_all)()


@asynccontextmanager
async def delivering(
    *, clock: Callable[[], float] = time.time, told: list[int] | None = None, **more: Any
) -> AsyncIterator[Courier]:
    courier = Courier(
        tell=lambda _tenant, webhook: told.append(webhook) if told is not None else None,
        clock=clock, linger_seconds=0.3, **more,
    )  # fmt: skip
    task = asyncio.create_task(courier.run())
    try:
        yield courier
    finally:
        task.cancel()
        await asyncio.wait({task})


async def until(holds: Callable[[], bool | Awaitable[bool]], seconds: float = 12.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        said = holds()
        if await said if isinstance(said, Awaitable) else said:
            return
        assert time.monotonic() < deadline, "it does not come to that"
        await asyncio.sleep(0.02)


async def row(company: Company, webhook: Webhook) -> Webhook:
    return await sync_to_async(fresh)(company, webhook)


async def log_of(company: Company, webhook: Webhook) -> list[WebhookDelivery]:
    def read() -> list[WebhookDelivery]:
        with tenant_scope(company.tenant.pk):
            return list(WebhookDelivery.objects.filter(webhook=webhook).order_by("pk"))

    return await sync_to_async(read)()


async def test_events_arrive_in_order_signed_and_logged(alice: Company) -> None:
    async with Receiver() as receiver, delivering():
        webhook, secret = await sync_to_async(make_webhook)(alice, receiver.url)
        ids = await sync_to_async(write)(alice, *(fact(call=str(n)) for n in range(30)))
        await until(lambda: len(receiver.got) == 30)
        assert receiver.ids == ids
        for headers, body in receiver.got:
            assert signing.is_signed(secret, headers["helin-signature"], body, time.time())
            assert not signing.is_signed(
                secret, headers["helin-signature"], body + b" ", time.time()
            )
            said = json.loads(body)
            assert str(said["id"]) == headers["helin-event-id"]
            assert said["type"] == headers["helin-event-type"]

        async def is_written() -> bool:
            return (await row(alice, webhook)).cursor == ids[-1]

        await until(is_written)
        log = await log_of(alice, webhook)
        assert [one.event for one in log] == ids
        assert {one.status for one in log} == {200}
        assert log[0].response == "thanks"


async def test_an_hour_of_500_loses_nothing_and_keeps_the_order(alice: Company) -> None:
    clock = Clock()
    begun = clock()

    def answer(_n: int) -> Any:
        return OK if clock() - begun > 3600 else (500, {}, b"broken")

    async with Receiver(answer) as receiver, delivering(clock=clock):
        webhook, _secret = await sync_to_async(make_webhook)(alice, receiver.url)
        ids = await sync_to_async(write)(alice, *(fact(call=str(n)) for n in range(5)))
        tries = 0
        while clock() - begun <= 3600:
            tries += 1

            async def has_failed(tries: int = tries) -> bool:
                return (await row(alice, webhook)).attempts == tries

            await until(has_failed)
            due = (await row(alice, webhook)).next_try_at
            assert due is not None
            clock.ahead += due.timestamp() - clock() + 0.01
        await until(lambda: len(receiver.got) >= tries + 5)
        assert receiver.ids == [ids[0]] * tries + ids
        assert 9 <= tries <= 13  # doubling from two seconds, not hammering

        async def is_well() -> bool:
            return (await row(alice, webhook)).failing_since is None

        await until(is_well)
        assert (await row(alice, webhook)).state == WebhookState.ACTIVE


async def test_a_day_of_failures_pauses_with_a_notice_and_goes_on_when_resumed(
    alice: Company,
) -> None:
    clock = Clock()
    told: list[int] = []
    well = False
    async with (
        Receiver(lambda _n: OK if well else (500, {}, b"")) as receiver,
        delivering(clock=clock, told=told),
    ):
        webhook, _secret = await sync_to_async(make_webhook)(alice, receiver.url)
        ids = await sync_to_async(write)(alice, fact(), fact())

        async def has_failed() -> bool:
            return (await row(alice, webhook)).attempts == 1

        await until(has_failed)
        clock.ahead += 24 * 3600 + 1
        await until(lambda: told == [webhook.pk])
        stopped = await row(alice, webhook)
        assert (stopped.state, stopped.words) == (WebhookState.FAILED, "HTTP 500")
        tried = len(receiver.got)
        await asyncio.sleep(1.2)
        assert len(receiver.got) == tried
        well = True

        def resume() -> None:
            with tenant_scope(alice.tenant.pk):
                services.resume_webhook(webhook=Webhook.objects.get(pk=webhook.pk), by=TEST)

        await sync_to_async(resume)()
        await until(lambda: receiver.ids[tried:] == ids)


async def test_a_receiver_that_hangs_holds_up_nobody_else(alice: Company) -> None:
    async def hang(_n: int) -> Any:
        await asyncio.sleep(60)

    async with Receiver(hang) as slow, Receiver() as quick, delivering(post_seconds=1.0):
        hook, _ = await sync_to_async(make_webhook)(alice, slow.url, "slow")
        await sync_to_async(make_webhook)(alice, quick.url, "quick")
        begun = time.monotonic()
        await sync_to_async(write)(alice, *(fact(call=str(n)) for n in range(40)))
        await until(lambda: len(quick.got) == 40)
        assert time.monotonic() - begun < 5

        async def is_logged() -> bool:
            return bool(await log_of(alice, hook))

        await until(is_logged)
        (first, *_more) = await log_of(alice, hook)
        assert first.status is None
        assert "in time" in first.words


async def test_410_stops_and_429_is_obeyed(alice: Company) -> None:
    told: list[int] = []
    async with (
        Receiver(lambda _n: (410, {}, b"")) as gone,
        Receiver(lambda _n: (429, {"Retry-After": "120"}, b"")) as busy,
        delivering(told=told),
    ):
        one, _ = await sync_to_async(make_webhook)(alice, gone.url, "gone")
        other, _ = await sync_to_async(make_webhook)(alice, busy.url, "busy")
        at = time.time()
        await sync_to_async(write)(alice, fact(), fact())
        await until(lambda: told == [one.pk] and len(busy.got) == 1)
        assert (await row(alice, one)).state == WebhookState.STOPPED

        async def is_put_off() -> bool:
            due = (await row(alice, other)).next_try_at
            return due is not None and 119 < due.timestamp() - at < 135

        await until(is_put_off)
        await asyncio.sleep(1.2)
        assert len(gone.got) == len(busy.got) == 1


async def test_a_redirect_into_a_private_network_is_refused(alice: Company) -> None:
    async with Receiver() as inside:
        away = f"http://127.99.0.1:{inside.port}/"
        async with (
            Receiver(lambda _n: (307, {"Location": "http://10.0.0.1/"}, b"")) as out,
            Receiver(lambda _n: (308, {"Location": inside.url}, b"")) as moved,
            Receiver(lambda _n: (302, {"Location": away}, b"")) as old,
            delivering(),
        ):
            hooks = [
                (await sync_to_async(make_webhook)(alice, one.url, name))[0]
                for name, one in (("out", out), ("moved", moved), ("old", old))
            ]
            await sync_to_async(write)(alice, fact())
            await until(lambda: len(inside.got) == 1)

            async def are_logged() -> bool:
                return all([await log_of(alice, hook) for hook in hooks])

            await until(are_logged)
            refused, followed, kept = [(await log_of(alice, hook))[0] for hook in hooks]
            assert refused.status is None
            assert "10.0.0.1" in refused.words
            assert followed.status == 200
            assert kept.status == 302  # what would make a GET of it is not followed
            assert len(inside.got) == 1


async def test_an_address_that_has_become_private_is_refused(alice: Company, settings: Any) -> None:
    async with Receiver() as receiver:
        webhook, _ = await sync_to_async(make_webhook)(alice, receiver.url)
        settings.OUTBOUND_ALLOWED = []
        async with delivering():
            await sync_to_async(write)(alice, fact())

            async def is_logged() -> bool:
                return bool(await log_of(alice, webhook))

            await until(is_logged)
        assert receiver.got == []
        assert "public internet" in (await log_of(alice, webhook))[0].words


async def test_only_what_was_asked_for_is_sent(alice: Company) -> None:
    async with Receiver() as receiver, delivering():
        with_number: dict[str, Any] = {
            "about": About.NUMBER,
            "number": alice.number,
            "types": ["call.missed"],
        }
        await sync_to_async(make_webhook)(alice, receiver.url, **with_number)
        other = await sync_to_async(make_company)("bob", number="+3726001002", first_extension=201)
        await sync_to_async(write)(other, fact("call.missed", numbers=("+3726001001",)))
        ids = await sync_to_async(write)(
            alice,
            fact(numbers=("+3726001001",)),
            fact("call.missed", numbers=("+3726009999",)),
            fact("call.missed", numbers=("+3726001001",)),
        )
        await until(lambda: bool(receiver.got))
        await asyncio.sleep(0.3)
        assert receiver.ids == [ids[2]]


async def test_unlinking_the_number_stops_it(alice: Company) -> None:
    told: list[int] = []
    async with Receiver() as receiver, delivering(told=told):
        webhook, _ = await sync_to_async(make_webhook)(
            alice, receiver.url, about=About.NUMBER, number=alice.number
        )
        await sync_to_async(write)(alice, fact(numbers=("+3726001001",)))
        await until(lambda: len(receiver.got) == 1)

        def unlink() -> None:
            with tenant_scope(alice.tenant.pk):
                Number.objects.filter(pk=alice.number.pk).delete()

        await sync_to_async(unlink)()
        await sync_to_async(write)(alice, fact(numbers=("+3726001001",)))
        await until(lambda: told == [webhook.pk])
        assert (await row(alice, webhook)).state == WebhookState.UNLINKED
        assert len(receiver.got) == 1


async def test_two_couriers_share_without_doubling(alice: Company) -> None:
    async with Receiver() as receiver, delivering() as one, delivering() as other:
        for n in range(8):
            await sync_to_async(make_webhook)(alice, receiver.url, f"hook {n}")
        ids = await sync_to_async(write)(alice, *(fact(call=str(n)) for n in range(25)))
        await until(lambda: len(receiver.got) >= 200)
        await asyncio.sleep(0.3)
        assert len(receiver.got) == 200
        assert one.delivered + other.delivered == 200
        for hook in {headers["helin-webhook-id"] for headers, _ in receiver.got}:
            mine = [
                int(headers["helin-event-id"])
                for headers, _ in receiver.got
                if headers["helin-webhook-id"] == hook
            ]
            assert mine == ids


async def test_replay_and_test_event(alice: Company) -> None:
    async with Receiver() as receiver, delivering():
        webhook, _ = await sync_to_async(make_webhook)(alice, receiver.url)
        ids = await sync_to_async(write)(alice, *(fact(call=str(n)) for n in range(4)))
        await until(lambda: len(receiver.got) == 4)

        def act() -> None:
            with tenant_scope(alice.tenant.pk):
                services.replay_webhook(webhook=webhook, cursor=ids[1], by=TEST)
                services.pause_webhook(webhook=webhook, by=TEST)
                services.resume_webhook(webhook=webhook, by=TEST)

        await sync_to_async(act)()
        await until(lambda: len(receiver.got) == 6)
        assert receiver.ids[4:] == ids[2:]

        def pause_and_test() -> None:
            with tenant_scope(alice.tenant.pk):
                services.pause_webhook(webhook=webhook, by=TEST)
                services.ask_test(webhook=webhook, by=TEST)

        await sync_to_async(pause_and_test)()
        await sync_to_async(write)(alice, fact())
        await until(lambda: len(receiver.got) == 7)
        assert receiver.got[6][0]["helin-event-type"] == "webhook.test"
        await asyncio.sleep(0.5)
        assert len(receiver.got) == 7
