"""Directories of others that a book follows: CardDAV, LDAP, JSON over HTTP."""
