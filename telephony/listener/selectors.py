"""The company data that the live state needs, read from the database."""

from __future__ import annotations

from collections.abc import Collection

from callcenter.agents.models import Agent, Device
from callcenter.groups.models import GroupMember, Number, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.live.directory import AgentEntry, Directory, QueueEntry, make_directory


def directories_of(pbx: str, tenant_ids: Collection[int] | None = None) -> list[Directory]:
    """The active tenants of this PBX, or those of them that are named. Five queries each."""
    tenants = Tenant.objects.filter(pbx=pbx, is_active=True)
    if tenant_ids is not None:
        tenants = tenants.filter(pk__in=tenant_ids)
    return [directory_of(tenant) for tenant in tenants.order_by("pk")]


def directory_of(tenant: Tenant) -> Directory:
    with tenant_scope(tenant.pk):
        phones = list(Device.objects.filter(is_active=True))
        return make_directory(
            tenant_id=tenant.pk,
            slug=tenant.slug,
            country=tenant.country,
            queues=_queues(tenant.slug),
            agents=_agents(tenant.slug, phones),
            extensions={phone.extension: phone.name for phone in phones},
            numbers=dict(Number.objects.values_list("e164", "queue__group_id")),
        )


def _queues(slug: str) -> list[QueueEntry]:
    rows = Queue.objects.filter(group__is_active=True).select_related("group")
    return [
        QueueEntry(
            name=f"{slug}-{queue.slug}",
            queue_id=queue.pk,
            group_id=queue.group_id,
            label=queue.name,
            wrap_up_seconds=queue.group.wrap_up_seconds,
        )
        for queue in rows
    ]


def _agents(slug: str, phones: list[Device]) -> list[AgentEntry]:
    groups: dict[int, list[int]] = {}
    places = GroupMember.objects.filter(group__is_active=True).order_by("group_id")
    for agent_id, group_id in places.values_list("agent_id", "group_id"):
        groups.setdefault(agent_id, []).append(group_id)
    own: dict[int, list[Device]] = {}
    for phone in phones:
        if phone.agent_id is not None:
            own.setdefault(phone.agent_id, []).append(phone)
    rung = {phone.pk: phone for phone in phones}
    found = []
    for agent in Agent.objects.filter(is_active=True).select_related("membership"):
        rings = rung.get(agent.device_id or 0)
        until = agent.wrap_up_until
        found.append(
            AgentEntry(
                agent_id=agent.pk,
                name=agent.name,
                user_id=agent.membership.user_id,
                member_name=f"{slug}-a{agent.pk}",
                interface=_interface(slug, rings) if rings else "",
                interfaces=tuple(_interface(slug, mine) for mine in own.get(agent.pk, ())),
                extension=rings.extension if rings else "",
                group_ids=tuple(groups.get(agent.pk, ())),
                pause_after_call=agent.pause_after_call or None,
                wrap_up_until=until.timestamp() if until else None,
            )
        )
    return found


def _interface(slug: str, phone: Device) -> str:
    return f"PJSIP/{slug}-{phone.extension}"
