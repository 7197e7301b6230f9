"""Which calls a person may see, and whose numbers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from callcenter.accounts.permissions import Person, Right
from callcenter.groups.models import GroupMember


@dataclass(frozen=True, slots=True)
class CallSight:
    """What one person sees of the calls. `group_ids` None: those of all groups and of none."""

    group_ids: frozenset[int] | None
    agent_id: int | None
    sees_numbers: bool

    @property
    def limits(self) -> Q:
        """A condition on Call; empty where nothing is hidden."""
        if self.group_ids is None:
            return Q()
        allowed = Q(pk__in=())
        if self.group_ids:
            allowed |= Q(group_ids__overlap=sorted(self.group_ids))
        if self.agent_id is not None:
            allowed |= Q(agent_ids__contains=[self.agent_id])
        return allowed

    def may_see_number(self, agent_ids: Collection[int]) -> bool:
        return self.sees_numbers or (self.agent_id is not None and self.agent_id in agent_ids)


def sight_of(person: Person) -> CallSight:
    """All calls, those of one's groups, or one's own; a membership's groups limit the first two."""
    groups: frozenset[int] | None = frozenset()
    if person.may(Right.CALLS_ALL):
        groups = person.group_ids or None
    elif person.may(Right.CALLS_GROUP) and person.agent_id is not None:
        mine = GroupMember.objects.filter(agent_id=person.agent_id)
        groups = frozenset(mine.values_list("group_id", flat=True))
        if person.group_ids:
            groups &= person.group_ids
    return CallSight(groups, person.agent_id, person.may(Right.CALLS_NUMBERS))
