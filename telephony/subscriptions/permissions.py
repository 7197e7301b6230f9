"""Whom an event concerns: a program with a key sees its company's, a person his own and his
groups'."""

from __future__ import annotations

from dataclasses import dataclass, field

from callcenter.accounts.permissions import Person, Right
from callcenter.groups.models import GroupMember
from telephony.subscriptions.wire import Kept


@dataclass(frozen=True, slots=True)
class Reader:
    """What one reader may see. A person sees what concerns him in full, whatever his rights."""

    sees_all: bool = False
    sees_numbers: bool = True
    group_ids: frozenset[int] = field(default_factory=frozenset)
    user_id: int | None = None

    def may_see(self, event: Kept) -> bool:
        return (
            self.sees_all
            or event.for_all
            or self.is_concerned(event)
            or not self.group_ids.isdisjoint(event.group_ids)
        )

    def is_concerned(self, event: Kept) -> bool:
        return self.user_id is not None and self.user_id in event.user_ids

    def hides_numbers(self, event: Kept) -> bool:
        return not self.sees_numbers and not self.is_concerned(event)


PROGRAM = Reader(sees_all=True)


def reader_of(person: Person) -> Reader:
    """As the live screens have it: supervisors all or their groups, agents the groups they work
    in. In the person's tenant's scope; one query."""
    supervises = person.may(Right.LIVE_SEE)
    groups: frozenset[int] = person.group_ids if supervises else frozenset()
    if person.agent_id is not None and person.may(Right.DESK):
        places = GroupMember.objects.filter(agent_id=person.agent_id, group__is_active=True)
        groups |= frozenset(places.values_list("group_id", flat=True))
    return Reader(
        sees_all=supervises and not person.group_ids,
        sees_numbers=person.may(Right.CALLS_NUMBERS),
        group_ids=groups,
        user_id=person.user_id,
    )
