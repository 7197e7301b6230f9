"""The running demo, described for scripts that drive it from outside."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from callcenter.agents.models import Device
from callcenter.demo import secrets
from callcenter.demo.company import COMPANIES, OPERATOR, PASSWORD, DemoCompany
from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope


def describe_demo() -> dict[str, Any]:
    """Address, tenants with logins, groups, phones and keys, and the carrier. JSON-able."""
    host, _, port = settings.SIP_SERVER.rpartition(":")
    carrier_host, _, carrier_port = settings.DEMO_CARRIER.rpartition(":")
    by_slug = {tenant.slug: tenant for tenant in Tenant.objects.all()}
    return {
        "address": settings.PUBLIC_URL,
        "simulated": any(pbx.simulated for pbx in settings.PBXES.values()),
        "operator": {"email": OPERATOR, "password": PASSWORD},
        "tenants": [
            _tenant(company, by_slug[company.slug], host, int(port))
            for company in COMPANIES
            if company.slug in by_slug
        ],
        "carrier": {
            "bind": carrier_host,
            "port": int(carrier_port),
            "server": host,
            "server_port": int(port),
        },
    }


def _tenant(company: DemoCompany, tenant: Tenant, host: str, port: int) -> dict[str, Any]:
    with tenant_scope(tenant.pk):
        groups = AgentGroup.objects.prefetch_related("queues__numbers", "members").order_by("pk")
        devices = Device.objects.select_related("agent__membership__user").filter(is_active=True)
        return {
            "slug": tenant.slug,
            "name": tenant.name,
            "url": f"{settings.PUBLIC_URL}/t/{tenant.slug}/",
            "logins": [
                {"role": role, "email": company.email(who), "password": PASSWORD, "name": name}
                for role, who, name in [
                    *(
                        ("agent", f"agent{index}", name)
                        for index, name in enumerate(company.agents, 1)
                    ),
                    ("supervisor", "supervisor", company.supervisor),
                    ("manager", "manager", company.manager),
                    ("admin", "admin", company.admin),
                ]
            ],
            "groups": [_group(group, tenant) for group in groups],
            "phones": [_phone(device, tenant, host, port) for device in devices],
            "api_key": secrets.api_key(tenant.slug),
            "wallboard": (
                f"{settings.PUBLIC_URL}/wallboard/{secrets.wallboard_token(tenant.slug)}/"
            ),
        }


def _group(group: AgentGroup, tenant: Tenant) -> dict[str, Any]:
    queues = list(group.queues.all())
    return {
        "id": group.pk,
        "name": group.name,
        "slug": group.slug,
        "queue": f"{tenant.slug}-{queues[0].slug}" if queues else None,
        "numbers": [number.e164 for queue in queues for number in queue.numbers.all()],
        "agents": [member.agent_id for member in group.members.all()],
        "wrap_up_seconds": group.wrap_up_seconds,
    }


def _phone(device: Device, tenant: Tenant, host: str, port: int) -> dict[str, Any]:
    username = f"{tenant.slug}-{device.extension}"
    agent = device.agent
    return {
        "extension": device.extension,
        "username": username,
        "password": secrets.phone_secret(username),
        "realm": settings.SIP_REALM,
        "server": host,
        "port": port,
        "agent_id": agent.pk if agent else None,
        "agent_email": agent.membership.user.email if agent else None,
        "agent_name": agent.name if agent else None,
    }
