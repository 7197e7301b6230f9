"""Which recordings a person may hear, and whose numbers stand beside them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from callcenter.accounts.permissions import Person, Right

HEARS = (Right.RECORDINGS_OWN, Right.RECORDINGS_LISTEN)


@dataclass(frozen=True, slots=True)
class RecordingSight:
    """`group_ids` None: those of all groups. `agent_id`: also those that this agent is in."""

    group_ids: frozenset[int] | None
    agent_id: int | None
    sees_numbers: bool

    @property
    def limits(self) -> Q:
        """A condition on Recording; empty where nothing is hidden."""
        if self.group_ids is None:
            return Q()
        allowed = Q(pk__in=())
        if self.group_ids:
            allowed |= Q(group_id__in=sorted(self.group_ids))
        if self.agent_id is not None:
            allowed |= Q(agent_ids__contains=[self.agent_id])
        return allowed

    def may_see_number(self, agent_ids: Collection[int]) -> bool:
        return self.sees_numbers or (self.agent_id is not None and self.agent_id in agent_ids)


EVERYTHING = RecordingSight(group_ids=None, agent_id=None, sees_numbers=True)


def sight_of(person: Person) -> RecordingSight:
    """All, or of the groups that limit the person; and those of one's own calls by that right."""
    groups: frozenset[int] | None = frozenset()
    if person.may(Right.RECORDINGS_LISTEN):
        groups = person.group_ids or None
    own = person.agent_id if person.may(Right.RECORDINGS_OWN) else None
    return RecordingSight(groups, own, person.may(Right.CALLS_NUMBERS))
