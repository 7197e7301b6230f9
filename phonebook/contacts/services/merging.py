"""Several contacts that are the same person become one; and apart again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from callcenter.audit.changes import ChangedSince, NothingThere
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor, record
from callcenter.tenants.refusals import Refusal
from phonebook.contacts.drafts import ContactDraft, as_json, from_json, merged, tidy
from phonebook.contacts.models import Contact
from phonebook.contacts.services.contacts import (
    change_contact,
    is_secret,
    refuse_kept,
    restore_contact,
)
from phonebook.contacts.services.rows import draft_of, mark_changed, own_country, rewrite_contacts
from phonebook.numbers.kinds import NumberKind


class NothingToMerge(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Choose at least two contacts of one phonebook."))


def merge_preview(contacts: Sequence[Contact], country: str) -> ContactDraft:
    """What one contact of these would say; the first one's words win. Numbers once each."""
    first, *others = [draft_of(one) for one in contacts]
    whole = merged(first, others)
    seen: set[str] = set()
    numbers = []
    for number in whole.numbers:
        identity = number.identity(country)
        key = identity.key + identity.inner if identity.is_readable else number.entered
        if key not in seen or identity.kind is NumberKind.UNREADABLE:
            seen.add(key)
            numbers.append(number)
    return tidy(replace(whole, numbers=tuple(numbers)))


def merge_contacts(*, contacts: Sequence[Contact], by: Actor) -> Contact:
    """The first stays and takes what the others have; they are deleted. Raises NothingToMerge."""
    with transaction.atomic():
        ids = list(dict.fromkeys(one.pk for one in contacts))
        rows = {
            one.pk: one
            for one in Contact.objects.select_for_update(of=("self",))
            .select_related("book")
            .filter(pk__in=ids, deleted_at=None)
            .order_by("pk")
        }
        found = [rows[pk] for pk in ids if pk in rows]
        if len(found) < 2 or len({one.book_id for one in found}) > 1:
            raise NothingToMerge
        for one in found:
            refuse_kept(one)
        country = own_country()
        first, others = found[0], found[1:]
        wanted, earlier = merge_preview(found, country), draft_of(first)
        rewrite_contacts([first], [wanted], country=country)
        mark_changed(others, deleted_at=timezone.now())
        if any(is_secret(one) for one in found):
            record(action="contact_secret.merged", by=by, about=first.book)
            return first
        gone = [{"id": one.pk, "name": str(one)} for one in others]
        record(
            action="contact.merged",
            by=by,
            about=first,
            before={**as_json(earlier), "merged": gone},
            after=as_json(wanted),
        )
    return first


def undo_contact_change(*, entry: AuditEntry, by: Actor) -> None:
    """Takes back what the audit log tells of a contact. Raises ChangedSince, NothingThere, and what
    the changing services raise."""
    with transaction.atomic():
        contact = Contact.objects.select_related("book").filter(pk=int(entry.about_id)).first()
        if contact is None:
            raise NothingThere
        if entry.action == "contact.deleted":
            if contact.deleted_at is None:
                raise ChangedSince
            restore_contact(contact=contact, by=by)
            return
        if contact.deleted_at is not None:
            raise ChangedSince
        now = as_json(draft_of(contact))
        if any(now[field] != value for field, value in entry.after.items()):
            raise ChangedSince
        gone = entry.before.get("merged", [])
        before = {field: value for field, value in entry.before.items() if field != "merged"}
        change_contact(contact=contact, draft=from_json({**now, **before}), by=by)
        for one in Contact.objects.filter(pk__in=[row["id"] for row in gone]):
            restore_contact(contact=one, by=by)
