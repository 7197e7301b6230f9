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
    STATISTICS = "statistics.see"
    REPORTS = "reports.manage"  # order reports, see what was sent to whom
    RECORDINGS_OWN = "recordings.listen_own"  # of calls one took part in
    RECORDINGS_LISTEN = "recordings.listen"
    RECORDINGS_DOWNLOAD = "recordings.download"
    RECORDINGS_DELETE = "recordings.delete"
    RECORDINGS_KEEP = "recordings.keep"  # mark to be kept longer
    RECORDINGS_CONTROL = "recordings.control"  # pause and resume during a call
    PRIVACY = "privacy.manage"  # search a person, export, erase, legal hold
    CALLS_MAKE = "calls.make"  # click to call
    CALLBACKS = "callbacks.work"  # the lost calls and their callbacks
    PHONEBOOK_GROUP = "phonebook.manage_group"  # contacts of one's groups
    PHONEBOOK_COMPANY = "phonebook.manage"  # the company's contacts, sources, naming order
    EVENTS_OUT = "events.manage"  # webhooks and other subscriptions


class ApiScope(StrEnum):
    """What an API key may; `write` does not include `read`."""

    LIVE_READ = "live:read"
    GROUPS_READ = "groups:read"
    AGENTS_READ = "agents:read"
    AGENTS_WRITE = "agents:write"  # log in and out, pause, resume
    CALLS_READ = "calls:read"
    CALLS_WRITE = "calls:write"  # make calls ring
    STATISTICS_READ = "statistics:read"
    RECORDINGS_READ = "recordings:read"
    REPORTS_READ = "reports:read"
    PHONEBOOK_READ = "phonebook:read"
    PHONEBOOK_WRITE = "phonebook:write"
    CALLBACKS_READ = "callbacks:read"
    CALLBACKS_WRITE = "callbacks:write"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"  # webhooks


_AGENT = frozenset(
    {
        Right.DESK,
        Right.CALLS_OWN,
        Right.CALLS_GROUP,
        Right.CALLS_NUMBERS,
        Right.CALLS_MAKE,
        Right.CALLBACKS,
        Right.RECORDINGS_CONTROL,
    }
)
_SUPERVISOR = _AGENT | {
    Right.LIVE_SEE,
    Right.LIVE_ACT,
    Right.LIVE_LISTEN,
    Right.CALLS_ALL,
    Right.STATISTICS,
    Right.PHONEBOOK_GROUP,
}
_MANAGER = _SUPERVISOR | {
    Right.WALLBOARD,
    Right.EXPORT,
    Right.GROUPS_MANAGE,
    Right.AUDIT_SEE,
    Right.SETTINGS,
    Right.REPORTS,
    Right.RECORDINGS_OWN,
    Right.RECORDINGS_LISTEN,
    Right.RECORDINGS_DOWNLOAD,
    Right.RECORDINGS_DELETE,
    Right.RECORDINGS_KEEP,
    Right.PHONEBOOK_COMPANY,
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
