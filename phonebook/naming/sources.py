"""Where names come from, in which order: the words of the chain. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

INTERNAL = "internal"
PERSONAL = "personal"
GROUP = "group"
COMPANY = "company"
SYNCED = "synced"
CARRIER = "carrier"
WORDS: dict[str, str | Promise] = {
    INTERNAL: _("Colleagues and their phones"),
    PERSONAL: _("Own phonebook and own private contacts"),
    GROUP: _("Phonebook of the group called"),
    COMPANY: _("Company phonebooks, entered here"),
    SYNCED: _("Company phonebooks, from a source (CRM, LDAP, CardDAV, API)"),
    CARRIER: _("Name that came with the call"),
}
TARGAD_KONED = (INTERNAL, PERSONAL, GROUP, SYNCED, COMPANY, CARRIER)
NETHCTI = (PERSONAL, SYNCED, COMPANY, GROUP, INTERNAL, CARRIER)
PRESETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "targad_koned": ("Targad koned", TARGAD_KONED),
    "nethcti": ("NethCTI", NETHCTI),
}
# directories come where each preset has its outside database
_BEFORE = {"targad_koned": COMPANY, "nethcti": COMPANY}
_DIRECTORY = "directory:"


def directory_source(pk: int) -> str:
    return f"{_DIRECTORY}{pk}"


def directory_id(source: str) -> int | None:
    """The ExternalDirectory that a source means; None for the others."""
    rest = source.removeprefix(_DIRECTORY)
    return int(rest) if rest != source and rest.isdecimal() else None


def of_preset(preset: str, directory_ids: Iterable[int]) -> list[str]:
    """The order of a preset with this company's directories in it. KeyError for another word."""
    order = list(PRESETS[preset][1])
    place = order.index(_BEFORE[preset])
    order[place:place] = [directory_source(pk) for pk in directory_ids]
    return order


def known(order: Sequence[str], directory_ids: Iterable[int]) -> list[str]:
    """The order without what does not exist (any more), each once."""
    allowed = {*WORDS, *(directory_source(pk) for pk in directory_ids)}
    return [source for source in dict.fromkeys(order) if source in allowed]
