"""Search as somebody types: names, companies, any part of a number; accents and slips forgiven."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from phonebook.contacts.folding import digits_of, fold, spellings
from phonebook.contacts.models import Contact
from phonebook.contacts.permissions import Reader
from phonebook.contacts.selectors import book_ids_read, with_numbers
from phonebook.numbers.e164 import search_digits

MOST = 20
LONGEST = 80
MOST_TERMS = 6
LEAST = 3  # letters or digits that an index can find anywhere; fewer only begin a name
_CANDIDATES = 60
_WORDS_TRIED = 4
_NUMBER_LETTERS = set("0123456789+-()./ \u00a0")


@dataclass(frozen=True, slots=True)
class Hits:
    """`contacts` with their numbers, best first; `is_guess`: nothing had what was typed."""

    contacts: Sequence[Contact] = ()
    is_guess: bool = False


def search_contacts(text: str, reader: Reader, country: str, most: int = MOST) -> Hits:
    """Five queries at most, however many contacts there are."""
    typed = " ".join(text.split())[:LONGEST]
    if not typed:
        return Hits()
    books = book_ids_read(reader)
    terms, prefix = _terms(typed, country)
    ids = _find(terms, prefix, books, reader, most)
    is_guess = False
    if not ids and prefix:
        guesses = _guesses(fold(typed).split())
        if guesses:
            ids, is_guess = _find(guesses, "", books, reader, most), True
    return Hits(_read(ids, reader), is_guess and bool(ids))


def _terms(typed: str, country: str) -> tuple[list[dict[str, list[str]]], str]:
    """What must occur, and how the name may begin. `text` and `digits` are patterns of which one
    must fit; `words`, what a single word of the name is like then, for the index."""
    if set(typed) <= _NUMBER_LETTERS and len(digits_of(typed)) >= LEAST:
        digits = digits_of(typed)
        spelt = {digits, search_digits(typed, country), digits.lstrip("0")}
        parts = sorted(one for one in spelt if len(one) >= LEAST)
        written = fold(typed)
        longest = max(written.split(), key=len, default="")
        words = [_anywhere(longest)] if len(longest) >= LEAST else []
        digits_like = [_anywhere(one) for one in parts]
        return [{"text": [_anywhere(written)], "words": words, "digits": digits_like}], ""
    words = fold(typed).split()[:MOST_TERMS]
    terms = []
    for word in words:
        if len(word) < LEAST:
            # its beginning alone is too little for an index; beside longer ones it sifts
            terms.append({"text": [f"{word}%", f"% {word}%"], "words": [], "digits": []})
            continue
        numbers = [_anywhere(word)] if word.isdigit() else []
        parts = [_anywhere(one) for one in spellings(word)]
        terms.append({"text": parts, "words": parts, "digits": numbers})
    if all(len(word) < LEAST for word in words):
        terms = []
    return terms, " ".join(words)


def _anywhere(part: str) -> str:
    return f"%{part}%"


def _find(
    terms: list[dict[str, list[str]]],
    prefix: str,
    books: Sequence[int],
    reader: Reader,
    most: int,
) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contact_id FROM contact_search.find(%s::jsonb, %s, %s, %s, %s)",
            [json.dumps(terms), prefix, list(books), reader.user_id, most],
        )
        return list(dict.fromkeys(row[0] for row in cursor.fetchall()))[:most]


def _guesses(words: Sequence[str]) -> list[dict[str, list[str]]]:
    """Terms of words that occur and look like those typed; empty if some word has none."""
    terms = []
    for word in words[:MOST_TERMS]:
        if len(word) < LEAST or word.isdigit():
            continue
        likely = [one for one in _alike(word) if slips(word, one) <= (1 if len(word) < 6 else 2)]
        if not likely:
            return []
        parts = [_anywhere(one) for one in likely[:_WORDS_TRIED]]
        terms.append({"text": parts, "words": parts, "digits": []})
    return terms


def _alike(word: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact_search.alike(%s, %s)", [word, _CANDIDATES])
        return [row[0] for row in cursor.fetchall()]


def slips(typed: str, word: str) -> int:
    """Letters wrong, missing, too many or swapped until `typed` is `word` or how it begins."""
    size = len(typed)
    before: list[int] = []
    row = list(range(len(word) + 1))
    for i, letter in enumerate(typed, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(word, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == word[j - 2] and typed[i - 2] == other:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
    return min(row[max(0, size - 1) :], default=row[-1]) if len(word) > size else row[-1]


def _read(ids: Sequence[int], reader: Reader) -> list[Contact]:
    """The wall and the rights hold here again: what the index names is read as any contact is."""
    if not ids:
        return []
    rows = Contact.objects.filter(reader.contacts, pk__in=ids, deleted_at=None)
    found: dict[int, Any] = {one.pk: one for one in rows.select_related("book__group")}
    return with_numbers([found[pk] for pk in ids if pk in found])
