"""Sources: given to a book, changed, and followed: what is gone there goes here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import HELIN_ITSELF, Actor, record
from callcenter.outbound.addresses import pin, read_address
from callcenter.outbound.sealing import SealBroken, seal, unseal
from callcenter.tenants.refusals import Refusal, refusing
from phonebook.contacts.drafts import ContactDraft, tidy
from phonebook.contacts.models import (
    BookKind,
    Contact,
    ContactSource,
    JobStatus,
    OnMatch,
    Phonebook,
    SourceKind,
)
from phonebook.contacts.services.matching import take_drafts
from phonebook.contacts.services.photos import follow_pictures
from phonebook.contacts.services.rows import mark_changed
from phonebook.contacts.sources.carddav import Pictured, SourceFailed, read_carddav
from phonebook.contacts.sources.json_http import read_json

AT_ONCE = 500
LEAST_MINUTES = 5
MOST_LOSS = 0.5  # of the contacts at once; more looks like a fault there, and nothing is deleted
_SCHEMES = {
    SourceKind.CARDDAV.value: ("https", "http"),
    SourceKind.HTTP.value: ("https", "http"),
    SourceKind.LDAP.value: ("ldaps", "ldap"),
}


class SourceNameTaken(Refusal):
    def __init__(self, name: str) -> None:
        words = gettext("There is already a source with the name “%(name)s”.")
        super().__init__(words % {"name": name}, "name")


class SourceBookPersonal(Refusal):
    def __init__(self) -> None:
        super().__init__(_("A source feeds a group's phonebook or one of the company's."), "book")


class SourceWishes(TypedDict, total=False):
    name: str
    url: str
    username: str
    secret: str  # "" keeps the one that is there
    settings: dict[str, Any]
    every_minutes: int
    is_active: bool


def create_source(
    *, book: Phonebook, kind: str, by: Actor, **wishes: Unpack[SourceWishes]
) -> ContactSource:
    """Raises SourceNameTaken, SourceBookPersonal, AddressNotRead, AddressUnknown, AddressRefused."""
    if book.kind == BookKind.PERSONAL:
        raise SourceBookPersonal
    pin(wishes["url"], _SCHEMES[kind])
    values = _values(wishes)
    with refusing({"contact_source_once": SourceNameTaken(values["name"])}):
        source = ContactSource.objects.create(
            book=book, kind=kind, next_at=timezone.now(), words="", **values
        )
        after = {"name": source.name, "url": source.url}
        record(action="phonebook.source_created", by=by, about=book, after=after)
    return source


def change_source(
    *, source: ContactSource, by: Actor, **wishes: Unpack[SourceWishes]
) -> ContactSource:
    """Raises what `create_source` raises. A new address does not get the old password."""
    pin(wishes["url"], _SCHEMES[source.kind])
    values = _values(wishes)
    with refusing({"contact_source_once": SourceNameTaken(values["name"])}):
        source = ContactSource.objects.select_for_update(of=("self",)).get(pk=source.pk)
        schemes = _SCHEMES[source.kind]
        if "secret" not in values and (
            read_address(source.url, schemes) != read_address(values["url"], schemes)
        ):
            values["secret"] = ""
        before = {"name": source.name, "url": source.url}
        for name, value in values.items():
            setattr(source, name, value)
        source.next_at = timezone.now()
        source.save()
        after = {"name": source.name, "url": source.url}
        record(
            action="phonebook.source_changed", by=by, about=source.book, before=before, after=after
        )
    return source


def delete_source(*, source: ContactSource, by: Actor) -> None:
    """Its contacts stay."""
    with transaction.atomic():
        before = {"name": source.name, "url": source.url}
        record(action="phonebook.source_deleted", by=by, about=source.book, before=before)
        source.delete()


def follow_source(*, source_id: int) -> None:
    """The worker's part: reads all of it, takes what is new, and drops what is there no more."""
    source = _claim(source_id)
    if source is None:
        return
    try:
        _follow(source)
        source.words, source.succeeded_at = "", timezone.now()
        source.status = JobStatus.DONE
    except Refusal as refusal:
        source.status, source.words = JobStatus.FAILED, str(refusal)[:500]
    except Exception:
        source.status = JobStatus.FAILED
        source.words = gettext("Something went wrong in Helin while it was read.")
        raise
    finally:
        now = timezone.now()
        source.finished_at = now
        minutes = max(LEAST_MINUTES, source.every_minutes)
        source.next_at = now + timedelta(minutes=minutes) if source.every_minutes else None
        source.save(
            update_fields=[
                "status", "words", "succeeded_at", "finished_at", "next_at", "created", "changed",
                "removed", "failed",
            ]
        )  # fmt: skip


def _claim(source_id: int) -> ContactSource | None:
    """None where it is being read already; one that has been for half an hour was killed."""
    now = timezone.now()
    with transaction.atomic():
        source = (
            ContactSource.objects.select_for_update(of=("self",))
            .select_related("book")
            .filter(pk=source_id)
            .first()
        )
        if source is None:
            return None
        is_old = source.started_at is None or source.started_at < now - timedelta(minutes=30)
        if source.status == JobStatus.RUNNING and not is_old:
            return None
        source.status, source.started_at = JobStatus.RUNNING, now
        source.created = source.changed = source.removed = source.failed = 0
        source.save()
    return source


def _follow(source: ContactSource) -> None:
    mine = f"{source.pk}:"
    seen: set[int] = set()
    batch: list[Pictured] = []
    for found in read_source(source):
        given = Pictured(found, b"") if isinstance(found, ContactDraft) else found
        draft = tidy(given.draft) if isinstance(given, Pictured) else None
        if draft is None or not draft.shown_name or not draft.external_id:
            source.failed += 1
            continue
        draft = replace(draft, external_id=f"{mine}{draft.external_id}"[:200])
        batch.append(Pictured(draft, given.picture if isinstance(given, Pictured) else b""))
        if len(batch) >= AT_ONCE:
            _take(source, batch, seen)
            batch = []
    _take(source, batch, seen)
    here = Contact.objects.filter(
        book=source.book, external_id__startswith=mine, deleted_at=None
    ).order_by()
    total = here.count()
    gone = list(here.exclude(pk__in=seen).only("pk")) if len(seen) < total else []
    if gone and total > 10 and len(gone) > total * MOST_LOSS:
        words = gettext(
            "It has lost more than half of its contacts at once (%(gone)d of %(total)d): nothing "
            "was deleted here. If that is right, delete the source's contacts by hand."
        )
        raise SourceFailed(words % {"gone": len(gone), "total": total})
    if gone:
        with transaction.atomic():
            mark_changed(gone, deleted_at=timezone.now())
    source.removed = len(gone)
    if source.created or source.changed or source.removed:
        after = {"created": source.created, "changed": source.changed, "removed": source.removed}
        record(action="phonebook.synchronised", by=HELIN_ITSELF, about=source.book, after=after)


def _take(source: ContactSource, batch: list[Pictured], seen: set[int]) -> None:
    drafts = [one.draft for one in batch]
    taken = take_drafts(
        source.book, drafts, on_match=OnMatch.UPDATE, creator_id=None, replaces=True
    )
    seen |= taken.contact_ids
    source.created += taken.created
    source.changed += taken.changed
    follow_pictures(
        {pk: batch[at].picture for at, pk in taken.kept_as.items() if batch[at].picture}
    )


def read_source(source: ContactSource) -> Iterator[ContactDraft | Pictured | str]:
    """Raises SourceFailed, NotAnswered, AddressRefused."""
    try:
        secret = unseal(source.secret)
    except SealBroken as error:
        raise SourceFailed(gettext("Its password has to be typed again.")) from error
    if source.kind == SourceKind.CARDDAV:
        return read_carddav(source.url, source.username, secret)
    if source.kind == SourceKind.LDAP:
        # big, and only workers that read such a source need it
        from phonebook.contacts.sources.ldap import read_ldap

        return read_ldap(source.url, source.username, secret, source.settings)
    return read_json(source.url, source.username, secret, source.settings)


def _values(wishes: SourceWishes) -> dict[str, Any]:
    values: dict[str, Any] = dict(wishes)
    secret = values.pop("secret", "")
    if secret:
        values["secret"] = seal(secret)
    return values
