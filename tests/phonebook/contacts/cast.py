"""Contacts for the tests."""

from __future__ import annotations

from typing import Any

from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.models import Contact, Phonebook
from phonebook.contacts.services import company_book, create_contact
from tests.cast import Company


def actor(company: Company, role: str = "admin") -> Actor:
    user = company.people[role]
    return Actor(name=user.name, user_id=user.pk)


def draft(name: str = "", *numbers: str, **fields: Any) -> ContactDraft:
    return ContactDraft(
        name=name, numbers=tuple(NumberDraft(one, "mobile") for one in numbers), **fields
    )


def add(
    at: Company,
    name: str = "",
    /,
    *numbers: str,
    book: Phonebook | None = None,
    role: str = "admin",
    **fields: Any,
) -> Contact:
    with tenant_scope(at.tenant.pk):
        return create_contact(
            book=book or company_book(),
            draft=draft(name, *numbers, **fields),
            by=actor(at, role),
        )
