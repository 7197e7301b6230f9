"""One contact: made, changed, deleted, restored."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, record
from callcenter.tenants.refusals import Refusal, refusing
from phonebook.contacts.drafts import ContactDraft, as_json, tidy
from phonebook.contacts.models import BookKind, Contact, ContactSource, Phonebook, Visibility
from phonebook.contacts.services.rows import (
    draft_of,
    insert_contacts,
    mark_changed,
    own_country,
    rewrite_contacts,
)
from phonebook.numbers.kinds import NumberKind


class NobodyNamed(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Give the contact a name, or a company."), "name")


class NumberNotRead(Refusal):
    def __init__(self, entered: str) -> None:
        words = gettext(
            "“%(number)s” is not a telephone number. Type it as you would dial it, "
            "or with + and the country code."
        )
        super().__init__(words % {"number": entered}, "numbers")


class EmailNotRead(Refusal):
    def __init__(self, email: str) -> None:
        words = gettext("“%(email)s” is not an e-mail address.")
        super().__init__(words % {"email": email}, "email")


class WebNotRead(Refusal):
    def __init__(self) -> None:
        super().__init__(_("A web address begins with http:// or https://."), "web")


class ExternalIdTaken(Refusal):
    def __init__(self) -> None:
        words = _("Another contact of this phonebook has this external id already.")
        super().__init__(words, "external_id")


class KeptBySource(Refusal):
    """What is changed here would be gone the next time that the source is read."""

    def __init__(self, source: ContactSource) -> None:
        words = gettext("This contact comes from “%(source)s”. Change or delete it there.")
        super().__init__(words % {"source": source.name})


class ContactGone(Refusal):
    def __init__(self) -> None:
        super().__init__(_("The contact has been deleted meanwhile."))


def create_contact(*, book: Phonebook, draft: ContactDraft, by: Actor) -> Contact:
    """Raises NobodyNamed, NumberNotRead, EmailNotRead, WebNotRead, ExternalIdTaken."""
    country = own_country()
    wanted = checked(draft, country)
    with refusing({"contact_external_once": ExternalIdTaken()}):
        made = insert_contacts(book, [wanted], creator_id=by.user_id, country=country)
        contact = made.contacts[0]
        note(contact, "contact.created", by, after=wanted)
    return contact


def change_contact(*, contact: Contact, draft: ContactDraft, by: Actor) -> Contact:
    """The contact becomes what the draft says. Raises what `create_contact` raises, ContactGone."""
    country = own_country()
    wanted = checked(draft, country)
    with refusing({"contact_external_once": ExternalIdTaken()}):
        contact = _locked(contact)
        earlier = draft_of(contact)
        if earlier != wanted:
            refuse_kept(contact)
            rewrite_contacts([contact], [wanted], country=country)
            note(contact, "contact.changed", by, before=earlier, after=wanted)
    return contact


def delete_contact(*, contact: Contact, by: Actor) -> None:
    """Out of every list and look-up; kept for a while, so that it can be restored."""
    with transaction.atomic():
        contact = _locked(contact)
        refuse_kept(contact)
        note(contact, "contact.deleted", by, before=draft_of(contact))
        mark_changed([contact], deleted_at=timezone.now())


def restore_contact(*, contact: Contact, by: Actor) -> None:
    with transaction.atomic():
        found = Contact.objects.select_for_update().filter(pk=contact.pk).first()
        if found is None:
            raise ContactGone
        if found.deleted_at is not None:
            note(found, "contact.restored", by, after=draft_of(found))
            mark_changed([found], deleted_at=None)


def checked(draft: ContactDraft, country: str) -> ContactDraft:
    """The draft tidied; raises where a person has to look at it."""
    wanted = tidy(draft)
    if not wanted.shown_name:
        raise NobodyNamed
    for number in wanted.numbers:
        if number.identity(country).kind is NumberKind.UNREADABLE:
            raise NumberNotRead(number.entered)
    if wanted.email:
        try:
            validate_email(wanted.email)
        except ValidationError as error:
            raise EmailNotRead(wanted.email) from error
    if wanted.web and not wanted.web.lower().startswith(("http://", "https://")):
        raise WebNotRead
    return wanted


def source_of(contact: Contact) -> ContactSource | None:
    """The source that brought the contact, if it still feeds the book."""
    pk, mark, _rest = contact.external_id.partition(":")
    if not mark or not pk.isascii() or not pk.isdigit() or len(pk) > 18:
        return None
    return ContactSource.objects.filter(pk=int(pk), book_id=contact.book_id).first()


def refuse_kept(contact: Contact) -> None:
    source = source_of(contact)
    if source is not None:
        raise KeptBySource(source)


def is_secret(contact: Contact) -> bool:
    """Nobody but its maker sees it: the audit log must not tell others what it says."""
    return contact.book.kind == BookKind.PERSONAL or contact.visibility != Visibility.PUBLIC


def note(
    contact: Contact,
    action: str,
    by: Actor,
    *,
    before: ContactDraft | None = None,
    after: ContactDraft | None = None,
) -> None:
    """Writes the audit log; of secret contacts only that something was done in the book."""
    told = {one.visibility for one in (before, after) if one is not None}
    if is_secret(contact) or told - {Visibility.PUBLIC.value}:
        record(action=action.replace("contact.", "contact_secret."), by=by, about=contact.book)
        return
    old, new = (as_json(one) if one is not None else {} for one in (before, after))
    if old and new:
        old, new = ({k: v for k, v in one.items() if old[k] != new[k]} for one in (old, new))
    record(action=action, by=by, about=contact, before=old, after=new)


def _locked(contact: Contact) -> Contact:
    found = (
        Contact.objects.select_for_update(of=("self",))
        .select_related("book")
        .filter(pk=contact.pk, deleted_at=None)
        .first()
    )
    if found is None:
        raise ContactGone
    return found
