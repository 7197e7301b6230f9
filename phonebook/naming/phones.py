"""The phonebook on a desk phone: XML at an address that only the phone knows."""

from __future__ import annotations

from datetime import timedelta
from xml.sax.saxutils import escape

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from callcenter.accounts.models import Membership
from callcenter.groups.models import GroupMember
from callcenter.tenants.scope import system_scope, tenant_scope
from phonebook.contacts.models import Contact
from phonebook.contacts.permissions import Reader
from phonebook.contacts.search import search_contacts
from phonebook.contacts.selectors import books_read, contacts_seen, page_of_contacts
from phonebook.naming.models import PhoneDirectory
from phonebook.naming.services import digest_of

MOST = 300
MAKERS = ("yealink", "snom")
_TOLD_EVERY = timedelta(hours=1)


@require_GET
def directory(request: HttpRequest, token: str, maker: str) -> HttpResponse:
    """`?search=` (or the maker's own word for it); 404 for a token that is none (any more)."""
    row = phone_by_token(token) if len(token) < 100 and maker in MAKERS else None
    if row is None:
        raise Http404
    words = (request.GET.get("search") or request.GET.get("query") or "").strip()[:80]
    with tenant_scope(row.tenant.pk):
        contacts = contacts_for(row, words)
        note_use(row)
    text = (yealink if maker == "yealink" else snom)(contacts)
    response = HttpResponse(text, content_type="text/xml; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


def note_use(row: PhoneDirectory) -> None:
    """That the phone still reads; not at each of its questions."""
    if row.used_at is None or timezone.now() - row.used_at > _TOLD_EVERY:
        PhoneDirectory.objects.filter(pk=row.pk).update(used_at=timezone.now())


def phone_by_token(token: str) -> PhoneDirectory | None:
    return phone_by_digest(digest_of(token))


def phone_by_digest(digest: str) -> PhoneDirectory | None:
    with system_scope("a phone's token says which company it belongs to"):
        found: PhoneDirectory | None = (
            PhoneDirectory.objects.select_related("tenant", "device__agent")
            .filter(digest=digest, tenant__is_active=True, device__is_active=True)
            .first()
        )
    return found


def contacts_for(row: PhoneDirectory, words: str, pk: int | None = None) -> list[Contact]:
    """What the phone's agent reads; a phone that is nobody's reads the company's books. With `pk`
    that one alone."""
    reader = _reader(row)
    if pk is not None:
        return list(contacts_seen(reader).filter(pk=pk))
    if words:
        return list(search_contacts(words, reader, row.tenant.country, most=MOST).contacts)
    found: list[Contact] = []
    for book in books_read(reader):
        page = page_of_contacts(reader, book, size=MOST)
        found += page.contacts
        if len(found) >= MOST:
            break
    return found[:MOST]


def _reader(row: PhoneDirectory) -> Reader:
    agent = row.device.agent
    if agent is None or not agent.is_active:
        return Reader(None, frozenset(), frozenset(), manages_company=False)
    member = Membership.objects.filter(pk=agent.membership_id, is_active=True).first()
    groups = GroupMember.objects.filter(agent=agent).values_list("group_id", flat=True)
    user_id = member.user_id if member else None
    return Reader(user_id, frozenset(groups), frozenset(), manages_company=False)


def yealink(contacts: list[Contact]) -> str:
    """Yealink's remote phonebook (SIP-T2/T3/T4/T5)."""
    entries = []
    for contact in contacts:
        numbers = "".join(f"<Telephone>{_text(number)}</Telephone>" for number in _dialled(contact))
        if numbers:
            entries.append(
                f"<DirectoryEntry><Name>{_text(str(contact))}</Name>{numbers}</DirectoryEntry>"
            )
    body = "".join(entries)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<YealinkIPPhoneDirectory>{body}</YealinkIPPhoneDirectory>\n'


def snom(contacts: list[Contact]) -> str:
    """Snom's minibrowser directory: one entry per number, the type in the name."""
    entries = []
    for contact in contacts:
        numbers = _dialled(contact)
        entries += [
            f"<DirectoryEntry><Name>{_text(str(contact))}</Name>"
            f"<Telephone>{_text(number)}</Telephone></DirectoryEntry>"
            for number in numbers
        ]
    body = "".join(entries)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<SnomIPPhoneDirectory><Title>Helin</Title>{body}</SnomIPPhoneDirectory>\n'


def _dialled(contact: Contact) -> list[str]:
    """Numbers that a phone can dial."""
    kinds = {"telephone", "extension", "service"}
    return [one.key for one in contact.numbers.all() if one.kind in kinds and one.key]


def _text(text: str) -> str:
    return escape("".join(letter for letter in text if letter.isprintable()))
