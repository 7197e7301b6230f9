"""What the tables say that a PBX shall be."""

from __future__ import annotations

from collections.abc import Collection

from callcenter.agents.models import Device
from callcenter.groups.models import Clip, GroupMember, Number
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.provisioning.clips import ClipFile
from telephony.provisioning.names import endpoint_of, interface_of, member_name_of, queue_of
from telephony.provisioning.wanted import Place, Route, Seat, Wanted


def wanted_of(pbx: str, tenant_ids: Collection[int] | None = None) -> dict[int, Wanted]:
    """By tenant id, the active tenants at home on `pbx` (among `tenant_ids`). Four queries each."""
    tenants = Tenant.objects.filter(pbx=pbx, is_active=True)
    if tenant_ids is not None:
        tenants = tenants.filter(pk__in=tenant_ids)
    return {tenant.pk: _wanted(tenant) for tenant in tenants.order_by("pk")}


def clips_of(pbx: str) -> list[ClipFile]:
    """Every clip of the active tenants at home on `pbx`, in one small query each."""
    found = []
    for tenant in Tenant.objects.filter(pbx=pbx, is_active=True).order_by("pk"):
        with tenant_scope(tenant.pk):
            rows = Clip.objects.order_by("pk").values_list("pk", "sha256")
            found += [ClipFile(tenant.slug, clip_id, sha256) for clip_id, sha256 in rows]
    return found


def audio_of(clip: ClipFile) -> bytes | None:
    """A whole WAV file; None if the clip has changed or gone meanwhile."""
    tenant = Tenant.objects.get(slug=clip.tenant)
    with tenant_scope(tenant.pk):
        row = Clip.objects.filter(pk=clip.clip_id, sha256=clip.sha256).first()
        return bytes(row.audio) if row else None


def _wanted(tenant: Tenant) -> Wanted:
    with tenant_scope(tenant.pk):
        extensions = Device.objects.filter(is_active=True).values_list("extension", flat=True)
        return Wanted(
            slug=tenant.slug,
            phones=frozenset(endpoint_of(tenant.slug, extension) for extension in extensions),
            routes=_routes(tenant.slug),
            places=_places(tenant.slug),
        )


def _routes(slug: str) -> dict[str, Route]:
    numbers = Number.objects.select_related("queue__group__greeting").defer(
        "queue__group__greeting__audio"
    )
    found = {}
    for number in numbers:
        clip = number.queue.group.greeting
        greeting = ClipFile(slug, clip.pk, clip.sha256).name if clip else ""
        found[number.e164.lstrip("+")] = Route(queue_of(slug, number.queue.slug), greeting)
    return found


def _places(slug: str) -> dict[Seat, Place]:
    """A member sits in every queue of the group, on the phone that the agent's calls ring."""
    rows = GroupMember.objects.filter(
        logged_in=True,
        group__is_active=True,
        agent__is_active=True,
        agent__membership__is_active=True,
        agent__device__is_active=True,
        group__queues__isnull=False,
    ).values_list("agent_id", "agent__device__extension", "penalty", "group__queues__slug")
    return {
        (queue_of(slug, queue), interface_of(slug, extension)): Place(
            member_name_of(slug, agent_id), penalty
        )
        for agent_id, extension, penalty, queue in rows
    }
