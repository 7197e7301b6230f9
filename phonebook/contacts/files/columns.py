"""What a column of a table may mean, and what its heading says it means. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.folding import fold

SKIP, CUSTOM = "", "custom"
TARGETS: dict[str, str | Promise] = {
    SKIP: _("leave out"),
    "name": _("Name"),
    "first_name": _("First name"),
    "middle_name": _("Middle name"),
    "last_name": _("Last name"),
    "company": _("Company"),
    "job_title": _("Job"),
    "number:mobile": _("Number: mobile"),
    "number:work": _("Number: work"),
    "number:home": _("Number: home"),
    "number:main": _("Number: main"),
    "number:fax": _("Number: fax"),
    "number:other": _("Number: other"),
    "number_label": _("Kind of the next number"),
    "email": _("E-mail"),
    "web": _("Web"),
    "address": _("Address"),
    "note": _("Note"),
    "external_id": _("External id"),
    CUSTOM: _("Further field"),
}
_BETWEEN_VALUES = " ::: "  # as Google writes several into one cell
_NAMES: dict[str, tuple[str, ...]] = {
    "name": ("name", "full name", "display name", "fn", "nimi", "kontakt", "contact", "kuvatav nimi",
             "anzeigename", "nome completo", "file as"),
    "first_name": ("first name", "given name", "eesnimi", "vorname", "nome", "firstname"),
    "middle_name": ("middle name", "additional name", "keskmine nimi", "zweiter vorname"),
    "last_name": ("last name", "family name", "surname", "perekonnanimi", "perenimi", "nachname",
                  "cognome", "lastname"),
    "company": ("company", "organization name", "organization 1 name", "organization", "organisation",
                "firma", "ettevote", "asutus", "azienda", "societa", "unternehmen"),
    "job_title": ("job title", "organization title", "organization 1 title", "title", "amet", "position",
                  "ametikoht", "funktion", "qualifica", "job"),
    "email": ("e mail address", "email", "e mail", "email address", "e post", "epost", "mail",
              "e mail adresse", "posta elettronica", "e mail 1 value"),
    "web": ("web page", "website", "web", "url", "homepage", "koduleht", "webseite", "sito web",
            "website 1 value"),
    "address": ("address", "aadress", "adresse", "indirizzo", "address 1 formatted"),
    "note": ("notes", "note", "comment", "markus", "markused", "kommentaar", "notiz", "notizen", "kommentar"),
    "external_id": ("id", "external id", "uid", "contact id", "customer id", "kliendi id", "kundennummer"),
}  # fmt: skip
_BY_NAME = {name: target for target, names in _NAMES.items() for name in names}
_NUMBER = re.compile(
    r"\b(phone|tel|telefon|telephone|mobile|mobil|mobiil|handy|cell|cellulare|gsm|fax|faks|nummer|"
    r"number|telefono|fon|pager|isdn)\b|telefon"
)
_TYPES = (
    ("mobile", re.compile(r"mobi|handy|cell|gsm|iphone")),
    ("fax", re.compile(r"fax|faks")),
    (
        "work",
        re.compile(
            r"work|business|office|company|too|buro|dienst|geschaft|lavoro|ufficio|assistant"
        ),
    ),
    ("home", re.compile(r"home|kodu|privat|casa")),
    ("main", re.compile(r"main|primary|haupt|pea|switch")),
)
_ADDRESS = re.compile(r"^(business |home |work |other )?(street|city|state|postal code|zip|country|region|"
                      r"strasse|plz|ort|tanav|linn|postiindeks|via|citta|cap)(?: \d|$| address| region)?")  # fmt: skip


def type_of(words: str) -> str:
    """ "Business Phone 2" -> "work"; "other" if it does not say."""
    folded = fold(words)
    return next((name for name, pattern in _TYPES if pattern.search(folded)), "other")


def guess_targets(headings: Sequence[str]) -> list[str]:
    """A target for each heading; the same plain one (name, e-mail) only once."""
    found: list[str] = []
    for heading in headings:
        target = _guess(fold(heading))
        if target in _NAMES and target in found and target != "address":
            target = CUSTOM if heading.strip() else SKIP
        found.append(target)
    if "first_name" in found and "last_name" not in found and "name" not in found:
        found[found.index("first_name")] = "name"
    return _addresses(headings, found)


def _guess(folded: str) -> str:
    if not folded:
        return SKIP
    if folded in _BY_NAME:
        return _BY_NAME[folded]
    if re.fullmatch(r"phone \d+ (label|type)", folded):
        return "number_label"
    if _NUMBER.search(folded) and not folded.endswith((" label", " type")):
        return f"number:{type_of(folded)}"
    if re.fullmatch(r"e mail (2 |3 )?address|e ?mail \d+( value)?", folded):
        return CUSTOM
    if _ADDRESS.match(folded):
        return "address"
    return SKIP


def _addresses(headings: Sequence[str], found: list[str]) -> list[str]:
    """One address: that of work if there are several, none of the parts of a written out one."""
    places = [at for at, target in enumerate(found) if target == "address"]
    whole = [at for at in places if fold(headings[at]) in _NAMES["address"]]
    business = [at for at in places if fold(headings[at]).startswith(("business", "work"))]
    kept = whole or business or places
    return [
        SKIP if target == "address" and at not in kept else target
        for at, target in enumerate(found)
    ]


def draft_of_row(
    cells: Sequence[str], targets: Mapping[int, str], headings: Sequence[str]
) -> ContactDraft:
    """The contact of one row. Parts of a name and of an address are joined, further values kept."""
    words: dict[str, list[str]] = {}
    numbers: list[NumberDraft] = []
    custom: dict[str, str] = {}
    label = ""
    for at, target in sorted(targets.items()):
        cell = _plain(cells[at]) if at < len(cells) else ""
        if target == "number_label":
            label = cell
        elif target.startswith("number:"):
            kind = target.partition(":")[2]
            kind = type_of(label) if kind == "other" and label else kind
            numbers += [NumberDraft(one, kind) for one in _values(cell)]
            label = ""
        elif target == CUSTOM and cell:
            heading = headings[at] if at < len(headings) else ""
            custom[heading.strip() or f"{at + 1}"] = cell
        elif target and cell:
            words.setdefault(target, []).append(cell)
    first, *more = [one for cell in words.get("email", []) for one in _values(cell)] or [""]
    for place, one in enumerate(more, 2):
        custom.setdefault(f"E-mail {place}", one)
    parts = (" ".join(words.get(part, ())) for part in ("first_name", "middle_name", "last_name"))
    return ContactDraft(
        name=" ".join(words.get("name", ())) or " ".join(part for part in parts if part),
        company=" ".join(words.get("company", ())),
        job_title=" ".join(words.get("job_title", ())),
        email=first,
        web=_web(" ".join(words.get("web", ())[:1])),
        address="\n".join(words.get("address", ())),
        note="\n".join(words.get("note", ())),
        external_id=" ".join(words.get("external_id", ())),
        custom=custom,
        numbers=tuple(numbers),
    )


def _values(cell: str) -> list[str]:
    return [one.strip() for one in cell.split(_BETWEEN_VALUES.strip()) if one.strip()]


def _plain(cell: str) -> str:
    """Without the apostrophe that keeps spreadsheets from taking text for a formula."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in "=+-@" and len(text) > 1 else text


def _web(text: str) -> str:
    return text if not text or "://" in text else f"https://{text}"
