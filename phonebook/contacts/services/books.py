"""Phonebooks: everybody has one, each group has one, the company has some."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, change_row, record
from callcenter.groups.models import AgentGroup
from callcenter.tenants.refusals import Refusal, refusing
from phonebook.contacts.models import BookKind, Contact, ContactSource, Phonebook


class BookNameMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Give the phonebook a name."), "name")


class BookNameTaken(Refusal):
    def __init__(self, name: str) -> None:
        words = gettext("There is already a phonebook with the name “%(name)s”.")
        super().__init__(words % {"name": name}, "name")


class BookInUse(Refusal):
    def __init__(self) -> None:
        words = _("The phonebook is not empty: move or delete its contacts and sources first.")
        super().__init__(words)


def personal_book(*, user_id: int) -> Phonebook:
    """The person's own; made when it is first needed."""
    book, _made = Phonebook.objects.get_or_create(kind=BookKind.PERSONAL, owner_id=user_id)
    return book


def group_book(*, group: AgentGroup) -> Phonebook:
    book, _made = Phonebook.objects.select_related("group").get_or_create(
        kind=BookKind.GROUP, group=group
    )
    return book


def company_book() -> Phonebook:
    """The company's first; made when it is first needed. Everybody may add to it."""
    found = Phonebook.objects.filter(kind=BookKind.COMPANY).order_by("pk").first()
    if found is not None:
        return found
    book, _made = Phonebook.objects.get_or_create(
        kind=BookKind.COMPANY, name="", defaults={"members_add": True}
    )
    return book


def create_company_book(*, name: str, members_add: bool, by: Actor) -> Phonebook:
    """Raises BookNameMissing, BookNameTaken."""
    wanted = _name(name)
    with refusing({"book_name_once": BookNameTaken(wanted)}):
        book = Phonebook.objects.create(kind=BookKind.COMPANY, name=wanted, members_add=members_add)
        after = {"name": wanted, "members_add": members_add}
        record(action="phonebook.created", by=by, about=book, after=after)
    return book


def change_book(*, book: Phonebook, by: Actor, members_add: bool, name: str = "") -> Phonebook:
    """Company books have names, group books are called like their group. Raises BookNameTaken."""
    changes: dict[str, object] = {"members_add": members_add}
    if book.kind == BookKind.COMPANY and (name or book.name):
        changes["name"] = _name(name)
    with refusing({"book_name_once": BookNameTaken(name)}):
        book = Phonebook.objects.select_for_update(of=("self",)).get(pk=book.pk)
        change_row(row=book, changes=changes, action="phonebook.changed", by=by)
    return book


def delete_book(*, book: Phonebook, by: Actor) -> None:
    """Raises BookInUse; deleted contacts that might still be restored go with it."""
    with transaction.atomic():
        book = Phonebook.objects.select_for_update(of=("self",)).get(pk=book.pk)
        kept = Contact.objects.filter(book=book, deleted_at=None)
        if kept.exists() or ContactSource.objects.filter(book=book).exists():
            raise BookInUse
        record(action="phonebook.deleted", by=by, about=book, before={"name": book.name})
        book.delete()


def _name(name: str) -> str:
    wanted = " ".join(name.split())[:80]
    if not wanted:
        raise BookNameMissing
    return wanted
