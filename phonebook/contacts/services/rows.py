"""Drafts into rows, many at once; nothing here asks who may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import current_tenant_id
from phonebook.contacts.drafts import ContactDraft, NumberDraft, search_digits
from phonebook.contacts.models import Contact, ContactNumber, Phonebook, PhonebookClock
from phonebook.numbers.kinds import Identity, NumberKind

BATCH = 2000
_WORDS = (
    "name", "company", "job_title", "email", "web", "address", "note", "custom", "visibility",
    "external_id",
)  # fmt: skip
_DERIVED = ("search_text", "search_digits", "sort_name", "change", "changed_at")


_NUMBERS = """
INSERT INTO phonebook_contactnumber
  (tenant_id, contact_id, position, type, entered, kind, key, "inner")
SELECT %s, * FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::text[])
"""


@dataclass(frozen=True, slots=True)
class Made:
    contacts: list[Contact]
    numbers_unread: int


def own_country() -> str:
    return Tenant.objects.values_list("country", flat=True).get(pk=current_tenant_id())


def next_change() -> int:
    """The tenant's clock moves on; who asks next waits until this transaction has ended, so that
    changes become visible in the order of their counts."""
    tenant_id = current_tenant_id()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO phonebook_phonebookclock (tenant_id, last) VALUES (%s, 1)"
            " ON CONFLICT (tenant_id) DO UPDATE SET last = phonebook_phonebookclock.last + 1"
            " RETURNING last",
            [tenant_id],
        )
        return int(cursor.fetchone()[0])


def last_change() -> int:
    return PhonebookClock.objects.values_list("last", flat=True).first() or 0


def draft_of(contact: Contact, numbers: Sequence[NumberDraft] | None = None) -> ContactDraft:
    """What the contact says now. `numbers`: its own, where many are read at once."""
    if numbers is None:
        numbers = [NumberDraft(one.entered, one.type) for one in contact.numbers.all()]
    return ContactDraft(**{name: getattr(contact, name) for name in _WORDS}, numbers=tuple(numbers))


def insert_contacts(
    book: Phonebook, drafts: Sequence[ContactDraft], *, creator_id: int | None, country: str
) -> Made:
    """New rows of tidied drafts, in a few statements however many there are."""
    if not drafts:
        return Made([], 0)
    with transaction.atomic():
        change = next_change()
        rows, identities = [], []
        for draft in drafts:
            contact = Contact(book=book, creator_id=creator_id)
            identities.append(_fill(contact, draft, change, country))
            rows.append(contact)
        made = Contact.objects.bulk_create(rows, batch_size=BATCH)
        unread = _insert_numbers(made, drafts, identities)
    return Made(made, unread)


def rewrite_contacts(
    contacts: Sequence[Contact], drafts: Sequence[ContactDraft], *, country: str
) -> Made:
    """Existing rows become what their drafts say, numbers too."""
    if not contacts:
        return Made([], 0)
    with transaction.atomic():
        change = next_change()
        identities = [
            _fill(contact, draft, change, country)
            for contact, draft in zip(contacts, drafts, strict=True)
        ]
        now = timezone.now()
        for contact in contacts:
            contact.changed_at = now
        # one statement that changes, faster by far than bulk_update: the rows are all there
        Contact.objects.bulk_create(
            contacts,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*_WORDS, *_DERIVED, "deleted_at"],
        )
        ContactNumber.objects.filter(contact__in=[one.pk for one in contacts]).delete()
        unread = _insert_numbers(contacts, drafts, identities)
    return Made(list(contacts), unread)


def mark_changed(contacts: Iterable[Contact], **values: object) -> None:
    """The same values for all of them (`deleted_at`, `book`), as one change."""
    ids = [one.pk for one in contacts]
    Contact.objects.filter(pk__in=ids).update(**values, change=next_change())


@dataclass(frozen=True, slots=True)
class Reread:
    """`changed`: contacts whose numbers are kept otherwise now; `unread`: numbers that are none, with
    their contacts."""

    changed: int
    unread: list[ContactNumber]


def reread_numbers(contact_ids: Sequence[int], country: str, *, writes: bool = True) -> Reread:
    """Makes the keys of these contacts' numbers anew, or only says what that would change."""
    contacts = list(
        Contact.objects.filter(pk__in=contact_ids)
        .select_related("book__group")
        .prefetch_related("numbers")
        .order_by("pk")
    )
    stale: list[ContactNumber] = []
    moved: list[Contact] = []
    unread: list[ContactNumber] = []
    for contact in contacts:
        numbers = list(contact.numbers.all())
        found = [NumberDraft(one.entered).identity(country) for one in numbers]
        for row, identity in zip(numbers, found, strict=True):
            if (row.kind, row.key, row.inner) != (identity.kind, identity.key, identity.inner):
                row.kind, row.key, row.inner = identity.kind, identity.key, identity.inner
                stale.append(row)
            if identity.kind is NumberKind.UNREADABLE and contact.deleted_at is None:
                row.contact = contact
                unread.append(row)
        digits = search_digits(found, [one.entered for one in numbers])
        if digits != contact.search_digits:
            contact.search_digits = digits
            moved.append(contact)
    if writes:
        ContactNumber.objects.bulk_update(stale, ["kind", "key", "inner"], batch_size=500)
        _move(moved)
    return Reread(len({row.contact_id for row in stale}), unread)


def _move(contacts: Sequence[Contact]) -> None:
    if not contacts:
        return
    change = next_change()
    for contact in contacts:
        contact.change = change
    Contact.objects.bulk_update(contacts, ["search_digits", "change"], batch_size=500)


def _fill(contact: Contact, draft: ContactDraft, change: int, country: str) -> list[Identity]:
    for name in _WORDS:
        setattr(contact, name, getattr(draft, name))
    contact.custom = dict(draft.custom)
    identities = [one.identity(country) for one in draft.numbers]
    contact.search_text = draft.search_text
    contact.search_digits = search_digits(identities, [one.entered for one in draft.numbers])
    contact.sort_name = draft.sort_name
    contact.change = change
    return identities


def _insert_numbers(
    contacts: Sequence[Contact],
    drafts: Sequence[ContactDraft],
    identities: Sequence[Sequence[Identity]],
) -> int:
    columns = list(
        zip(
            *(
                (contact.pk, position, number.type, number.entered, identity.kind, identity.key,
                 identity.inner)
                for contact, draft, found in zip(contacts, drafts, identities, strict=True)
                for position, (number, identity) in enumerate(
                    zip(draft.numbers, found, strict=True)
                )
            ),
            strict=True,
        )
    )  # fmt: skip
    if columns:
        with connection.cursor() as cursor:
            # of an import's time a quarter went into making rows of these that nobody looks at
            cursor.execute(_NUMBERS, [current_tenant_id(), *(list(one) for one in columns)])
    return sum(not identity.is_readable for found in identities for identity in found)
