"""What a courier reads and writes: leases, cursors, the log. All of it across tenants, in threads.

A lease is a webhook in one courier's hands. Everything written names the owner and the turn, so a
courier whose lease is over, or whose webhook a person has moved, changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.db import connection, transaction

from callcenter.outbound.sealing import SealBroken, unseal
from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.subscriptions import selectors
from telephony.subscriptions.models import About, OutwardEvent, Webhook, WebhookDelivery
from telephony.subscriptions.wire import Wanted

LEASE_SECONDS = 30.0
MOST_CLAIMED = 50
_WHY = "couriers carry the webhooks of every tenant"

_CLAIM = """
UPDATE telephony_webhook SET lease_owner = %(owner)s, lease_until = %(until)s
WHERE id IN (
  SELECT w.id FROM telephony_webhook w
  WHERE (w.lease_until IS NULL OR w.lease_until < %(now)s)
    AND (w.test_asked_at IS NOT NULL
         OR w.state = 'active' AND (w.next_try_at IS NULL OR w.next_try_at <= %(now)s)
            AND EXISTS (SELECT FROM telephony_outwardevent e
                        WHERE e.tenant_id = w.tenant_id AND e.id > w.cursor))
  ORDER BY w.lease_until NULLS FIRST, w.id
  FOR UPDATE OF w SKIP LOCKED LIMIT %(most)s)
RETURNING id
"""


@dataclass(slots=True)
class Parcel:
    """A leased webhook with all that is needed to carry for it."""

    webhook_id: int
    tenant_id: int
    turn: int
    url: str
    secret: str
    wanted: Wanted
    cursor: int
    attempts: int
    failing_since: float | None
    is_due: bool
    wants_test: bool


@dataclass(slots=True)
class Entry:
    """What became of a parcel, to be written: the fields of the webhook and the attempts."""

    turn: int
    fields: dict[str, Any] = field(default_factory=dict)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    # the lease goes back with it
    releases: bool = False


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def claim(owner: str, now: float, most: int = MOST_CLAIMED) -> list[Parcel]:
    """Webhooks with something to do that nobody carries; they are ours for LEASE_SECONDS."""
    with system_scope(_WHY):
        with connection.cursor() as cursor:
            cursor.execute(
                _CLAIM,
                {
                    "owner": owner, "now": moment(now), "most": most,
                    "until": moment(now + LEASE_SECONDS),
                },
            )  # fmt: skip
            ids = [pk for (pk,) in cursor.fetchall()]
        if not ids:
            return []
        rows = Webhook.objects.select_related("number__queue", "device").filter(pk__in=ids)
        return [_parcel(row, now) for row in rows]


def _parcel(row: Webhook, now: float) -> Parcel:
    try:
        secret = unseal(row.secret)
    except SealBroken:
        secret = ""
    return Parcel(
        webhook_id=row.pk,
        tenant_id=cast(int, row.tenant_id),
        turn=row.turn,
        url=row.url,
        secret=secret,
        wanted=wanted_by(row),
        cursor=row.cursor,
        attempts=row.attempts,
        failing_since=row.failing_since.timestamp() if row.failing_since else None,
        is_due=row.state == "active"
        and (row.next_try_at is None or row.next_try_at <= moment(now)),
        wants_test=row.test_asked_at is not None,
    )


def wanted_by(row: Webhook) -> Wanted:
    groups = frozenset({row.group_id}) if row.about == About.GROUP and row.group_id else None
    numbers = frozenset({row.e164}) if row.about == About.NUMBER else None
    agents = frozenset({row.device_agent or 0}) if row.about == About.PHONE else None
    return Wanted(
        types=frozenset(row.types),
        group_ids=groups or frozenset(),
        numbers=numbers or frozenset(),
        agent_ids=agents or frozenset(),
    )


def events_after(
    tenant_id: int, webhook_id: int, cursor: int, most: int
) -> tuple[Sequence[OutwardEvent], bool]:
    """With whether a test is asked for. Raises Unlinked, which is looked at before each batch."""
    with tenant_scope(tenant_id):
        rows = Webhook.objects.select_related("number__queue", "device")
        row = rows.filter(pk=webhook_id).first()
        if row is None or selectors.has_moved(row):
            raise Unlinked
        return selectors.kept_after(cursor, most), row.test_asked_at is not None


class Unlinked(Exception):
    """The webhook's number or group is not what it was linked to; or the webhook is gone."""


def renew(owner: str, now: float) -> set[tuple[int, int]]:
    """The (webhook, turn) pairs that are still ours, for LEASE_SECONDS more."""
    with system_scope(_WHY):
        mine = Webhook.objects.filter(lease_owner=owner)
        mine.update(lease_until=moment(now + LEASE_SECONDS))
        return set(mine.values_list("pk", "turn"))


def write_book(owner: str, book: dict[int, Entry], tenants: dict[int, int]) -> set[int]:
    """Everything in one transaction; returns the webhooks that are no longer ours.

    The attempts of those are kept all the same: they did happen.
    """
    lost: set[int] = set()
    with system_scope(_WHY), transaction.atomic():
        for pk, entry in sorted(book.items()):
            fields = dict(entry.fields)
            if entry.releases:
                fields |= {"lease_owner": "", "lease_until": None}
            if not fields:
                continue
            mine = Webhook.objects.filter(pk=pk, lease_owner=owner, turn=entry.turn)
            if not mine.update(**fields):
                lost.add(pk)
        known = set(Webhook.objects.filter(pk__in=book).values_list("pk", flat=True))
        WebhookDelivery.objects.bulk_create(
            WebhookDelivery(webhook_id=pk, tenant_id=tenants[pk], **attempt)
            for pk, entry in sorted(book.items())
            if pk in known
            for attempt in entry.attempts
        )
    return lost


def give_back(owner: str) -> None:
    """All leases, at the end of a courier: the others need not wait for them to run out."""
    with system_scope(_WHY):
        Webhook.objects.filter(lease_owner=owner).update(lease_owner="", lease_until=None)


def purge(now: datetime, keep_events: timedelta, keep_deliveries: timedelta) -> int:
    """Old events and deliveries of every tenant, in short transactions; how many rows went."""
    gone = 0
    with system_scope("old events of every tenant go together"), connection.cursor() as cursor:
        while True:
            with transaction.atomic():
                cursor.execute(_PURGE, [now - keep_events])
                went: int = cursor.fetchone()[0]
            gone += went
            if not went:
                break
        while True:
            cursor.execute(_PURGE_LOG, [now - keep_deliveries])
            went = int(cursor.rowcount)
            gone += went
            if not went:
                return gone


# the oldest alone are looked at: their ids come in the order of their times, near enough; the
# horizon moves in the same statement as they go
_PURGE = """
WITH oldest AS (
  SELECT tenant_id, id, at FROM telephony_outwardevent ORDER BY id LIMIT 10000
), gone AS (
  DELETE FROM telephony_outwardevent e USING oldest WHERE e.id = oldest.id AND oldest.at < %s
  RETURNING e.tenant_id, e.id
), moved AS (
  INSERT INTO telephony_eventhorizon (tenant_id, purged_through)
  SELECT tenant_id, max(id) FROM gone GROUP BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE
    SET purged_through = greatest(telephony_eventhorizon.purged_through, excluded.purged_through)
)
SELECT count(*) FROM gone
"""
_PURGE_LOG = """
DELETE FROM telephony_webhookdelivery d
USING (SELECT id, at FROM telephony_webhookdelivery ORDER BY id LIMIT 10000) oldest
WHERE d.id = oldest.id AND oldest.at < %s
"""
