"""Which tenant a line of the PBX tells of. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from telephony.ledger.lines import CelRecord, QueueRecord

# PJSIP/acme-101-0000002a -> acme-101
_ENDPOINT = re.compile(r"^[A-Za-z][A-Za-z0-9]*/(?P<endpoint>.+)-[0-9a-f]{8}$")
# PJSIP/acme-101, SIP/2001, Agent/1001, Local/2001@from-queue/n, Local/FMPR-2001@from-internal, 2001
_MEMBER = re.compile(
    r"^(?:[A-Za-z0-9]+/(?:[A-Za-z][A-Za-z0-9]{0,30}-)?)?(?P<extension>[0-9]{2,10})"
    r"(?:@[^/]*)?(?:[/-].*)?$"
)
_AGENT = re.compile(r"^(?P<slug>[a-z][a-z0-9]{1,30})-a(?P<agent_id>[0-9]{1,18})$")


IMPORTED = "@"  # no PBX's name in HELIN_PBXES begins so


def import_pbx(slug: str) -> str:
    """The PBX that a company's imported history is kept under, so that no call's id meets another's."""
    return f"{IMPORTED}{slug}"


def is_import(pbx: str) -> bool:
    return pbx.startswith(IMPORTED)


def endpoint_of(channel: str) -> str:
    """The phone or trunk that a channel belongs to; "" for Local and other made-up channels."""
    if channel.startswith("Local/"):
        return ""
    found = _ENDPOINT.match(channel)
    return found["endpoint"] if found else ""


def prefix_of(name: str) -> str:
    """`acme` of `acme-101`; "" for a name that is no tenant's."""
    slug, hyphen, _ = name.partition("-")
    return slug if hyphen else ""


def agent_of_member(member: str) -> int | None:
    """12 of `acme-a12`, as queue members are called."""
    found = _AGENT.match(member)
    return int(found["agent_id"]) if found else None


def extension_of_member(member: str) -> str:
    """`2001` of `Local/2001@from-queue/n`, in the spellings of other PBXs; "" for a name."""
    found = _MEMBER.match(member)
    return found["extension"] if found else ""


def owner_of_queue_line(record: QueueRecord, tenants: Mapping[str, int]) -> int | None:
    """By the queue, else by the member. `tenants`: ids by slug, of those at home on this PBX."""
    for name in (record.queue, record.agent.rpartition("/")[2]):
        tenant_id = tenants.get(prefix_of(name))
        if tenant_id is not None:
            return tenant_id
    return None


def owner_of_cel_line(record: CelRecord, tenants: Mapping[str, int]) -> int | None:
    """By what the dialplan said, else by the phone itself."""
    for slug in (record.tenant_name, record.account, prefix_of(endpoint_of(record.channel))):
        tenant_id = tenants.get(slug)
        if tenant_id is not None:
            return tenant_id
    return None
