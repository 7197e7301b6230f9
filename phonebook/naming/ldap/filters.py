"""What a phone asks for, apart from how LDAP writes it: what to look up, and whether it fits. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phonebook.contacts.folding import digits_of, fold, spellings
from phonebook.contacts.search import LEAST

NAMES = frozenset({"cn", "sn", "givenname", "displayname", "o"})
NUMBERS = frozenset({"telephonenumber", "mobile", "homephone", "facsimiletelephonenumber"})
DEEPEST = 10
MOST_PARTS = 40
MOST_TEXTS = 4  # look-ups for one question

Attributes = Mapping[str, Sequence[str]]
"""By name in small letters."""


@dataclass(frozen=True, slots=True)
class Like:
    """`attribute` in small letters; `parts`: what comes in this order, the first at the beginning
    where `is_begun`, the last at the end where `is_ended`. No parts: there is any value."""

    attribute: str
    parts: tuple[str, ...] = ()
    is_begun: bool = False
    is_ended: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Without:
    part: Filter


Filter = Like | Both | Either | Without


class TooDeep(ValueError):
    """Nobody asks so."""


def check_size(asked: Filter) -> None:
    """Raises TooDeep."""
    left, depth = [asked], 0
    count = 0
    while left:
        depth += 1
        count += len(left)
        if depth > DEEPEST or count > MOST_PARTS:
            raise TooDeep
        inner: list[Filter] = []
        for one in left:
            if isinstance(one, Both | Either):
                inner += one.parts
            elif isinstance(one, Without):
                inner.append(one.part)
        left = inner


def texts_of(asked: Filter) -> tuple[str, ...] | None:
    """What to search for, so that whatever fits is among what is found; None: nothing narrows it,
    () for what the search does not know (as mail)."""
    match asked:
        case Like():
            return _text(asked)
        case Both(parts):
            known = [found for found in map(texts_of, parts) if found]
            if known:
                return min(known, key=lambda found: (len(found), -len("".join(found))))
            return () if any(texts_of(part) == () for part in parts) else None
        case Either(parts):
            each = [texts_of(part) for part in parts]
            if None in each:
                return None
            texts = dict.fromkeys(text for found in each for text in found or ())
            return tuple(texts)[:MOST_TEXTS]
        case Without():
            return None


def _text(asked: Like) -> tuple[str, ...] | None:
    if asked.attribute in NUMBERS:
        digits = max((digits_of(part) for part in asked.parts), key=len, default="")
        return (digits,) if len(digits) >= LEAST else None
    if not asked.parts or asked.attribute == "objectclass":
        return None
    if asked.attribute not in NAMES:
        return ()
    return (max(asked.parts, key=len),)


def fits(asked: Filter, entry: Attributes) -> bool:
    match asked:
        case Like():
            return any(_is_like(asked, value) for value in entry.get(asked.attribute, ()))
        case Both(parts):
            return all(fits(part, entry) for part in parts)
        case Either(parts):
            return any(fits(part, entry) for part in parts)
        case Without(part):
            return not fits(part, entry)


def _is_like(asked: Like, value: str) -> bool:
    if not asked.parts:
        return True
    if asked.attribute in NUMBERS:
        parts, digits = [digits_of(part) for part in asked.parts], digits_of(value)
        # +372 5551, 00372 5551, 5551 and 05551 begin the same number
        begun = [parts[0].lstrip("0"), *parts[1:]] if asked.is_begun else parts
        return _in_order(asked, parts, digits, False) or _in_order(asked, begun, digits, False)
    folded = fold(value)
    return any(
        _in_order(asked, parts, folded, asked.is_begun)
        for parts in _spelt([fold(part) for part in asked.parts])
    )


def _spelt(parts: list[str]) -> list[list[str]]:
    """As typed, and with "ue" for "ü" undone."""
    return [parts, [spellings(part)[-1] for part in parts]]


def _in_order(asked: Like, parts: Sequence[str], value: str, is_begun: bool) -> bool:
    """Each part at its first place after the one before: no going back, however many there are."""
    if not any(parts):
        return False
    if is_begun and not value.startswith(parts[0]):
        return False
    at = 0
    for part in parts[:-1] if asked.is_ended else parts:
        found = value.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if not asked.is_ended:
        return True
    last = parts[-1]
    if len(parts) == 1 and is_begun:
        return value == last
    return value.endswith(last) and len(value) - len(last) >= at
