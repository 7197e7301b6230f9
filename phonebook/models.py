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
from phonebook.notes.models import Note, Project, TaskType, Work

__all__ = [
    "BookKind",
    "Contact",
    "ContactConflict",
    "ContactImport",
    "ContactNumber",
    "ContactPhoto",
    "ContactSource",
    "Note",
    "NumberType",
    "Phonebook",
    "PhonebookClock",
    "Project",
    "TaskType",
    "Visibility",
    "Work",
]
