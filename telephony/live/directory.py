"""What the reducer must know of one tenant's company data. Pure; a selector builds it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from phonebook.numbers.e164 import normalise


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """`name` is the PBX's (`acme-sales`), `label` the one people read."""

    name: str
    queue_id: int
    group_id: int
    label: str
    wrap_up_seconds: int = 0


@dataclass(frozen=True, slots=True)
class AgentEntry:
    """`interface` is the phone that group calls ring, `interfaces` are all of the agent's.

    Two wishes of the agent: the reason of a pause that is to follow the call, and until when a
    running wrap-up is to last (epoch seconds).
    """

    agent_id: int
    name: str
    user_id: int
    member_name: str
    interface: str = ""
    interfaces: tuple[str, ...] = ()
    extension: str = ""
    group_ids: tuple[int, ...] = ()
    pause_after_call: str | None = None
    wrap_up_until: float | None = None


@dataclass(frozen=True)
class Directory:
    """One tenant's queues, agents, extensions and numbers, with the ways to find them."""

    tenant_id: int
    slug: str
    country: str = ""  # ISO 3166: how its people read numbers
    queues: dict[str, QueueEntry] = field(default_factory=dict)
    agents: dict[int, AgentEntry] = field(default_factory=dict)
    extensions: dict[str, str] = field(default_factory=dict)  # extension -> name of the phone
    numbers: dict[str, int] = field(default_factory=dict)  # digits of a DID -> group id
    agents_by_interface: dict[str, int] = field(default_factory=dict)
    agents_by_member: dict[str, int] = field(default_factory=dict)

    def agent_at(self, interface: str) -> int | None:
        return self.agents_by_interface.get(interface)

    def agent_behind(self, member_name: str, interface: str) -> int | None:
        """The agent of a queue member; the member's name tells, its phone where it does not."""
        found = self.agents_by_member.get(member_name)
        return found if found is not None else self.agents_by_interface.get(interface)

    def is_phone(self, interface: str) -> bool:
        return interface.partition("/")[2].startswith(f"{self.slug}-")

    def users_of_group(self, group_id: int) -> frozenset[int]:
        return self._users_by_group.get(group_id, frozenset())

    @cached_property
    def _users_by_group(self) -> dict[int, frozenset[int]]:
        found: dict[int, set[int]] = {}
        for agent in self.agents.values():
            for group_id in agent.group_ids:
                found.setdefault(group_id, set()).add(agent.user_id)
        return {group_id: frozenset(users) for group_id, users in found.items()}

    def group_of_number(self, number: str) -> int | None:
        return self.numbers.get(digits(number))

    def is_own_number(self, dialled: str) -> bool:
        """Whether one of the company's own numbers was dialled, in whichever way."""
        return self.group_of_number(normalise(dialled, self.country)) is not None

    def name_at(self, extension: str) -> str:
        """Whose phone it is, as people know it: the agent's name or the phone's own; "" unknown."""
        agent = self.agents.get(self.agent_at(f"PJSIP/{self.slug}-{extension}") or 0)
        return agent.name if agent else self.extensions.get(extension, "")

    def name_of_queue_at(self, dialled: str) -> str:
        """What is behind one of the company's own numbers: the label of its group's first queue."""
        group_id = self.group_of_number(normalise(dialled, self.country))
        labels = (queue.label for queue in self.queues.values() if queue.group_id == group_id)
        return next(labels, "") if group_id is not None else ""

    def longest_wrap_up(self, queues: Iterable[str]) -> int:
        found = (self.queues[queue].wrap_up_seconds for queue in queues if queue in self.queues)
        return max(found, default=0)


def digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def make_directory(
    *,
    tenant_id: int,
    slug: str,
    country: str = "",
    queues: Iterable[QueueEntry] = (),
    agents: Iterable[AgentEntry] = (),
    extensions: dict[str, str] | None = None,
    numbers: dict[str, int] | None = None,
) -> Directory:
    by_id = {agent.agent_id: agent for agent in agents}
    return Directory(
        tenant_id=tenant_id,
        slug=slug,
        country=country,
        queues={queue.name: queue for queue in queues},
        agents=by_id,
        extensions=dict(extensions or {}),
        numbers={digits(number): group for number, group in (numbers or {}).items()},
        agents_by_interface={
            interface: agent.agent_id for agent in by_id.values() for interface in agent.interfaces
        },
        agents_by_member={agent.member_name: agent.agent_id for agent in by_id.values()},
    )
