"""A contact's photo: put there, taken away."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping

from django.core.cache import cache
from django.db import transaction

from callcenter.audit.services import Actor
from phonebook.contacts.models import Contact, ContactPhoto
from phonebook.contacts.photo import PhotoNotRead, PhotoTooLarge, as_jpeg, digest
from phonebook.contacts.services.contacts import note
from phonebook.contacts.services.rows import mark_changed

log = logging.getLogger(__name__)

SOURCE_MARKS_KEPT = 7 * 24 * 3600  # seconds


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


def put_photos(jpegs: Mapping[int, bytes]) -> None:
    """Contact id -> a picture that `as_jpeg` made, for many at once; nothing here asks who may."""
    known = ContactPhoto.objects.filter(contact__in=list(jpegs))
    same = {pk for pk, sha256 in known.values_list("contact", "sha256")
            if sha256 == digest(jpegs[pk])}  # fmt: skip
    contacts = list(Contact.objects.filter(pk__in=set(jpegs) - same))
    if not contacts:
        return
    with transaction.atomic():
        ContactPhoto.objects.bulk_create(
            [
                ContactPhoto(contact=one, jpeg=jpegs[one.pk], sha256=digest(jpegs[one.pk]))
                for one in contacts
            ],
            update_conflicts=True,
            unique_fields=["contact"],
            update_fields=["jpeg", "sha256"],
        )
        mark_changed(contacts)


def follow_pictures(pictures: Mapping[int, bytes]) -> None:
    """Contact id -> the picture that a source has of him now. One that has not changed since it was
    made small is left alone: making it anew is by far the dearest part of following a source."""
    marks = {pk: hashlib.sha256(data).hexdigest() for pk, data in pictures.items()}
    known = cache.get_many([_mark_of(pk) for pk in marks])
    here = set(
        ContactPhoto.objects.filter(contact__in=list(marks)).values_list("contact", flat=True)
    )
    jpegs = {}
    for pk, mark in marks.items():
        if pk in here and known.get(_mark_of(pk)) == mark:
            continue
        try:
            jpegs[pk] = as_jpeg(pictures[pk])
        except (PhotoNotRead, PhotoTooLarge) as refusal:
            log.info("The picture of contact %s in its source: %s", pk, refusal)
    put_photos(jpegs)
    cache.set_many({_mark_of(pk): marks[pk] for pk in jpegs}, timeout=SOURCE_MARKS_KEPT)


def _mark_of(contact_id: int) -> str:
    return f"picture-in-source:{contact_id}"


def remove_photo(*, contact: Contact, by: Actor) -> None:
    with transaction.atomic():
        gone, _rows = ContactPhoto.objects.filter(contact=contact).delete()
        if gone:
            mark_changed([contact])
            note(contact, "contact.photo_removed", by)
