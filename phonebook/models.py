"""Table of contents: the models of the rooms of this app."""

from phonebook.contacts.models import (
    BookKind,
    Contact,
    ContactConflict,
    ContactImport,
    ContactNumber,
    ContactPhoto,
    ContactSource,
    NumberType,
    Phonebook,
    PhonebookClock,
    Visibility,
)

__all__ = [
    "BookKind",
    "Contact",
    "ContactConflict",
    "ContactImport",
    "ContactNumber",
    "ContactPhoto",
    "ContactSource",
    "NumberType",
    "Phonebook",
    "PhonebookClock",
    "Visibility",
]
