"""CardDAV (RFC 6352): the cards of one address book."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.translation import gettext

from callcenter.outbound.requests import Answer, ask
from callcenter.tenants.refusals import Refusal
from phonebook.contacts.drafts import ContactDraft
from phonebook.contacts.files.vcards import (
    Card,
    CardNotRead,
    cards_of,
    draft_of_card,
    photo_of_card,
)

MOST_BYTES = 60 * 1024 * 1024
SECONDS = 60.0
_DAV = "{DAV:}"
_CARD = "{urn:ietf:params:xml:ns:carddav}"
_QUERY = (
    b'<?xml version="1.0" encoding="utf-8"?><c:addressbook-query xmlns:d="DAV:"'
    b' xmlns:c="urn:ietf:params:xml:ns:carddav"><d:prop><d:getetag/><c:address-data/></d:prop>'
    b"</c:addressbook-query>"
)


@dataclass(frozen=True, slots=True)
class Pictured:
    """A contact whose card holds a picture, as it is there."""

    draft: ContactDraft
    picture: bytes


class SourceFailed(Refusal):
    """Why a directory could not be read, for the person who set it up."""


def read_carddav(url: str, username: str, secret: str) -> Iterator[ContactDraft | Pictured | str]:
    """Drafts; words for a card that cannot be read. Raises SourceFailed, NotAnswered, AddressRefused."""
    answer = ask(
        "REPORT",
        url,
        body=_QUERY,
        headers={"Content-Type": "application/xml; charset=utf-8", "Depth": "1"},
        auth=(username, secret) if username else None,
        seconds=SECONDS,
        most_bytes=MOST_BYTES,
    )
    root = _parsed(answer)
    for response in root.iter(f"{_DAV}response"):
        href = response.findtext(f"{_DAV}href") or ""
        for data in response.iter(f"{_CARD}address-data"):
            text = data.text or ""
            for card in cards_of(text.encode(), "utf-8"):
                try:
                    draft = draft_of_card(card.text)
                except CardNotRead as problem:
                    yield f"{href}: {problem}"
                    continue
                draft = draft if draft.external_id else replace(draft, external_id=href[-200:])
                picture = _picture(card)
                yield Pictured(draft, picture) if picture else draft


def _picture(card: Card) -> bytes:
    """b"" for none, and for one that is no Base64: the contact is worth more than its picture."""
    try:
        return photo_of_card(card.text)
    except CardNotRead:
        return b""


def _parsed(answer: Answer) -> Element:
    if answer.status in (401, 403):
        raise SourceFailed(gettext("It refuses the name or the password."))
    if answer.status == 404:
        raise SourceFailed(gettext("There is no address book at this address."))
    if answer.status != 207:
        words = gettext("It answers %(status)d and not as CardDAV does.")
        raise SourceFailed(words % {"status": answer.status})
    try:
        root: Element = fromstring(answer.body)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise SourceFailed(gettext("Its answer is no readable XML.")) from error
    return root
