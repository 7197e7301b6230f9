"""A contact's photo: put there, taken away."""

from __future__ import annotations

from django.db import transaction

from callcenter.audit.services import Actor
from phonebook.contacts.models import Contact, ContactPhoto
from phonebook.contacts.photo import as_jpeg, digest
from phonebook.contacts.services.contacts import note
from phonebook.contacts.services.rows import mark_changed


def change_photo(*, contact: Contact, data: bytes, by: Actor) -> ContactPhoto:
    """Raises PhotoTooLarge, PhotoNotRead."""
    jpeg = as_jpeg(data)
    with transaction.atomic():
        photo, _made = ContactPhoto.objects.update_or_create(
            contact=contact, defaults={"jpeg": jpeg, "sha256": digest(jpeg)}
        )
        mark_changed([contact])
        note(contact, "contact.photo_changed", by)
    return photo


def remove_photo(*, contact: Contact, by: Actor) -> None:
    with transaction.atomic():
        gone, _rows = ContactPhoto.objects.filter(contact=contact).delete()
        if gone:
            mark_changed([contact])
            note(contact, "contact.photo_removed", by)
