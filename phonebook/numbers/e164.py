"""Telephone numbers: one form to keep and compare, one to show. Pure.

E.164 is `+`, the country's code, the rest, no spaces. What is no telephone number (an extension,
"anonymous", a SIP name) stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

LONGEST = 80
SHORTEST = 6  # digits; shorter ones are extensions and services
_SURELY_NATIONAL = 7
_SURELY_WHOLE = 10


@lru_cache(maxsize=8192)
def normalise(text: str, country: str) -> str:
    """E.164 of a number as dialled or shown in `country` (ISO 3166), else the text trimmed.

    Understands +372..., 00372..., national forms, and carriers that send the country's code
    without a plus.
    """
    trimmed = " ".join(text.split())[:LONGEST]
    return e164_of(trimmed, country) or trimmed


@lru_cache(maxsize=8192)
def e164_of(trimmed: str, country: str) -> str:
    """The same for a trimmed text; "" for what is no telephone number."""
    number = _parse(trimmed, country)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if number else ""


@lru_cache(maxsize=8192)
def display(number: str, country: str) -> str:
    """How a person in `country` reads it: national without the own country's code, else +CC rest.

    Without a country it stays E.164, as programs want it.
    """
    parsed = _parse(number, country) if country and number.startswith("+") else None
    if parsed is None:
        return number
    if parsed.country_code == phonenumbers.country_code_for_region(country.upper()):
        return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)


def is_e164(text: str) -> bool:
    return text.startswith("+") and _parse(text, "") is not None


def search_digits(text: str, country: str) -> str:
    """What somebody typed into a search box as digits to look for; "" if there are none.

    A whole number in its national form becomes the whole E.164 digits.
    """
    number = normalise(text, country)
    return "".join(letter for letter in number if letter.isascii() and letter.isdigit())[:32]


def masked(number: str) -> str:
    """For those who may not see others' callers: the last digits become dots."""
    if len(number) <= 4 or not number[-1].isdigit():
        return number
    return number[:-4] + "\u2022" * 4


def _parse(text: str, country: str) -> PhoneNumber | None:
    digits = sum(map(str.isdigit, text))
    if digits < SHORTEST or not text.isascii() or any(map(str.isalpha, text)):
        return None
    dialled = f"+{text[2:]}" if text.startswith("00") else text
    if dialled.startswith("+"):
        # it says itself what it is, so it need not be one that is given out today
        return _attempt(dialled, None, phonenumbers.is_possible_number)
    region = country.upper() or None
    whole = f"+{dialled}"
    found = _attempt(dialled, region, phonenumbers.is_valid_number)
    if found is None or _lacks_prefix(dialled, found, region):
        found = _attempt(whole, None, phonenumbers.is_valid_number) or found
    # numbers that nobody has (in stories, on test lines) go by their length alone
    if found is None and digits >= _SURELY_WHOLE and not dialled.startswith("0"):
        found = _attempt(whole, None, phonenumbers.is_possible_number)
    if found is None and digits >= _SURELY_NATIONAL:
        found = _attempt(dialled, region, phonenumbers.is_possible_number)
    return found


def _lacks_prefix(dialled: str, found: PhoneNumber, region: str | None) -> bool:
    """Whether it opens with the own country's code where people always dial their prefix first.

    "4915123456789" in Germany is a carrier's +49 151..., not the 04915 123456789 that it could be.
    """
    prefix = phonenumbers.ndd_prefix_for_region(region or "", strip_non_digits=True)
    digits = _digits(dialled)
    if not prefix or digits.startswith(prefix) or not digits.startswith(str(found.country_code)):
        return False
    return _digits(phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL)).startswith(prefix)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


@lru_cache(maxsize=8192)
def _attempt(
    text: str, region: str | None, is_good: Callable[[PhoneNumber], bool]
) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    return number if is_good(number) else None
