"""A contact as somebody wants it, before it is a row: checked, cut to size, compared. Pure.

The same shape comes from forms, files, sources and the API, and goes into the audit log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from phonebook.contacts.folding import digits_of, fold
from phonebook.numbers.kinds import Identity, NumberKind, identify

TEXT_FIELDS = ("name", "company", "job_title", "email", "web", "address", "note")
LONGEST = {
    "name": 120, "company": 120, "job_title": 120, "email": 254, "web": 500, "address": 500,
    "note": 2000,
}  # fmt: skip
MOST_NUMBERS = 20
MOST_CUSTOM = 30
LONGEST_LABEL = 60
LONGEST_CUSTOM = 500
NUMBER_TYPES = ("mobile", "work", "home", "main", "fax", "other")


@dataclass(frozen=True, slots=True)
class NumberDraft:
    entered: str
    type: str = "other"

    def identity(self, country: str) -> Identity:
        return identify(self.entered, country)


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """`custom`: label -> text. What is "" is not there."""

    name: str = ""
    company: str = ""
    job_title: str = ""
    email: str = ""
    web: str = ""
    address: str = ""
    note: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    visibility: str = "public"
    external_id: str = ""
    numbers: tuple[NumberDraft, ...] = ()

    @property
    def shown_name(self) -> str:
        return self.name or self.company

    @property
    def search_text(self) -> str:
        return fold(f"{self.name} {self.company}")

    @property
    def sort_name(self) -> str:
        return (fold(self.name) or fold(self.company))[:250]


def tidy(draft: ContactDraft) -> ContactDraft:
    """Spaces straightened, lengths kept to, empty and repeated numbers left out."""
    texts = {name: _text(getattr(draft, name), LONGEST[name]) for name in TEXT_FIELDS}
    for name in ("address", "note"):
        texts[name] = _lines(getattr(draft, name), LONGEST[name])
    custom = {
        _text(label, LONGEST_LABEL): _lines(text, LONGEST_CUSTOM)
        for label, text in list(draft.custom.items())[:MOST_CUSTOM]
        if _text(label, LONGEST_LABEL) and _lines(text, LONGEST_CUSTOM)
    }
    return replace(
        draft,
        **texts,
        custom=custom,
        external_id=_text(draft.external_id, 200),
        numbers=tuple(_numbers(draft.numbers)),
    )


def _numbers(given: Iterable[NumberDraft]) -> Iterable[NumberDraft]:
    seen: set[str] = set()
    for number in given:
        entered = _text(number.entered, 80)
        if not entered or entered in seen:
            continue
        seen.add(entered)
        if len(seen) > MOST_NUMBERS:
            return
        yield NumberDraft(entered, number.type if number.type in NUMBER_TYPES else "other")


def _text(text: Any, most: int) -> str:
    return " ".join(str(text or "").replace("\0", "").split())[:most].rstrip()


def _lines(text: Any, most: int) -> str:
    lines = (" ".join(line.split()) for line in str(text or "").replace("\0", "").splitlines())
    return "\n".join(line for line in lines if line)[:most].rstrip()


def search_digits(identities: Iterable[Identity], entered: Iterable[str]) -> str:
    """The digits of all numbers, apart from each other; those of unreadable ones as written."""
    found = []
    for identity, written in zip(identities, entered, strict=True):
        text = written if identity.kind is NumberKind.UNREADABLE else identity.key + identity.inner
        found.append(digits_of(text))
    return " ".join(dict.fromkeys(one for one in found if one))


def as_json(draft: ContactDraft) -> dict[str, Any]:
    """For the audit log and for conflicts; `from_json` undoes it."""
    return {
        **{name: getattr(draft, name) for name in TEXT_FIELDS},
        "custom": dict(draft.custom),
        "visibility": draft.visibility,
        "external_id": draft.external_id,
        "numbers": [{"type": one.type, "number": one.entered} for one in draft.numbers],
    }


def from_json(given: Mapping[str, Any]) -> ContactDraft:
    plain = {name: str(given.get(name) or "") for name in TEXT_FIELDS}
    numbers = given.get("numbers") or ()
    return ContactDraft(
        **plain,
        custom=dict(given.get("custom") or {}),
        visibility=str(given.get("visibility") or "public"),
        external_id=str(given.get("external_id") or ""),
        numbers=tuple(
            NumberDraft(str(one.get("number") or ""), str(one.get("type") or "other"))
            for one in numbers
        ),
    )


def merged(first: ContactDraft, others: Iterable[ContactDraft]) -> ContactDraft:
    """What one contact made of several has: the first's words, the others' where it has none."""
    values: dict[str, Any] = {name: getattr(first, name) for name in TEXT_FIELDS}
    custom = dict(first.custom)
    numbers = list(first.numbers)
    notes = [first.note] if first.note else []
    emails = [first.email]
    for other in others:
        for name in TEXT_FIELDS:
            values[name] = values[name] or getattr(other, name)
        if other.email and other.email not in (*emails, values["email"]):
            emails.append(other.email)
            custom.setdefault(f"E-mail {len(emails)}", other.email)
        for label, text in other.custom.items():
            custom.setdefault(label, text)
        numbers += other.numbers
        if other.note and other.note not in notes:
            notes.append(other.note)
    values["note"] = "\n".join(notes)
    return replace(first, **values, custom=custom, numbers=tuple(numbers))
