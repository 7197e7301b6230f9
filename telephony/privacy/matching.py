"""Finding a person's numbers in whatever text they stand, and writing something else there. Pure.

A number is known by the form in which calls have it (phonebook.numbers.e164.normalise). Each form
gets a pseudonym that no network has: +999 is no country. It is the same in every spelling, so that
calls built anew from changed lines are alike where they were alike, and differ where they differed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping

import phonenumbers

from phonebook.numbers.e164 import normalise

SHORTEST = 6  # digits; less are extensions and services, which are no persons
PREFIX = "+999"
# not the channel ids, whose epoch has as many digits as a number: they go on with a point
_RUN = re.compile(r"(?<![0-9A-Za-z.])(?:\+|%2[Bb])?[0-9]{6,20}(?![0-9A-Za-z]|\.[0-9])")
_GAP = r"[\s()/.\u00a0\u2010-\u2015-]{0,3}"
PseudonymOf = Callable[[str], "str | None"]


def new_pseudonym() -> str:
    """Random: nothing leads back from it."""
    return f"{PREFIX}{secrets.randbelow(10**11):011d}"


def digits_of(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())


def own_digits(form: str) -> str:
    """The digits that stand in every spelling of a number: those without the country's code."""
    try:
        parsed = phonenumbers.parse(form, None)
    except phonenumbers.NumberParseException:
        return digits_of(form)
    return str(parsed.national_number)


def rough_pattern(forms: Iterable[str]) -> str:
    """A regular expression, for PostgreSQL too, on the digits of a text alone: finds what may be
    one of them, and more."""
    return "|".join(sorted({own_digits(form) for form in forms}))


class Matcher:
    """`pseudonym_of` a form, or None for somebody else's number. `country`: the company's."""

    def __init__(self, pseudonym_of: PseudonymOf, country: str, forms: Iterable[str] = ()) -> None:
        self._pseudonym_of = pseudonym_of
        self._country = country
        self._written = [
            (re.compile(_written(form)), found)
            for form in forms
            if (found := pseudonym_of(form)) is not None
        ]

    @classmethod
    def of(cls, pseudonyms: Mapping[str, str], country: str) -> Matcher:
        return cls(pseudonyms.get, country, pseudonyms)

    def whole(self, text: str) -> str | None:
        """The pseudonym of a text that is nothing but a number."""
        if len(digits_of(text)) < SHORTEST:
            return None
        return self._pseudonym_of(normalise(text, self._country))

    def technical(self, text: str) -> str:
        """Names of channels, dial strings, JSON of the PBX: numbers stand there without spaces."""
        if len(text) < SHORTEST:
            return text
        return self.whole(text) or _RUN.sub(self._instead, text)

    def written(self, text: str) -> str:
        """What people wrote, with spaces, brackets and hyphens."""
        for pattern, pseudonym in self._written:
            text = pattern.sub(pseudonym, text)
        return self.technical(text)

    def _instead(self, found: re.Match[str]) -> str:
        run = found[0]
        plain = "+" + run[3:] if run.startswith("%") else run
        return self._pseudonym_of(normalise(plain, self._country)) or run


def _written(form: str) -> str:
    own = own_digits(form)
    code = digits_of(form).removesuffix(own)
    body = _GAP.join(own)
    before = rf"(?:(?:\+|00)?{_GAP}{code}{_GAP}(?:\(0\){_GAP})?|\(?0{_GAP})?" if code else r"\+?"
    return rf"(?<![0-9A-Za-z.+]){before}\(?{body}(?![0-9A-Za-z]|\.[0-9])"
