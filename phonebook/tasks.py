"""Table of contents: the tasks of the rooms of this app."""

from phonebook.contacts.tasks import forget_deleted_contacts, import_contacts

__all__ = ["forget_deleted_contacts", "import_contacts"]
