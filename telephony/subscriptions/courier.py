"""The process that delivers: one task for each webhook that has something to send.

Each webhook is a line of its own: its events go out one after the other, and a receiver that is
slow holds up nobody else's. Several couriers may run; a lease says whose a webhook is. What was
sent is written down every tenth of a second, so a killed courier's last deliveries are repeated
with the same event id, and nothing is left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
from channels.db import DatabaseSyncToAsync
from django.db import DatabaseError, InterfaceError

from telephony.subscriptions import backoff, carrying, signing
from telephony.subscriptions.carrying import LEASE_SECONDS, Entry, Parcel, Unlinked, moment
from telephony.subscriptions.models import OutwardEvent, WebhookState
from telephony.subscriptions.posting import SECONDS, Outcome, new_client, post
from telephony.subscriptions.vocabulary import TEST
from telephony.subscriptions.waking import hub
from telephony.subscriptions.wire import shape, test_event, to_json

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
WRITE_SECONDS = 0.1
RENEW_SECONDS = 2.0
# a webhook without news stays in our hands so long: news of a call come close together
LINGER_SECONDS = 5.0
MOST_READ = 100
MOST_CARRIED = 500
_AWAY = (DatabaseError, InterfaceError, OSError)

Tell = Callable[[int, int], None]
"""(tenant, webhook): has been paused or stopped by us; in a thread, and may fail."""


class Courier:
    """`clock` in epoch seconds; `tell` is told of webhooks that were paused or stopped."""

    def __init__(
        self,
        *,
        tell: Tell,
        clock: Callable[[], float] = time.time,
        post_seconds: float = SECONDS,
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        self.owner = uuid.uuid4().hex
        self._tell = tell
        self._clock = clock
        self._post_seconds = post_seconds
        self._linger = linger_seconds
        self._carried: dict[int, asyncio.Task[None]] = {}
        self._turns: dict[int, int] = {}
        self._tenants: dict[int, int] = {}
        self._book: dict[int, Entry] = {}
        # what touches many of our rows does so one after the other: else they wait for each other
        self._touching = asyncio.Lock()
        self._renewed_at = 0.0
        self._threads = ThreadPoolExecutor(4, "courier")
        self.delivered = 0
        self.in_vain = 0

    async def run(self) -> None:
        """Until it is cancelled; then what was sent is written and the leases are given back."""
        keepers = [asyncio.create_task(self._keep_writing()), asyncio.create_task(self._renew())]
        try:
            while True:
                news = hub().any_news()
                found = await self._claim()
                if not found:
                    await hub().wait(news, LOOK_SECONDS)
                    # news come in crowds; those that we carry read them themselves
                    await asyncio.sleep(0.02)
        finally:
            tasks = [*keepers, *self._carried.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(*_AWAY):
                await self._write()
                await self._in_thread(carrying.give_back, self.owner)
            await hub().close()
            self._threads.shutdown(wait=False)

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        call = DatabaseSyncToAsync(work, thread_sensitive=False, executor=self._threads)
        return await call(*arguments)

    async def _claim(self) -> bool:
        most = min(carrying.MOST_CLAIMED, MOST_CARRIED - len(self._carried))
        if most <= 0:
            await asyncio.sleep(LOOK_SECONDS)
            return False
        try:
            parcels = await self._in_thread(carrying.claim, self.owner, self._clock(), most)
        except _AWAY as error:
            log.warning("PostgreSQL cannot be asked for webhooks: %s", error)
            await asyncio.sleep(LOOK_SECONDS)
            return False
        if not self._carried:
            self._renewed_at = time.monotonic()
        for parcel in parcels:
            if (known := self._carried.get(parcel.webhook_id)) is not None:
                known.cancel()  # a person has moved it meanwhile, and it is ours again
            self._turns[parcel.webhook_id] = parcel.turn
            self._tenants[parcel.webhook_id] = parcel.tenant_id
            task = asyncio.create_task(self._carry_safely(parcel))
            self._carried[parcel.webhook_id] = task
        return bool(parcels)

    # --- one webhook --------------------------------------------------------------------------
    async def _carry_safely(self, parcel: Parcel) -> None:
        this = asyncio.current_task()
        try:
            async with new_client() as client:
                await self._carry(parcel, client)
        except _AWAY as error:
            log.warning("Webhook %d waits: %s", parcel.webhook_id, error)
            await asyncio.sleep(LOOK_SECONDS)
        except Exception:
            log.exception("Webhook %d cannot be carried.", parcel.webhook_id)
            await asyncio.sleep(LOOK_SECONDS)
        finally:
            if self._carried.get(parcel.webhook_id) is this:
                del self._carried[parcel.webhook_id]
                if self._turns.get(parcel.webhook_id) == parcel.turn:
                    self._note(parcel, releases=True)

    async def _carry(self, parcel: Parcel, client: httpx2.AsyncClient) -> None:
        if parcel.wants_test:
            await self._send_test(parcel, client)
        if not parcel.is_due:
            return
        if not parcel.secret:
            words = "Its secret cannot be read (HELIN_SECRET_KEY is another). Renew it."
            await self._halt(parcel, WebhookState.FAILED, words)
            return
        idle_since = time.monotonic()
        while True:
            news = hub().news(parcel.tenant_id)
            try:
                events, wants_test = await self._in_thread(
                    carrying.events_after,
                    parcel.tenant_id, parcel.webhook_id, parcel.cursor, MOST_READ,
                )  # fmt: skip
            except Unlinked:
                await self._halt(parcel, WebhookState.UNLINKED, "")
                return
            if wants_test:
                await self._send_test(parcel, client)
            for event in events:
                if not await self._pass(parcel, event, client):
                    return
            if events:
                idle_since = time.monotonic()
            left = idle_since + self._linger - time.monotonic()
            if left <= 0:
                return
            if len(events) < MOST_READ:
                await hub().wait(news, left)

    async def _pass(self, parcel: Parcel, event: OutwardEvent, client: httpx2.AsyncClient) -> bool:
        """Sends it if it is wanted. False: no more for now."""
        if not parcel.wanted.matches(event):
            parcel.cursor = event.pk
            self._note(parcel, cursor=event.pk)
            return True
        if not self._holds_lease():
            return False
        body = to_json(shape(event)).encode()
        attempt = parcel.attempts + 1
        at = self._clock()
        outcome = await self._post(parcel, client, body, event.pk, event.type, attempt)
        self._log(parcel, event.pk, event.type, attempt, at, outcome)
        if outcome.is_delivered:
            self.delivered += 1
            parcel.cursor, parcel.attempts, parcel.failing_since = event.pk, 0, None
            self._note(
                parcel, cursor=event.pk, attempts=0, failing_since=None, next_try_at=None,
                delivered_at=moment(at),
            )  # fmt: skip
            return True
        self.in_vain += 1
        await self._fail(parcel, outcome, attempt)
        return False

    async def _fail(self, parcel: Parcel, outcome: Outcome, attempt: int) -> None:
        now = self._clock()
        if outcome.status == 410:
            await self._halt(parcel, WebhookState.STOPPED, "410 Gone")
            return
        since = parcel.failing_since if parcel.failing_since is not None else now
        if backoff.is_over(since, now):
            await self._halt(parcel, WebhookState.FAILED, _why(outcome))
            return
        delay = backoff.delay_seconds(attempt)
        if outcome.status in (429, 503):
            asked = backoff.retry_after_seconds(outcome.retry_after, now)
            delay = max(delay, asked) if asked is not None else delay
        self._note(
            parcel, attempts=attempt, failing_since=moment(since), next_try_at=moment(now + delay)
        )

    async def _halt(self, parcel: Parcel, state: WebhookState, words: str) -> None:
        self._note(parcel, state=state, words=words[:300])
        await self._write()
        try:
            await self._in_thread(self._tell, parcel.tenant_id, parcel.webhook_id)
        except Exception:
            log.exception("Nobody was told that webhook %d is %s.", parcel.webhook_id, state)

    async def _send_test(self, parcel: Parcel, client: httpx2.AsyncClient) -> None:
        at = self._clock()
        self._note(parcel, test_asked_at=None)
        await self._write()
        body = to_json(test_event(at)).encode()
        outcome = await self._post(parcel, client, body, 0, TEST, 1)
        self._log(parcel, 0, TEST, 1, at, outcome)

    async def _post(
        self, parcel: Parcel, client: httpx2.AsyncClient, body: bytes, event: int, kind: str,
        attempt: int,
    ) -> Outcome:  # fmt: skip
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Helin-Webhooks/1",
            signing.SIGNATURE: signing.signature(parcel.secret, int(self._clock()), body),
            signing.EVENT_ID: str(event),
            signing.EVENT_TYPE: kind,
            signing.WEBHOOK_ID: str(parcel.webhook_id),
            signing.ATTEMPT: str(attempt),
        }
        return await post(client, parcel.url, body, headers, seconds=self._post_seconds)

    # --- the book -----------------------------------------------------------------------------
    def _note(self, parcel: Parcel, *, releases: bool = False, **fields: Any) -> None:
        entry = self._entry(parcel)
        entry.fields.update(fields)
        entry.releases = entry.releases or releases

    def _log(
        self, parcel: Parcel, event: int, kind: str, attempt: int, at: float, outcome: Outcome
    ) -> None:
        self._entry(parcel).attempts.append(
            {
                "event": event, "type": kind, "attempt": attempt, "at": moment(at),
                "status": outcome.status, "milliseconds": outcome.milliseconds,
                "is_delivered": outcome.is_delivered, "words": outcome.words,
                "response": outcome.head,
            }
        )  # fmt: skip

    def _entry(self, parcel: Parcel) -> Entry:
        entry = self._book.get(parcel.webhook_id)
        if entry is None or entry.turn != parcel.turn:
            before = entry.attempts if entry else []
            entry = self._book[parcel.webhook_id] = Entry(parcel.turn, attempts=before)
        return entry

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            try:
                await self._write()
            except _AWAY as error:
                log.warning("What was delivered cannot be written yet: %s", error)
                await asyncio.sleep(LOOK_SECONDS)

    async def _write(self) -> None:
        book, self._book = self._book, {}
        if not book:
            return
        try:
            async with self._touching:
                lost = await self._in_thread(
                    carrying.write_book, self.owner, book, dict(self._tenants)
                )
        except _AWAY:
            for pk, entry in book.items():
                newer = self._book.get(pk)
                self._book[pk] = entry if newer is None else _joined(entry, newer)
            raise
        for pk in lost:
            self._let_go(pk, book[pk].turn)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            if not self._carried:
                self._renewed_at = time.monotonic()
                continue
            begun = time.monotonic()
            try:
                async with self._touching:
                    mine = await self._in_thread(carrying.renew, self.owner, self._clock())
            except _AWAY as error:
                log.warning("Leases of webhooks cannot be renewed: %s", error)
                continue
            self._renewed_at = begun
            for pk in list(self._carried):
                if (pk, self._turns[pk]) not in mine and self._is_settled(pk):
                    self._let_go(pk, self._turns[pk])

    def _is_settled(self, pk: int) -> bool:
        """Not one whose lease we are just giving back."""
        entry = self._book.get(pk)
        return entry is None or not entry.releases

    def _let_go(self, pk: int, turn: int) -> None:
        task = self._carried.get(pk)
        if task is not None and self._turns.get(pk) == turn:
            task.cancel()

    def _holds_lease(self) -> bool:
        """Long enough for one more delivery, by our own clock."""
        spent = time.monotonic() - self._renewed_at
        return spent + self._post_seconds < LEASE_SECONDS


def _joined(older: Entry, newer: Entry) -> Entry:
    attempts = [*older.attempts, *newer.attempts]
    if older.turn != newer.turn:
        return Entry(newer.turn, newer.fields, attempts, newer.releases)
    fields = {**older.fields, **newer.fields}
    return Entry(newer.turn, fields, attempts, older.releases or newer.releases)


def _why(outcome: Outcome) -> str:
    return outcome.words or f"HTTP {outcome.status}"
