"""Table of contents: the models of the rooms of this app."""

from phonebook.cards.models import CustomCard, GroupLink, PopupChoice
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
from phonebook.naming.models import (
    DirectoryQuestion,
    ExternalDirectory,
    NamingRules,
    PhoneDirectory,
)
from phonebook.notes.models import Note, Project, TaskType, Work

__all__ = [
    "BookKind",
    "Contact",
    "ContactConflict",
    "ContactImport",
    "ContactNumber",
    "ContactPhoto",
    "ContactSource",
    "CustomCard",
    "DirectoryQuestion",
    "ExternalDirectory",
    "GroupLink",
    "NamingRules",
    "Note",
    "NumberType",
    "PhoneDirectory",
    "Phonebook",
    "PhonebookClock",
    "PopupChoice",
    "Project",
    "TaskType",
    "Visibility",
    "Work",
]
