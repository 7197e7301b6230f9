"""Reading phonebooks for pages and the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from callcenter.tenants.scope import current_tenant_id
from phonebook.contacts.models import BookKind, Contact, ContactNumber, Phonebook, Visibility
from phonebook.contacts.permissions import Reader
from phonebook.numbers.kinds import NumberKind

PAGE = 50
MOST_DUPLICATES = 50
_ORDER = Case(
    When(kind=BookKind.PERSONAL, then=Value(0)),
    When(kind=BookKind.GROUP, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def books_read(reader: Reader) -> QuerySet[Phonebook]:
    """Personal first, then groups, then the company's."""
    return (
        Phonebook.objects.filter(reader.books)
        .select_related("group")
        .order_by(_ORDER, "name", "pk")
    )


def book_ids_read(reader: Reader) -> list[int]:
    return list(Phonebook.objects.filter(reader.books).order_by().values_list("pk", flat=True))


def with_numbers(contacts: Sequence[Contact]) -> list[Contact]:
    """Gives each its numbers in one query; Django's own way asks the manager once for each."""
    found: dict[int, list[ContactNumber]] = {one.pk: [] for one in contacts}
    rows = ContactNumber.objects.filter(contact__in=list(found)).order_by("position", "pk")
    for number in rows:
        found[number.contact_id].append(number)
    for one in contacts:
        cache: dict[str, object] = one.__dict__.setdefault("_prefetched_objects_cache", {})
        cache["numbers"] = found[one.pk]
    return list(contacts)


def contacts_seen(reader: Reader) -> QuerySet[Contact]:
    """Neither ordered nor bounded: for one object, or to be filtered further."""
    return (
        Contact.objects.filter(reader.contacts, deleted_at=None)
        .filter(book__in=Phonebook.objects.filter(reader.books).order_by())
        .select_related("book__group", "creator")
        .prefetch_related("numbers")
    )


@dataclass(frozen=True, slots=True)
class Cursor:
    """After this contact in the order of the list."""

    sort_name: str
    id: int

    def __str__(self) -> str:
        return f"{self.id}-{self.sort_name.encode().hex()}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """None for what is no cursor. Any letters are a place in the order, though none may be
        there any more."""
        pk, dash, packed = text.partition("-")
        if not dash or not (pk.isascii() and pk.isdigit() and len(pk) <= 18):
            return None
        try:
            name = bytes.fromhex(packed).decode(errors="replace")
        except ValueError:
            return None
        return cls(name.replace("\0", ""), int(pk))


@dataclass(frozen=True, slots=True)
class ContactPage:
    contacts: list[Contact]
    next: Cursor | None


def page_of_contacts(
    reader: Reader, book: Phonebook, after: Cursor | None = None, size: int = PAGE
) -> ContactPage:
    """By name. Two queries, whatever the size of the book."""
    rows = Contact.objects.filter(reader.contacts, book=book, deleted_at=None)
    if after is not None:
        rows = rows.filter(
            Q(sort_name__gt=after.sort_name) | Q(sort_name=after.sort_name, pk__gt=after.id),
            sort_name__gte=after.sort_name,
        )
    found = list(rows.select_related("book__group").order_by("sort_name", "pk")[: size + 1])
    page = with_numbers(found[:size])
    more = len(found) > size
    return ContactPage(page, Cursor(page[-1].sort_name, page[-1].pk) if more else None)


def deleted_contacts(reader: Reader, most: int = 200) -> list[Contact]:
    """What may be restored, latest first."""
    rows = (
        Contact.objects.filter(reader.contacts, deleted_at__isnull=False)
        .filter(book__in=Phonebook.objects.filter(reader.books).order_by())
        .select_related("book__group", "creator")
        .prefetch_related("numbers")
        .order_by("-deleted_at", "-pk")
    )
    return [one for one in rows[:most] if reader.changes(one)]


def speed_dial(user_id: int, most: int = 30) -> list[Contact]:
    """What a person keeps on the desk, by name."""
    rows = Contact.objects.filter(
        creator_id=user_id, visibility=Visibility.SPEED_DIAL, deleted_at=None
    )
    return list(
        rows.select_related("book").prefetch_related("numbers").order_by("sort_name")[:most]
    )


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Contacts of one book that share a number, or a name and company. The fullest first."""

    why: str  # "number" or "name"
    what: str
    contacts: list[Contact]


_SAME_NUMBER = """
SELECT 'number', n.key, array_agg(DISTINCT c.id)
FROM phonebook_contactnumber n
JOIN phonebook_contact c ON c.id = n.contact_id AND c.tenant_id = n.tenant_id
WHERE n.tenant_id = %(tenant)s AND c.book_id = %(book)s AND c.deleted_at IS NULL
  AND n.kind = 'telephone' AND (c.visibility = 'public' OR c.creator_id = %(user)s)
GROUP BY n.key HAVING count(DISTINCT c.id) BETWEEN 2 AND 20 LIMIT %(most)s
"""
_SAME_NAME = """
SELECT 'name', min(c.search_text), array_agg(c.id)
FROM phonebook_contact c
WHERE c.tenant_id = %(tenant)s AND c.book_id = %(book)s AND c.deleted_at IS NULL
  AND c.search_text <> '' AND (c.visibility = 'public' OR c.creator_id = %(user)s)
GROUP BY c.search_text, c.sort_name HAVING count(*) BETWEEN 2 AND 20 LIMIT %(most)s
"""


def duplicates_in(book: Phonebook, reader: Reader) -> list[Duplicates]:
    """The first of them; once they are merged come the next."""
    asked = {
        "tenant": current_tenant_id(), "book": book.pk, "user": reader.user_id,
        "most": MOST_DUPLICATES,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SAME_NUMBER, asked)
        groups = cursor.fetchall()
        cursor.execute(_SAME_NAME, asked)
        groups += cursor.fetchall()
    ids = {pk for _why, _what, members in groups for pk in members}
    rows = {
        one.pk: one
        for one in Contact.objects.filter(pk__in=ids)
        .select_related("book__group")
        .prefetch_related("numbers")
    }
    found: dict[frozenset[int], Duplicates] = {}
    for why, what, members in groups:
        contacts = sorted((rows[pk] for pk in members if pk in rows), key=_emptiness)
        found.setdefault(frozenset(members), Duplicates(why, what, contacts))
    return list(found.values())[:MOST_DUPLICATES]


def _emptiness(contact: Contact) -> tuple[int, int]:
    texts = (contact.name, contact.company, contact.email, contact.address, contact.external_id)
    return (-sum(map(bool, texts)) - len(contact.numbers.all()), contact.pk)


def unread_numbers(reader: Reader, most: int = 500) -> Sequence[ContactNumber]:
    """Numbers that nobody can be called by, with their contacts."""
    return list(
        ContactNumber.objects.filter(
            kind=NumberKind.UNREADABLE,
            contact__in=Contact.objects.filter(reader.contacts, deleted_at=None)
            .filter(book__in=Phonebook.objects.filter(reader.books).order_by())
            .order_by(),
        )
        .select_related("contact__book__group")
        .order_by("contact__sort_name", "pk")[:most]
    )


def sizes_of(books: Sequence[Phonebook]) -> dict[int, int]:
    """Book id -> how many contacts; private ones of others count too, they are there."""
    rows = Contact.objects.filter(book__in=[one.pk for one in books], deleted_at=None)
    return dict(rows.order_by().values_list("book").annotate(Count("pk")))


@dataclass(frozen=True, slots=True)
class Changes:
    """`deleted`: ids of what is there no more for a program; `change`, `id`: where to go on."""

    contacts: list[Contact]
    deleted: list[int]
    change: int
    id: int
    more: bool


def changes_since(change: int, contact_id: int, size: int) -> Changes:
    """What came after, of the company's and the groups' books. Two queries."""
    rows = (
        Contact.objects.filter(change__gte=change)
        .exclude(change=change, pk__lte=contact_id)
        .exclude(book__kind=BookKind.PERSONAL)
        .prefetch_related("numbers")
        .order_by("change", "pk")
    )
    found = list(rows[: size + 1])
    page = found[:size]
    there = [one for one in page if one.deleted_at is None and one.visibility == Visibility.PUBLIC]
    gone = [one.pk for one in page if one not in there]
    at = (page[-1].change, page[-1].pk) if page else (change, contact_id)
    return Changes(there, gone, *at, more=len(found) > size)
