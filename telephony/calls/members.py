"""What the queue log means by a member, in the spellings of other PBXs. Pure."""

from __future__ import annotations

import re

# PJSIP/acme-101, SIP/2001, Agent/1001, Local/2001@from-queue/n, Local/FMPR-2001@from-internal
_INTERFACE = re.compile(
    r"^[A-Za-z0-9]+/(?:[A-Za-z][A-Za-z0-9]{0,30}-)?(?P<extension>[0-9]{2,10})(?:@.*)?$"
)


def extension_of_member(member: str) -> str:
    """`2001` of `Local/2001@from-queue/n`; "" for a name."""
    found = _INTERFACE.match(member)
    return found["extension"] if found else ""
