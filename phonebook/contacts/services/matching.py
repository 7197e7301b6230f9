"""Drafts from outside into a book: who is there already is recognised, whatever order they come in.

A draft is the same as a contact of the book with its external id; without one, as a contact that
has one of its numbers and its name, or, where neither has a number, its name and company.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction

from phonebook.contacts.drafts import TEXT_FIELDS, ContactDraft, NumberDraft
from phonebook.contacts.models import Contact, ContactNumber, OnMatch, Phonebook
from phonebook.contacts.services.rows import (
    draft_of,
    insert_contacts,
    own_country,
    rewrite_contacts,
)
from phonebook.numbers.kinds import NumberKind

Key = tuple[str, str]


@dataclass(slots=True)
class Taken:
    """What became of the drafts. `unread`: (place of the draft, number that is none). `kept_as`:
    place of the draft -> id of the contact that says now what it said."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    unread: list[tuple[int, str]] = field(default_factory=list)
    contact_ids: set[int] = field(default_factory=set)
    kept_as: dict[int, int] = field(default_factory=dict)


def take_drafts(
    book: Phonebook,
    drafts: Sequence[ContactDraft],
    *,
    on_match: OnMatch,
    creator_id: int | None,
    replaces: bool = False,
) -> Taken:
    """One transaction for all of them. `replaces`: the draft is the whole truth of the contact (a
    source); else its words are put over the contact's, and numbers added."""
    country = own_country()
    taken = Taken()
    with transaction.atomic():
        matches = {} if on_match is OnMatch.ADD else _matches(book, drafts, country)
        numbers = _numbers_of({one.pk for one in matches.values()})
        fresh: list[ContactDraft] = []
        places: list[int] = []
        stale: dict[int, tuple[Contact, ContactDraft]] = {}
        seen: set[Key] = set()
        for place, draft in enumerate(drafts):
            _note_unread(taken, place, draft, country)
            keys = _keys(draft, country)
            contact = next((matches[key] for key in keys if key in matches), None)
            if on_match is not OnMatch.ADD and contact is None and seen & set(keys):
                taken.skipped += 1  # twice in the same file
            elif contact is None:
                seen.update(keys)
                fresh.append(draft)
                places.append(place)
            elif on_match is OnMatch.SKIP:
                taken.skipped += 1
                taken.contact_ids.add(contact.pk)
            else:
                taken.contact_ids.add(contact.pk)
                taken.kept_as[place] = contact.pk
                now = (
                    stale[contact.pk][1]
                    if contact.pk in stale
                    else draft_of(contact, numbers[contact.pk])
                )
                wanted = draft if replaces else put_over(now, draft, country)
                if wanted != now or contact.deleted_at is not None:
                    contact.deleted_at = None
                    stale[contact.pk] = (contact, wanted)
                else:
                    taken.unchanged += 1
        made = insert_contacts(book, fresh, creator_id=creator_id, country=country)
        rewrite_contacts(
            [one for one, _draft in stale.values()],
            [draft for _one, draft in stale.values()],
            country=country,
        )
        taken.created, taken.changed = len(fresh), len(stale)
        taken.contact_ids.update(one.pk for one in made.contacts)
        taken.kept_as.update(zip(places, (one.pk for one in made.contacts), strict=True))
    return taken


def put_over(now: ContactDraft, draft: ContactDraft, country: str) -> ContactDraft:
    """What the draft says wins; what it does not say stays."""
    words = {name: getattr(draft, name) or getattr(now, name) for name in TEXT_FIELDS}
    keys = {one.identity(country).key or one.entered for one in draft.numbers}
    kept = [one for one in now.numbers if (one.identity(country).key or one.entered) not in keys]
    have = {one.identity(country).key or one.entered: one for one in now.numbers}
    numbers = [have.get(one.identity(country).key or one.entered, one) for one in draft.numbers]
    order = {one: place for place, one in enumerate(now.numbers)}
    numbers = sorted([*kept, *numbers], key=lambda one: order.get(one, len(order)))
    return replace(
        now,
        **words,
        custom={**now.custom, **draft.custom},
        external_id=draft.external_id or now.external_id,
        numbers=tuple(dict.fromkeys(numbers)),
    )


def _note_unread(taken: Taken, place: int, draft: ContactDraft, country: str) -> None:
    for number in draft.numbers:
        if number.identity(country).kind is NumberKind.UNREADABLE:
            taken.unread.append((place, number.entered))


def _keys(draft: ContactDraft, country: str) -> list[Key]:
    """By what the draft is recognised, surest first; an external id stands alone."""
    if draft.external_id:
        return [("id", draft.external_id)]
    numbers = [one.identity(country).key for one in draft.numbers]
    found = [(f"number {key}", draft.sort_name) for key in numbers if key]
    return found or [("name", draft.search_text)]


def _matches(book: Phonebook, drafts: Sequence[ContactDraft], country: str) -> dict[Key, Contact]:
    """Three queries at most, and one for the numbers of what was found."""
    wanted = {key for draft in drafts for key in _keys(draft, country)}
    ids = [value for kind, value in wanted if kind == "id"]
    numbers = {kind.removeprefix("number ") for kind, _v in wanted if kind.startswith("number ")}
    names = {value for kind, value in wanted if kind == "name"}
    sorts = {draft.sort_name for draft in drafts if draft.search_text in names}
    rows = Contact.objects.filter(book=book)
    found: dict[Key, Contact] = {}
    if names:
        alive = rows.filter(deleted_at=None, sort_name__in=sorts, external_id="")
        for one in alive.filter(numbers=None).order_by("-pk"):
            found["name", one.search_text] = one
    if numbers:
        pairs = list(
            ContactNumber.objects.filter(
                key__in=numbers, contact__book=book, contact__deleted_at=None
            )
            .order_by("-contact_id")
            .values_list("key", "contact_id")
        )
        by_id = rows.in_bulk({contact_id for _key, contact_id in pairs})
        for key, contact_id in pairs:
            contact = by_id[contact_id]
            found[f"number {key}", contact.sort_name] = contact
    if ids:
        found |= {("id", one.external_id): one for one in rows.filter(external_id__in=ids)}
    return found


def _numbers_of(contact_ids: Collection[int]) -> dict[int, list[NumberDraft]]:
    """One question for all: a prefetch asks each contact's manager, which costs more than the row."""
    found: dict[int, list[NumberDraft]] = {pk: [] for pk in contact_ids}
    rows = ContactNumber.objects.filter(contact__in=contact_ids).order_by(
        "contact_id", "position", "id"
    )
    for contact_id, entered, kind in rows.values_list("contact_id", "entered", "type"):
        found[contact_id].append(NumberDraft(entered, kind))
    return found
