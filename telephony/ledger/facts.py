"""Keeping what the company's data said, so that calls can be built again as they were.

Looked at with every batch, for the tenants that it tells of; written only when something changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.agents.models import Device
from callcenter.groups.models import AgentGroup, Number, Queue
from telephony.ledger.models import CompanyFact

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_BACKDATING = timedelta(hours=1)

Facts = dict[tuple[int, str, str], dict[str, Any]]  # tenant id, kind, name


def facts_now(tenant_ids: Iterable[int]) -> Facts:
    """Queues with their groups and thresholds, phones with their agents, numbers. Four queries."""
    wanted = list(tenant_ids)
    found: Facts = {}
    for queue in Queue.objects.filter(tenant_id__in=wanted).select_related("group", "tenant"):
        found[queue.tenant.pk, "queue", f"{queue.tenant.slug}-{queue.slug}"] = {
            "queue_id": queue.pk,
            "group_id": queue.group_id,
            "short_abandon_seconds": queue.group.short_abandon_seconds,
            "answer_within_seconds": queue.group.answer_within_seconds,
            "service_level_mode": queue.group.service_level_mode,
        }
    devices = Device.objects.filter(tenant_id__in=wanted).values_list(
        "tenant_id", "extension", "agent_id", "rings_for"
    )
    for tenant_id, extension, agent_id, rings_for in devices:
        found[tenant_id, "phone", extension] = {"agent_id": agent_id or rings_for}
    shown = AgentGroup.objects.filter(tenant_id__in=wanted).exclude(caller_id="")
    for tenant_id, number, group_id in shown.values_list("tenant_id", "caller_id", "pk"):
        found[tenant_id, "number", number.lstrip("+")] = {"queue_id": None, "group_id": group_id}
    numbers = Number.objects.filter(tenant_id__in=wanted).values_list(
        "tenant_id", "e164", "queue_id", "queue__group_id"
    )
    for tenant_id, number, queue_id, group_id in numbers:
        found[tenant_id, "number", number.lstrip("+")] = {
            "queue_id": queue_id,
            "group_id": group_id,
        }
    return found


def facts_kept(tenant_ids: Iterable[int]) -> Facts:
    """The latest of each."""
    rows = (
        # not of imported names: what they mean was decided by the import
        CompanyFact.objects.filter(
            tenant_id__in=list(tenant_ids), kind__in=("queue", "phone", "number")
        )
        .order_by("tenant_id", "kind", "name", "-since")
        .distinct("tenant_id", "kind", "name")
    )
    values = rows.values_list("tenant_id", "kind", "name", "facts")
    return {(tenant_id, kind, name): facts for tenant_id, kind, name, facts in values}


def notice_facts(*, tenant_ids: Iterable[int], since: datetime, at: datetime) -> int:
    """Keeps what differs from the last time; returns how much did.

    `since` is the earliest line of the batch: calls that began before it keep what they had. What
    is noticed for the first time holds for all the time before, too.
    """
    wanted = list(tenant_ids)
    now, kept = facts_now(wanted), facts_kept(wanted)
    begins = max(min(since, at), at - LONGEST_BACKDATING)
    changed = {key: facts for key, facts in now.items() if kept.get(key) != facts}
    changed.update({key: {} for key, facts in kept.items() if facts and key not in now})
    CompanyFact.objects.bulk_create(
        (
            CompanyFact(
                tenant_id=key[0],
                kind=key[1],
                name=key[2],
                since=begins if key in kept else ALWAYS,
                facts=facts,
            )
            for key, facts in changed.items()
        ),
        update_conflicts=True,
        unique_fields=["tenant", "kind", "name", "since"],
        update_fields=["facts"],
    )
    return len(changed)
