"""Words without accents and case, as search compares them. Pure; changing it means `refold`."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
)
_NO_WORD = re.compile(r"[^\w]+|_+")
# how Germans write umlauts where there are none, and how Estonians write ü, ö
_PLAIN = (("ue", "u"), ("oe", "o"), ("ae", "a"))


def fold(text: str) -> str:
    """ "Jürgen Müßig, GmbH & Co." -> "jurgen mussig gmbh co"."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _NO_WORD.sub(" ", text.casefold()).strip()


@lru_cache(maxsize=4096)
def spellings(word: str) -> tuple[str, ...]:
    """A folded word as typed, and with "ue" for "ü" undone: "mueller" -> ("mueller", "muller")."""
    other = word
    for written, folded in _PLAIN:
        other = other.replace(written, folded)
    return (word,) if other == word or len(other) < 3 else (word, other)


def digits_of(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())
