"""What the names of the PBX's files say. Pure.

`acme/pbx1-1795294245.47_1_in_12.raw`: the tenant, the outside party's channel, the how-manieth
recording of it, which way the call went, and the group (the dialplan's context `record`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_NAME = re.compile(
    r"(?P<slug>[a-z][a-z0-9]{1,30})/(?P<uniqueid>[A-Za-z0-9.-]{1,150})"
    r"_(?P<count>[0-9]{1,4})_(?P<way>in|out)_(?P<group>[0-9]{1,18})\.raw"
)
_EPOCH = re.compile(r"(?:^|-)([0-9]{9,11})\.[0-9]+$")


@dataclass(frozen=True, slots=True)
class PbxFile:
    name: str
    slug: str
    uniqueid: str
    direction: str
    group_id: int

    @property
    def channel_began_at(self) -> datetime | None:
        found = _EPOCH.search(self.uniqueid)
        return datetime.fromtimestamp(int(found[1]), UTC) if found else None


def read_name(name: str) -> PbxFile | None:
    """None for a file that is none of ours."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    return PbxFile(name, found["slug"], found["uniqueid"], found["way"], int(found["group"]))
