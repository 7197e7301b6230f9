"""A program keeps its own contacts here up to date, by its own ids; nobody's work is lost unseen."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor
from callcenter.tenants.refusals import Refusal
from phonebook.contacts.drafts import ContactDraft, as_json, from_json
from phonebook.contacts.models import Contact, ContactConflict, Phonebook
from phonebook.contacts.services.contacts import change_contact, checked, create_contact
from phonebook.contacts.services.rows import draft_of, mark_changed, own_country


class ChangedHere(Refusal):
    """The program has not seen what was changed here. The conflict is kept for a person to settle."""

    def __init__(self, contact: Contact) -> None:
        words = _("The contact has been changed here since. Read it, and send your change again.")
        super().__init__(words)
        self.contact = contact


def put_contact(
    *,
    book: Phonebook,
    external_id: str,
    draft: ContactDraft,
    by: Actor,
    seen_change: int | None = None,
) -> tuple[Contact, bool]:
    """The contact of that id becomes what the draft says; (contact, whether it is new).

    `seen_change`: the count that the program last read; older than the contact's, and the contact
    saying something else: ChangedHere. Raises what `create_contact` raises too.
    """
    wanted = checked(replace(draft, external_id=external_id), own_country())
    with transaction.atomic():
        found = (
            Contact.objects.select_for_update(of=("self",))
            .select_related("book")
            .filter(book=book, external_id=wanted.external_id)
            .first()
        )
        if found is None:
            return create_contact(book=book, draft=wanted, by=by), True
        clashes = (
            seen_change is not None
            and found.deleted_at is None
            and found.change > seen_change
            and draft_of(found) != wanted
        )
        if not clashes:
            return _change(found, wanted, by), False
    note_conflict(found, wanted, by.name)
    raise ChangedHere(found)


def _change(found: Contact, wanted: ContactDraft, by: Actor) -> Contact:
    if found.deleted_at is not None:
        mark_changed([found], deleted_at=None)
    return change_contact(contact=found, draft=wanted, by=by)


def note_conflict(contact: Contact, came: ContactDraft, who: str) -> None:
    """One open conflict for each contact and program: the latest."""
    here, there = as_json(draft_of(contact)), as_json(came)
    differing = {key for key in here if here[key] != there[key]}
    with transaction.atomic():
        open_ones = ContactConflict.objects.filter(contact=contact, settled_at=None)
        open_ones.filter(source_name=who[:150]).delete()
        ContactConflict.objects.create(
            contact=contact,
            source_name=who[:150],
            here={key: here[key] for key in differing},
            came={key: there[key] for key in differing},
        )


def settle_conflict(*, conflict: ContactConflict, take: str, by: Actor) -> None:
    """`take`: "came" for what the program wanted, anything else keeps what is here."""
    with transaction.atomic():
        conflict = (
            ContactConflict.objects.select_for_update(of=("self",))
            .select_related("contact__book")
            .get(pk=conflict.pk)
        )
        if conflict.settled_at is not None:
            return
        if take == "came":
            now = as_json(draft_of(conflict.contact))
            wanted = from_json({**now, **conflict.came})
            change_contact(contact=conflict.contact, draft=wanted, by=by)
        conflict.settled_at = timezone.now()
        conflict.save(update_fields=["settled_at"])
