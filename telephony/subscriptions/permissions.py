"""Whom an event concerns: a program with a key sees its company's, a person his own and his
groups'."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from callcenter.accounts.permissions import ApiScope, Person, Right
from callcenter.groups.models import GroupMember
from telephony.subscriptions.vocabulary import CALLBACKS, NOTE_WRITTEN, RECORDING_READY
from telephony.subscriptions.wire import Kept

# facts of other rooms need what reading them there needs
SCOPES = {
    **dict.fromkeys(CALLBACKS, ApiScope.CALLBACKS_READ),
    RECORDING_READY: ApiScope.RECORDINGS_READ,
    NOTE_WRITTEN: ApiScope.PHONEBOOK_READ,
}
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reader:
    """What one reader may see. A person sees what concerns him in full, whatever his rights.

    `never`: types that are not for this reader; `own`: those of which only what concerns him is.
    """

    sees_all: bool = False
    sees_numbers: bool = True
    group_ids: frozenset[int] = field(default_factory=frozenset)
    user_id: int | None = None
    never: frozenset[str] = _NONE
    own: frozenset[str] = _NONE

    def may_see(self, event: Kept) -> bool:
        if event.type in self.never:
            return False
        if event.type in self.own:
            return self.is_concerned(event)
        return (
            self.sees_all
            or event.for_all
            or event.type == NOTE_WRITTEN  # a public note is for everybody of the company
            or self.is_concerned(event)
            or not self.group_ids.isdisjoint(event.group_ids)
        )

    def is_concerned(self, event: Kept) -> bool:
        return self.user_id is not None and self.user_id in event.user_ids

    def hides_numbers(self, event: Kept) -> bool:
        return not self.sees_numbers and not self.is_concerned(event)


def program(scopes: Collection[str]) -> Reader:
    """A program with a key sees all of its company that the key's scopes are for."""
    return Reader(sees_all=True, never=types_beyond(scopes))


def types_beyond(scopes: Collection[str]) -> frozenset[str]:
    """Types that a key with these scopes may not read."""
    return frozenset(word for word, scope in SCOPES.items() if scope.value not in scopes)


def reader_of(person: Person) -> Reader:
    """As the live screens have it: supervisors all or their groups, agents the groups they work
    in. In the person's tenant's scope; one query."""
    supervises = person.may(Right.LIVE_SEE)
    groups: frozenset[int] = person.group_ids if supervises else frozenset()
    if person.agent_id is not None and person.may(Right.DESK):
        places = GroupMember.objects.filter(agent_id=person.agent_id, group__is_active=True)
        groups |= frozenset(places.values_list("group_id", flat=True))
    never, own = _withheld(person)
    return Reader(
        sees_all=supervises and not person.group_ids,
        sees_numbers=person.may(Right.CALLS_NUMBERS),
        group_ids=groups,
        user_id=person.user_id,
        never=never,
        own=own,
    )


def _withheld(person: Person) -> tuple[frozenset[str], frozenset[str]]:
    """As the pages of recordings and callbacks have it."""
    never, own = _NONE, _NONE
    if not person.may(Right.CALLBACKS):
        never |= CALLBACKS
    elif not (person.may(Right.CALLS_ALL) or person.may(Right.CALLS_GROUP)):
        own |= CALLBACKS
    if not person.may(Right.RECORDINGS_LISTEN):
        heard = person.may(Right.RECORDINGS_OWN)
        own, never = (own | {RECORDING_READY}, never) if heard else (own, never | {RECORDING_READY})
    return never, own
