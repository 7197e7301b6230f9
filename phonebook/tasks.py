"""Table of contents: the tasks of the rooms of this app."""

from phonebook.contacts.tasks import (
    follow_contact_source,
    follow_due_sources,
    forget_deleted_contacts,
    import_contacts,
)
from phonebook.naming.tasks import forget_directory_questions

__all__ = [
    "follow_contact_source",
    "follow_due_sources",
    "forget_deleted_contacts",
    "forget_directory_questions",
    "import_contacts",
]
