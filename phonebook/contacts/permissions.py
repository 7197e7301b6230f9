"""Which books and contacts somebody sees, and which he may change."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from callcenter.accounts.permissions import Person, Right
from callcenter.groups.models import GroupMember
from phonebook.contacts.models import BookKind, Contact, Phonebook, Visibility


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody before the phonebooks. `user_id` None: a program, which has nothing of its own.

    `manages_groups` None: all of them.
    """

    user_id: int | None
    in_groups: frozenset[int]
    manages_groups: frozenset[int] | None
    manages_company: bool

    def manages_group(self, group_id: int | None) -> bool:
        return self.manages_groups is None or group_id in self.manages_groups

    def manages(self, book: Phonebook) -> bool:
        """May say what is in the book, whoever put it there; the owner of a personal one may."""
        if book.kind == BookKind.PERSONAL:
            return self.user_id is not None and book.owner_id == self.user_id
        if book.kind == BookKind.GROUP:
            return self.manages_group(book.group_id)
        return self.manages_company

    def reads(self, book: Phonebook) -> bool:
        if book.kind == BookKind.GROUP:
            return self.manages_group(book.group_id) or book.group_id in self.in_groups
        return book.kind == BookKind.COMPANY or self.manages(book)

    def adds_to(self, book: Phonebook) -> bool:
        return self.manages(book) or (book.members_add and self.reads(book))

    def sees(self, contact: Contact) -> bool:
        return self.reads(contact.book) and (
            contact.visibility == Visibility.PUBLIC or self._made(contact)
        )

    def changes(self, contact: Contact) -> bool:
        """A personal contact its owner; others who manages the book, and who made it where
        members may add. What is private stays its maker's alone."""
        if not self.sees(contact):
            return False
        return self.manages(contact.book) or (self._made(contact) and contact.book.members_add)

    def _made(self, contact: Contact) -> bool:
        return self.user_id is not None and contact.creator_id == self.user_id

    @property
    def books(self) -> Q:
        """A condition on Phonebook: those that this reader reads."""
        found = Q(kind=BookKind.COMPANY)
        if self.user_id is not None:
            found |= Q(kind=BookKind.PERSONAL, owner_id=self.user_id)
        if self.manages_groups is None:
            return found | Q(kind=BookKind.GROUP)
        return found | Q(kind=BookKind.GROUP, group_id__in=self.in_groups | self.manages_groups)

    @property
    def contacts(self) -> Q:
        """A condition on the Contacts of those books."""
        seen = Q(visibility=Visibility.PUBLIC)
        return seen | Q(creator_id=self.user_id) if self.user_id is not None else seen


PROGRAM = Reader(None, frozenset(), None, manages_company=True)


def reader_of(person: Person) -> Reader:
    """One query at most."""
    mine: frozenset[int] = frozenset()
    if person.agent_id is not None:
        rows = GroupMember.objects.filter(agent_id=person.agent_id)
        mine = frozenset(rows.values_list("group_id", flat=True))
    managed: frozenset[int] | None = frozenset()
    if person.may(Right.PHONEBOOK_GROUP):
        managed = person.group_ids or None
    return Reader(person.user_id, mine, managed, person.may(Right.PHONEBOOK_COMPANY))
