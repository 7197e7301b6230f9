"""What a written number is: a telephone, an extension, a service, a SIP name, nobody. Pure.

Whatever stands where a number belongs becomes an `Identity`: its kind, and a key that is the same
for every spelling of it and differs between kinds, so that keys alone may be compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote

import phonenumbers

from phonebook.numbers.e164 import LONGEST, SHORTEST, e164_of, is_e164, normalise


class NumberKind(StrEnum):
    """The closed list; what is none of the others is UNREADABLE and is kept as it was written."""

    TELEPHONE = "telephone"  # key: +37255512345
    EXTENSION = "extension"  # an inner number of the company; key: 101
    SERVICE = "service"  # 112, 1188: a short number of the country; key: 112
    ANONYMOUS = "anonymous"  # somebody who does not say; key: anonymous
    SIP = "sip"  # key: sip:alice@example.com
    SENDER = "sender"  # letters that sign a message, as "Postimees"; key: sender:postimees
    UNREADABLE = "unreadable"  # key: ""


@dataclass(frozen=True, slots=True)
class Identity:
    """`inner`: the digits to dial after the telephone answers ("ext. 12"), "" without."""

    kind: NumberKind
    key: str
    inner: str = ""

    @property
    def is_readable(self) -> bool:
        return self.kind is not NumberKind.UNREADABLE


UNREADABLE = Identity(NumberKind.UNREADABLE, "")
ANONYMOUS_KEY = "anonymous"
_HIDDEN = {
    "anonymous", "private", "restricted", "unknown", "unavailable", "withheld", "asserted",
    "anonymous@anonymous.invalid",
}  # fmt: skip
_LONGEST_EXTENSION = 6
_INNER = re.compile(
    r"(?:;\s*ext=|(?:\s|\b)(?:ext|extn|x|sise|durchwahl|int)\.?\s*:?\s*)(\d{1,7})\s*$", re.I
)
_SIP = re.compile(r"^<?(sips?):([^@>\s]+)@([^;>\s?]+)", re.I)
_SENDER = re.compile(r"^(?=.*[^\W\d_])[\w .&'+!-]{2,40}$")
_DIALLED = re.compile(r"[0-9+()./\s\u00a0\u2010-\u2015\u2011\ufeff\u200e\u200f\u202a-\u202e-]+")
_MARKS = re.compile("[\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
_DASHES = re.compile("[\u2010-\u2015\u2212\uff0d]")


@lru_cache(maxsize=8192)
def identify(text: str, country: str) -> Identity:
    """What `text` is for a company in `country` (ISO 3166)."""
    written = plain(text)
    if not written:
        return UNREADABLE
    if written.casefold() in _HIDDEN:
        return Identity(NumberKind.ANONYMOUS, ANONYMOUS_KEY)
    found = _SIP.match(written)
    if found:
        return _of_sip(unquote(found[2]), found[3].lower(), country)
    if written[:4].casefold() == "tel:":
        written = written[4:].partition(";phone-context")[0]
    inner = _INNER.search(written)
    if inner and any(letter.isdigit() for letter in written[: inner.start()]):
        outer = _of_digits(written[: inner.start()].strip(" ,;"), country)
        if outer.kind is NumberKind.TELEPHONE:
            return Identity(outer.kind, outer.key, inner[1])
    return _of_digits(written, country)


def plain(text: str) -> str:
    """The same in plain spaces, hyphens and digits: what pastes bring along is invisible."""
    if text.isascii():
        return " ".join(text.split())[:LONGEST]
    shown = _DASHES.sub("-", _MARKS.sub("", text))
    digits = "".join(str(_digit(letter)) if letter.isdecimal() else letter for letter in shown)
    return " ".join(digits.replace("\uff0b", "+").split())[:LONGEST]


def _digit(letter: str) -> int:
    import unicodedata

    return unicodedata.decimal(letter)


def _of_sip(user: str, host: str, country: str) -> Identity:
    number = user.partition(";")[0]
    if host == "anonymous.invalid" or number.casefold() in _HIDDEN:
        return Identity(NumberKind.ANONYMOUS, ANONYMOUS_KEY)
    if number.startswith("+") and is_e164(normalise(number, country)):
        return Identity(NumberKind.TELEPHONE, normalise(number, country))
    return Identity(NumberKind.SIP, f"sip:{number.casefold()}@{host}"[:LONGEST])


def _of_digits(written: str, country: str) -> Identity:
    key = e164_of(" ".join(written.split())[:LONGEST], country)
    if len(key) > SHORTEST:  # the plus and as many digits
        return Identity(NumberKind.TELEPHONE, key)
    if _DIALLED.fullmatch(written):
        digits = "".join(letter for letter in written if letter.isdigit())
        if written.startswith("+") or not digits:
            return UNREADABLE
        if _is_service(digits, country):
            return Identity(NumberKind.SERVICE, digits)
        if len(digits) <= _LONGEST_EXTENSION:
            return Identity(NumberKind.EXTENSION, digits)
        return UNREADABLE
    if re.fullmatch(r"[*#0-9]{2,20}", written):
        return Identity(NumberKind.SERVICE, written)
    if _SENDER.match(written) and sum(letter.isdigit() for letter in written) <= 4:
        return Identity(NumberKind.SENDER, f"sender:{' '.join(written.casefold().split())}")
    return UNREADABLE


@lru_cache(maxsize=2048)
def _is_service(digits: str, country: str) -> bool:
    region = country.upper()
    if not region or len(digits) > 6 or region not in phonenumbers.SUPPORTED_SHORT_REGIONS:
        return False
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_short_number_for_region(number, region)
