"""Facts on their way into the table: one thread, in order, with a bounded wait for PostgreSQL.

The cursor is the row's id, so ids of one tenant must appear in the order of commits: every writer
holds the tenant's lock from before it takes ids until it commits.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Max
from msgspec import Struct

from callcenter.tenants.scope import system_scope
from telephony.live.frames import to_text
from telephony.subscriptions.deriving import instant
from telephony.subscriptions.models import OutwardEvent
from telephony.subscriptions.vocabulary import GAP, OutEvent

log = logging.getLogger(__name__)

MOST_BUFFERED = 50_000
MOST_IN_BATCH = 500
# each transaction costs as much as a hundred events: when many come, more go together
BUSY_BATCH = 20
BUSY_SECONDS = 0.05
RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0)
CHANNEL = "helin_events"
# the first key of the advisory locks by which the order of ids is that of commits
LOCK_CLASS = 0x48454C4F
# one text for all rows: a call has several events, and a storm thousands of calls a second
_INSERT = """
INSERT INTO telephony_outwardevent (tenant_id, key, type, at, call, data, group_ids, agent_ids,
  user_ids, numbers, for_all)
SELECT tenant_id, key, type, to_timestamp(at), call, data, group_ids, agent_ids, user_ids, numbers,
  for_all
FROM json_to_recordset(%s::json) AS told (tenant_id bigint, key uuid, type text, at float8,
  call text, data jsonb, group_ids bigint[], agent_ids bigint[], user_ids bigint[], numbers text[],
  for_all boolean)
ON CONFLICT DO NOTHING
"""
_AWAY = (OperationalError, InterfaceError)


class Waiting(Struct, frozen=True):
    """`key` tells rows apart and makes writing twice harmless: 32 hexadecimal digits."""

    key: str
    tenant_id: int
    event: OutEvent


@dataclass(slots=True)
class Gap:
    since: float
    until: float
    dropped: int


def write_events(waiting: Sequence[Waiting]) -> None:
    """In one transaction, in order; repeated ones are passed over. Any tenant's, system scope."""
    tenants = sorted({one.tenant_id for one in waiting})
    with (
        system_scope("the facts of every tenant of a PBX are written together"),
        transaction.atomic(),
    ):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, one) FROM unnest(%s::int[]) AS one",
                [LOCK_CLASS, tenants],
            )
        rows = [row for one in waiting if (row := _row(one)) is not None]
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [to_text(rows)])
        notify(tenants)


def notify(tenant_ids: Sequence[int]) -> None:
    """Wakes readers and couriers when the transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, one::text) FROM unnest(%s::int[]) AS one",
            [CHANNEL, list(tenant_ids)],
        )


def _row(one: Waiting) -> dict[str, Any] | None:
    event = one.event
    data = event.data
    if event.type == GAP and data["from"] is None:
        last = OutwardEvent.objects.filter(tenant_id=one.tenant_id).aggregate(last=Max("at"))
        if last["last"] is None:
            return None  # nobody has missed what was never told
        data = {**data, "from": instant(last["last"].timestamp())}
    return {
        "tenant_id": one.tenant_id,
        "key": one.key,
        "type": event.type,
        "at": event.at,
        "call": event.call[:150],
        "data": data,
        "group_ids": event.group_ids,
        "agent_ids": event.agent_ids,
        "user_ids": event.user_ids,
        "numbers": event.numbers,
        "for_all": event.for_all,
    }


class EventWriter:
    """`take` may be called from the event loop: it only appends. `start` once, `stop` at the end."""

    def __init__(self, *, most_buffered: int = MOST_BUFFERED) -> None:
        self._most = most_buffered
        self._buffer: deque[Waiting] = deque()
        self._gaps: dict[int, Gap] = {}
        self._lock = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)
        self.written = 0
        self.dropped = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 3.0) -> None:
        """Writes what waits, if that can be done in time."""
        with self._lock:
            self._stopping = True
            self._lock.notify()
        self._thread.join(seconds)

    @property
    def waiting(self) -> int:
        return len(self._buffer)

    def take(self, tenant_id: int, events: Iterable[OutEvent]) -> None:
        with self._lock:
            for event in events:
                if len(self._buffer) >= self._most:
                    self._drop(self._buffer.popleft())
                self._buffer.append(Waiting(_key(), tenant_id, event))
            self._lock.notify()

    def _drop(self, one: Waiting) -> None:
        """The oldest goes: what is told late is worth less than what is told now."""
        self.dropped += 1
        gap = self._gaps.setdefault(one.tenant_id, Gap(one.event.at, one.event.at, 0))
        gap.until = max(gap.until, one.event.at)
        gap.dropped += 1

    # --- the thread ---------------------------------------------------------------------------
    def _run(self) -> None:
        failures = 0
        batch: list[Waiting] = []
        while True:
            with self._lock:
                while not batch and not self._buffer and not self._stopping:
                    self._lock.wait()
                if not batch:
                    batch = self._next_batch()
                if not batch:
                    return
            try:
                self._write(batch)
            except _AWAY as error:
                connection.close()
                if failures == 0:
                    log.warning("Events wait for PostgreSQL: %s", str(error).partition("\n")[0])
                time.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1
                if self._stopping and failures > 3:
                    return
                continue
            if failures:
                log.info("PostgreSQL takes events again.")
            if len(batch) >= BUSY_BATCH:
                time.sleep(BUSY_SECONDS)
            failures, batch = 0, []

    def _next_batch(self) -> list[Waiting]:
        """Gaps first: what was dropped is older than all that waits."""
        batch = [
            Waiting(_key(), tenant_id, _gap_event(gap)) for tenant_id, gap in self._gaps.items()
        ]
        self._gaps = {}
        while self._buffer and len(batch) < MOST_IN_BATCH:
            batch.append(self._buffer.popleft())
        return batch

    def _write(self, batch: list[Waiting]) -> None:
        try:
            write_events(batch)
            self.written += len(batch)
        except _AWAY:
            raise
        except (DatabaseError, UnicodeError):
            # one that PostgreSQL does not take (its company is gone) must not hold up the others
            for one in batch:
                self._write_alone(one)

    def _write_alone(self, one: Waiting) -> None:
        try:
            write_events([one])
            self.written += 1
        except _AWAY:
            raise
        except (DatabaseError, UnicodeError):
            self.dropped += 1
            log.exception("An event cannot be written: %s", one.event.type)


def _key() -> str:
    """Keeps no secret: without asking the kernel for each."""
    return f"{random.getrandbits(128):032x}"


def _gap_event(gap: Gap) -> OutEvent:
    data = {
        "reason": "database",
        "from": instant(gap.since),
        "until": instant(gap.until),
        "dropped": gap.dropped,
    }
    return OutEvent(GAP, gap.until, data, for_all=True)
