"""Contacts in files: CSV, vCard and XLSX, read and written. Nothing here knows the database."""
