"""What a note or an entry is about, as it stands in an address: ?number=&contact=&pbx=&call=&from=&to=."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from phonebook.contacts.models import Contact
from phonebook.contacts.permissions import Reader
from phonebook.contacts.selectors import contacts_seen
from phonebook.contacts.wording import said
from phonebook.notes.services import Subject
from phonebook.numbers.kinds import identify

_LAST = 253_402_300_799.0  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class Asked:
    """`title`: of whom, in words; `began_at` and `ended_at`: of the call, if the address says."""

    subject: Subject
    title: str
    query: str
    began_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return self.subject == Subject()


def asked_about(values: Mapping[str, str], reader: Reader, country: str) -> Asked:
    """Up to one query. A contact that the reader does not see is as none."""
    number = values.get("number", "")[:80]
    key = identify(number, country).key
    contact = _contact(values.get("contact", ""), reader)
    subject = Subject(
        key=key,
        contact=contact,
        call_pbx=values.get("pbx", "")[:32],
        call_linkedid=values.get("call", "")[:150],
    )
    kept = {
        name: values.get(name, "") for name in ("number", "contact", "pbx", "call", "from", "to")
    }
    title = str(contact) if contact else said(key or number, country)
    return Asked(
        subject=subject,
        title=title,
        query=urlencode({name: value for name, value in kept.items() if value}),
        began_at=_instant(values.get("from", "")),
        ended_at=_instant(values.get("to", "")),
    )


def _contact(text: str, reader: Reader) -> Contact | None:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return contacts_seen(reader).filter(pk=int(text)).first()


def _instant(text: str) -> datetime | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds <= _LAST else None
