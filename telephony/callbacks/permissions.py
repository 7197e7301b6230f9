"""Whose lost calls a person works on: those of the groups whose calls he sees, and what he was given."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from callcenter.accounts.permissions import Person
from telephony.calls.permissions import sight_of


@dataclass(frozen=True, slots=True)
class CallbackSight:
    """`group_ids` None: those of all groups and of none. `user_id` None: an API key."""

    group_ids: frozenset[int] | None
    user_id: int | None
    sees_numbers: bool

    @property
    def limits(self) -> Q:
        """A condition on Callback; empty where nothing is hidden."""
        if self.group_ids is None:
            return Q()
        allowed = Q(assigned_to=self.user_id) if self.user_id is not None else Q(pk__in=())
        if self.group_ids:
            allowed |= Q(group_ids__overlap=sorted(self.group_ids))
        return allowed


EVERYTHING = CallbackSight(None, None, True)


def callbacks_seen_by(person: Person) -> CallbackSight:
    sight = sight_of(person)
    return CallbackSight(sight.group_ids, person.user_id, sight.sees_numbers)
