"""Who may what: one table of rights per role, with exceptions per person.

A right is a word `room.verb`. Doors ask `person.may("calls.see_all")`; nothing else decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Right(StrEnum):
    DESK = "desk.use"  # work as an agent: log in to groups, pause, own calls
    LIVE_SEE = "live.see"  # supervisors' live screen
    LIVE_ACT = "live.act"  # pause, resume, log in and out, hang up for others
    LIVE_LISTEN = "live.listen"  # spy, whisper, barge
    WALLBOARD = "wallboard.manage"  # make and revoke wallboard addresses
    CALLS_OWN = "calls.see_own"
    CALLS_GROUP = "calls.see_group"  # calls of the groups one is a member of
    CALLS_ALL = "calls.see_all"
    CALLS_NUMBERS = "calls.see_numbers"  # the callers' numbers of others' calls, unmasked
    EXPORT = "calls.export"
    GROUPS_MANAGE = "groups.manage"  # groups, queues, members, numbers, calendars, clips
    PEOPLE_MANAGE = "people.manage"  # users, agents, devices
    RIGHTS_MANAGE = "people.manage_rights"
    AUDIT_SEE = "audit.see"
    API_KEYS = "api_keys.manage"
    SETTINGS = "settings.manage"  # pause reasons, outgoing destinations, tenant settings


class ApiScope(StrEnum):
    """What an API key may; `write` does not include `read`."""

    LIVE_READ = "live:read"
    GROUPS_READ = "groups:read"
    AGENTS_READ = "agents:read"
    AGENTS_WRITE = "agents:write"  # log in and out, pause, resume
    CALLS_READ = "calls:read"


_AGENT = frozenset({Right.DESK, Right.CALLS_OWN, Right.CALLS_GROUP, Right.CALLS_NUMBERS})
_SUPERVISOR = _AGENT | {Right.LIVE_SEE, Right.LIVE_ACT, Right.LIVE_LISTEN, Right.CALLS_ALL}
_MANAGER = _SUPERVISOR | {
    Right.WALLBOARD,
    Right.EXPORT,
    Right.GROUPS_MANAGE,
    Right.AUDIT_SEE,
    Right.SETTINGS,
}
ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    "agent": _AGENT,
    "supervisor": frozenset(_SUPERVISOR),
    "manager": frozenset(_MANAGER),
    "admin": frozenset(Right),
}
# what an operator may inside a tenant he visits: everything but act as an agent
OPERATOR_RIGHTS = frozenset(Right) - {Right.DESK}


@dataclass(frozen=True, slots=True)
class Person:
    """One signed-in person inside one tenant, as the doors see it (`request.person`)."""

    user_id: int
    name: str
    tenant_id: int
    role: str
    rights: frozenset[Right]
    group_ids: frozenset[int] = field(default_factory=frozenset)  # empty: all groups
    agent_id: int | None = None

    def may(self, right: Right) -> bool:
        return right in self.rights

    def may_in_group(self, right: Right, group_id: int) -> bool:
        return right in self.rights and (not self.group_ids or group_id in self.group_ids)


def rights_of(
    role: str, extra: list[str] | tuple[str, ...] = (), denied: list[str] | tuple[str, ...] = ()
) -> frozenset[Right]:
    """The role's rights, plus the person's own, minus what is denied; unknown words are dropped."""
    known = {right.value: right for right in Right}
    added = {known[word] for word in extra if word in known}
    taken = {known[word] for word in denied if word in known}
    return (ROLE_RIGHTS.get(role, frozenset()) | added) - taken
