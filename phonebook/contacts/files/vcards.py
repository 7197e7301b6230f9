"""vCard 2.1, 3 and 4, as phones, iCloud, Outlook and Nextcloud write them; read and written."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import vobject  # type: ignore[import-untyped]
from vobject.base import ParseError, VObjectError  # type: ignore[import-untyped]

from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.files.columns import type_of

LONGEST_CARD = 2 * 1024 * 1024  # characters; a photo within included
_TYPES = {"mobile": "cell", "work": "work", "home": "home", "main": "main", "fax": "fax"}


@dataclass(frozen=True, slots=True)
class Card:
    """The text of one card. `number` counts from 1; `read_bytes`: how far into the file."""

    number: int
    text: str
    read_bytes: int


class CardNotRead(ValueError):
    pass


def cards_of(data: bytes, encoding: str) -> Iterator[Card]:
    """One card at a time; what stands between cards is nobody's."""
    source = io.BytesIO(data)
    lines: list[str] = []
    number = size = 0
    inside = False
    for line in io.TextIOWrapper(source, encoding=encoding or "utf-8-sig", errors="replace"):
        mark = line.strip().upper()
        if mark == "BEGIN:VCARD":
            lines, inside, size = [], True, 0
        if inside:
            size += len(line)
            if size <= LONGEST_CARD:
                lines.append(line.rstrip("\r\n"))
        if mark == "END:VCARD" and inside:
            number += 1
            inside = False
            text = "\r\n".join(lines) + "\r\n" if size <= LONGEST_CARD else ""
            yield Card(number, text, source.tell())


def draft_of_card(text: str) -> ContactDraft:
    """Raises CardNotRead."""
    if not text:
        raise CardNotRead("too large")
    try:
        card = vobject.readOne(_without_photo(text), ignoreUnreadable=True)
        if card is None or card.name != "VCARD":
            raise CardNotRead("no card")
        return _draft(card)
    except (ParseError, VObjectError, ValueError, IndexError, AttributeError, KeyError) as error:
        raise CardNotRead(str(error)[:200]) from error


def _without_photo(text: str) -> str:
    """Pictures in a card are many lines that nobody asked for here."""
    if "PHOTO" not in text.upper():
        return text
    kept, skips = [], False
    for line in text.split("\r\n"):
        if line[:1] in (" ", "\t"):
            if not skips:
                kept.append(line)
            continue
        name = line.partition(":")[0].partition(";")[0].rpartition(".")[2].upper()
        skips = name in ("PHOTO", "LOGO", "KEY", "SOUND")
        if not skips:
            kept.append(line)
    return "\r\n".join(kept)


def photo_of_card(text: str) -> bytes:
    """The first picture that stands in the card itself; b"" for none. An address is not fetched.

    Raises CardNotRead where it is no Base64.
    """
    lines = iter(text.split("\r\n"))
    for line in lines:
        head, _colon, value = line.partition(":")
        if head.partition(";")[0].rpartition(".")[2].upper() != "PHOTO":
            continue
        parts = [value]
        for more in lines:
            # 2.1 ends the picture with an empty line, and folds with blanks as the others do
            if more[:1] not in (" ", "\t"):
                break
            parts.append(more.strip())
        packed = "".join(parts)
        is_packed = any(one in head.upper() for one in ("ENCODING=B", ";BASE64"))
        if packed[:5].lower() == "data:":
            kind, _comma, packed = packed.partition(",")
            is_packed = kind.lower().endswith(";base64")
        if not is_packed:
            return b""
        try:
            return base64.b64decode(packed, validate=True)
        except ValueError as error:
            raise CardNotRead(str(error)) from error
    return b""


def _draft(card: Any) -> ContactDraft:
    parts = card.contents
    labels = {one.group: str(one.value) for one in parts.get("x-ablabel", ()) if one.group}
    emails = [str(one.value).strip() for one in parts.get("email", ()) if str(one.value).strip()]
    custom = {f"E-mail {place}": one for place, one in enumerate(emails[1:], 2)}
    return ContactDraft(
        name=_name(parts),
        company=_organisation(parts),
        job_title=_first(parts, "title") or _first(parts, "role"),
        email=emails[0] if emails else "",
        web=_web(_first(parts, "url")),
        address=_address(parts),
        note=_first(parts, "note"),
        external_id=_first(parts, "uid").removeprefix("urn:uuid:"),
        custom=custom,
        numbers=tuple(
            NumberDraft(str(one.value).strip().removeprefix("tel:"), _type(one, labels))
            for one in parts.get("tel", ())
            if str(one.value).strip()
        ),
    )


def _name(parts: Any) -> str:
    if full := _first(parts, "fn"):
        return "" if full == _organisation(parts) and not _first(parts, "n").strip() else full
    if not parts.get("n"):
        return ""
    name = parts["n"][0].value
    words = (getattr(name, part, "") for part in ("given", "additional", "family"))
    return " ".join(_text(one) for one in words if _text(one))


def _organisation(parts: Any) -> str:
    value = parts["org"][0].value if parts.get("org") else ""
    if isinstance(value, list):
        return ", ".join(str(one) for one in value if str(one).strip())
    return str(value)


def _address(parts: Any) -> str:
    if not parts.get("adr"):
        return ""
    value = parts["adr"][0].value
    lines = [
        _text(getattr(value, "street", "")),
        " ".join(_text(getattr(value, part, "")) for part in ("code", "city")).strip(),
        _text(getattr(value, "region", "")),
        _text(getattr(value, "country", "")),
    ]
    return "\n".join(line for line in lines if line)


def _type(line: Any, labels: dict[str, str]) -> str:
    words = [str(one) for key in ("TYPE", "type") for one in line.params.get(key, ())]
    words += [str(one) for one in getattr(line, "singletonparams", ())]
    words.append(labels.get(line.group or "", ""))
    return type_of(" ".join(words).replace(",", " "))


def _first(parts: Any, name: str) -> str:
    return _text(parts[name][0].value) if parts.get(name) else ""


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(one) for one in value).strip()
    return str(value).strip()


def _web(text: str) -> str:
    return text if not text or "://" in text else f"https://{text}"


def as_vcard(draft: ContactDraft, uid: str, version: str = "3.0") -> str:
    """One card of version 3.0 or 4.0, lines folded, ended by CRLF."""
    card = vobject.vCard()
    if version == "4.0":
        card.add("version").value = "4.0"
    card.add("fn").value = draft.shown_name
    first, _space, last = draft.name.rpartition(" ")
    card.add("n").value = vobject.vcard.Name(family=last, given=first)
    if draft.company:
        card.add("org").value = [draft.company]
    for name, value in (("title", draft.job_title), ("url", draft.web), ("note", draft.note)):
        if value:
            card.add(name).value = value
    for value in _emails(draft):
        card.add("email").value = value
    if draft.address:
        card.add("adr").value = vobject.vcard.Address(street=draft.address.replace("\n", ", "))
    for number in draft.numbers:
        line = card.add("tel")
        line.value = number.entered
        if number.type in _TYPES:
            line.type_param = _TYPES[number.type]
    card.add("uid").value = draft.external_id or uid
    return str(card.serialize(validate=version == "3.0"))


def _emails(draft: ContactDraft) -> Iterable[str]:
    if draft.email:
        yield draft.email
    yield from (text for label, text in draft.custom.items() if label.startswith("E-mail "))
