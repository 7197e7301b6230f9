"""Calls made as private. Pure.

The name of such a call says so, and goes with it through the PBX: whoever meets the call, live, in
the log or in the dialplan, knows without asking. Of others nobody is told whom it is with, and it
is not recorded.
"""

from __future__ import annotations

PRIVATELY = "c2c-p-"  # as the dialplan has it, too: [record] in extensions.conf


def is_private(linkedid: str) -> bool:
    return linkedid.startswith(PRIVATELY)
