"""What things of a tenant are called in the PBX: always behind its slug, which has no hyphen. Pure."""

from __future__ import annotations


def endpoint_of(tenant: str, extension: str) -> str:
    """A phone: endpoint, auth and address of record in one, and its SIP user (`acme-101`)."""
    return f"{tenant}-{extension}"


def interface_of(tenant: str, extension: str) -> str:
    """How a phone is dialled (`PJSIP/acme-101`)."""
    return f"PJSIP/{endpoint_of(tenant, extension)}"


def queue_of(tenant: str, slug: str) -> str:
    return f"{tenant}-{slug}"


def member_name_of(tenant: str, agent_id: int) -> str:
    """Who a queue's member is, whatever phone rings for him; queue_log carries it."""
    return f"{tenant}-a{agent_id}"


def tenant_of(name: str) -> str:
    """The tenant's slug in the name of any object of the PBX."""
    return name.partition("-")[0]
