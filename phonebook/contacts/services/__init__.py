"""Writing phonebooks: each function is one change, audited in its own transaction."""

from phonebook.contacts.services.books import (
    change_book,
    company_book,
    create_company_book,
    delete_book,
    group_book,
    personal_book,
)
from phonebook.contacts.services.contacts import (
    change_contact,
    create_contact,
    delete_contact,
    restore_contact,
)
from phonebook.contacts.services.merging import merge_contacts, merge_preview, undo_contact_change
from phonebook.contacts.services.numbers import normalise_contacts
from phonebook.contacts.services.photos import change_photo, remove_photo
from phonebook.contacts.services.rows import draft_of

__all__ = [
    "change_book",
    "change_contact",
    "change_photo",
    "company_book",
    "create_company_book",
    "create_contact",
    "delete_book",
    "delete_contact",
    "draft_of",
    "group_book",
    "merge_contacts",
    "merge_preview",
    "normalise_contacts",
    "personal_book",
    "remove_photo",
    "restore_contact",
    "undo_contact_change",
]
