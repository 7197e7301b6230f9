"""The phonebook, below `/t/<slug>/phonebook/`."""

from __future__ import annotations

from django.urls import path

from phonebook.contacts.views import books, contacts, files, sources

urlpatterns = [
    path("", contacts.phonebook, name="phonebook"),
    path("new/", contacts.new_contact, name="contact_new"),
    path("deleted/", contacts.deleted, name="contacts_deleted"),
    path("duplicates/", books.duplicates, name="contacts_duplicates"),
    path("merge/", books.merge, name="contacts_merge"),
    path("numbers/", books.numbers, name="contacts_numbers"),
    path("books/", books.books, name="phonebook_books"),
    path("import/", files.start, name="contacts_import"),
    path("import/<int:pk>/", files.job, name="contacts_import_job"),
    path("import/<int:pk>/errors.csv", files.failures, name="contacts_import_errors"),
    path("export/", files.export, name="contacts_export"),
    path("books/<int:pk>/", books.book, name="phonebook_book"),
    path("books/<int:pk>/delete/", books.delete_book, name="phonebook_book_delete"),
    path("sources/", sources.sources, name="contact_sources"),
    path("sources/new/", sources.new_source, name="contact_source_new"),
    path("sources/<int:pk>/", sources.source, name="contact_source"),
    path("sources/<int:pk>/read/", sources.read_now, name="contact_source_read"),
    path("sources/<int:pk>/delete/", sources.delete_source, name="contact_source_delete"),
    path("conflicts/<int:pk>/", sources.conflict, name="contact_conflict"),
    path("undo/<int:entry_id>/", contacts.undo, name="contacts_undo"),
    path("<int:pk>/", contacts.contact, name="contact"),
    path("<int:pk>/edit/", contacts.edit_contact, name="contact_edit"),
    path("<int:pk>/delete/", contacts.delete_contact, name="contact_delete"),
    path("<int:pk>/restore/", contacts.restore, name="contact_restore"),
    path("<int:pk>/photo/", contacts.photo, name="contact_photo"),
]
