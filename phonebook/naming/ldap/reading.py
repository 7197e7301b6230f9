"""What one phone may read: its secret, its company's contacts, never more than asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.models import Contact
from phonebook.naming.ldap.entries import Entry, company_entry, entry_of, suffix_of
from phonebook.naming.ldap.filters import Filter, check_size, fits, texts_of
from phonebook.naming.models import PhoneDirectory
from phonebook.naming.phones import MOST, contacts_for, note_use, phone_by_digest
from phonebook.naming.services import digest_of

_LONGEST_SECRET = 200
_NAME = re.compile(r"(?:[a-z]{1,20}\s*=\s*)?([a-z0-9-]{1,60})\s*(?:,(.*))?", re.IGNORECASE)
_SPACES = re.compile(r"\s*([,=])\s*")


class NotLetIn(Exception):
    """Wrong name or secret; or taken away, or the phone is out of use, since it was let in."""


class NoSuchBase(Exception):
    """There is nothing of that name for this phone."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A phone that has shown its secret."""

    digest: str


@dataclass(frozen=True, slots=True)
class Question:
    """`is_base`: about `base` itself and nothing below it. `size` 0: as many as may be."""

    base: str
    is_base: bool
    asked: Filter
    size: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    entries: list[Entry]
    is_cut: bool = False


def let_in(name: str, secret: str) -> Guest:
    """`name`: acme-101 or 101, alone or as `uid=acme-101,dc=acme`. Raises NotLetIn."""
    if not secret or len(secret) > _LONGEST_SECRET:
        raise NotLetIn
    row = phone_by_digest(digest_of(secret))
    found = _NAME.fullmatch(name.strip()[:200])
    if row is None or found is None:
        raise NotLetIn
    slug, extension = row.tenant.slug, row.device.extension
    if found[1].lower() not in (extension, f"{slug}-{extension}"):
        raise NotLetIn
    if found[2] is not None and _plain(found[2]) != suffix_of(slug):
        raise NotLetIn
    return Guest(row.digest)


def answer(guest: Guest, question: Question) -> Answer:
    """Raises NotLetIn, NoSuchBase, TooDeep. The secret is looked at anew for every question."""
    check_size(question.asked)
    row = phone_by_digest(guest.digest)
    if row is None:
        raise NotLetIn
    slug, base = row.tenant.slug, _plain(question.base)
    most = min(question.size or MOST, MOST)
    with tenant_scope(row.tenant.pk):
        note_use(row)
        if question.is_base and base == suffix_of(slug):
            return _sifted([company_entry(slug, row.tenant.name)], question.asked, most)
        if base in ("", suffix_of(slug)):
            contacts = _contacts(row, question.asked)
        else:
            contacts = _one(row, base, slug)
        return _sifted((entry_of(one, slug) for one in contacts), question.asked, most)


def _contacts(row: PhoneDirectory, asked: Filter) -> list[Contact]:
    found: dict[int, Contact] = {}
    for text in texts_of(asked) or ("",):
        found |= {one.pk: one for one in contacts_for(row, text)}
    return list(found.values())


def _one(row: PhoneDirectory, base: str, slug: str) -> list[Contact]:
    name = re.fullmatch(rf"uid=([0-9]{{1,18}}),{re.escape(suffix_of(slug))}", base)
    found = contacts_for(row, "", pk=int(name[1])) if name else []
    if not found:
        raise NoSuchBase
    return found


def _sifted(entries: Iterable[Entry], asked: Filter, most: int) -> Answer:
    found = [one for one in entries if fits(asked, one.by_small_name)]
    return Answer(found[:most], is_cut=len(found) > most)


def _plain(name: str) -> str:
    return _SPACES.sub(r"\1", name.strip().lower())[:200]
