"""What a person pastes: any format, several numbers in a line. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from phonebook.numbers.kinds import Identity, NumberKind, identify, plain

MOST_TEXT = 100_000
_ENDS = re.compile(r"[\n\r\t;|,]+")
_OR = re.compile(r"\s+(?:or|and|või|ja|oder|und|o|e|&|/)\s+|\s*/\s*(?=[+0(])|\s(?=\+)", re.I)
_LABEL = re.compile(
    r"^\s*(?:[^\W\d_][\w .-]{0,30}[:=]|(?:tel|phone|mob|mobile|cell|gsm|fax|home|work|t|m|f|p)\.?\s)\s*",
    re.I,
)
_NOTE = re.compile(r"\s*(?:\((?=[^)]*[^\W\d_])[^)]*\)|\[[^\]]*\]|<[^>]*>)\s*$")
_SENDERS_KEPT = frozenset(
    {NumberKind.TELEPHONE, NumberKind.EXTENSION, NumberKind.SERVICE, NumberKind.SIP}
)


@dataclass(frozen=True, slots=True)
class Found:
    """`text` is the piece as it was written."""

    text: str
    identity: Identity


@dataclass(frozen=True, slots=True)
class Pasted:
    """In the order of the text, each key once; `unread`: pieces with digits that are no number."""

    found: tuple[Found, ...]
    unread: tuple[str, ...]


def read_pasted(text: str, country: str) -> Pasted:
    """The numbers of a text as people of `country` (ISO 3166) write them."""
    found: dict[tuple[str, str], Found] = {}
    unread: list[str] = []
    for line in re.split(r"[\n\r]+", text[:MOST_TEXT]):
        for one in _of_line(line, country, unread):
            found.setdefault((one.identity.key, one.identity.inner), one)
    return Pasted(tuple(found.values()), tuple(dict.fromkeys(unread)))


def _of_line(line: str, country: str, unread: list[str]) -> list[Found]:
    found: list[Found] = []
    for part in _ENDS.split(line):
        if part.strip():
            found += _of_part(part.strip(), country, unread)
    return found


def _of_part(part: str, country: str, unread: list[str]) -> list[Found]:
    whole = _as_one(part, country)
    if whole is not None and part.count("+") <= 1:
        return [whole]
    pieces = [piece.strip() for piece in _OR.split(part) if piece and piece.strip()]
    if len(pieces) > 1:
        each = [_as_one(piece, country) for piece in pieces]
        if all(one is not None or not _has_digits(p) for one, p in zip(each, pieces, strict=True)):
            return [one for one in each if one is not None]
    within = _within(part, country)
    if within:
        return within
    if pieces and len(pieces) > 1:
        found = []
        for piece, one in zip(pieces, (_as_one(piece, country) for piece in pieces), strict=True):
            if one is not None:
                found.append(one)
            elif _has_digits(piece):
                unread.append(piece)
        return found
    if _has_digits(part):
        unread.append(part)
    return []


def _as_one(piece: str, country: str) -> Found | None:
    """The piece without its label and its note, if it is one number."""
    bare = _NOTE.sub("", _LABEL.sub("", piece)).strip(" .\"'")
    for text in dict.fromkeys((piece, bare)):
        identity = identify(text, country)
        if identity.kind in _SENDERS_KEPT:
            return Found(text, identity)
    return None


def _within(part: str, country: str) -> list[Found]:
    """Numbers among other words, found by their shape."""
    region = country.upper() or None
    found = []
    for match in phonenumbers.PhoneNumberMatcher(
        plain(part), region, phonenumbers.Leniency.POSSIBLE
    ):
        identity = identify(match.raw_string, country)
        if identity.kind is NumberKind.TELEPHONE:
            found.append(Found(match.raw_string, identity))
    return found


def _has_digits(piece: str) -> bool:
    return sum(letter.isdigit() for letter in piece) >= 3
