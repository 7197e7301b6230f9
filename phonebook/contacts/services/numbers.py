"""Reading all numbers of a company again: before first use, and when its country has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from callcenter.audit.services import Actor, record
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import current_tenant_id
from phonebook.contacts.models import Contact, ContactNumber
from phonebook.contacts.services.rows import own_country, reread_numbers

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Normalised:
    """`changed`: contacts whose numbers are kept otherwise now; `unread`: numbers that are none."""

    contacts: int
    changed: int
    unread: int


def normalise_contacts(
    *,
    by: Actor,
    country: str = "",
    writes: bool = True,
    tell_unread: Callable[[ContactNumber], None] | None = None,
) -> Normalised:
    """A thousand contacts at a time, each in a transaction of its own.

    `country` (ISO 3166): where national numbers belong, of another than the company's own. Without
    `writes` nothing is changed, and what would be is counted. `tell_unread` gets each number that is
    none, with its contact and book.
    """
    country = country.upper() or own_country()
    last = contacts = changed = unread = 0
    while True:
        rows = Contact.objects.filter(pk__gt=last).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            break
        with transaction.atomic():
            found = reread_numbers(ids, country, writes=writes)
        if tell_unread is not None:
            for number in found.unread:
                tell_unread(number)
        contacts, changed = contacts + len(ids), changed + found.changed
        unread += len(found.unread)
        last = ids[-1]
    if writes:
        after = {"contacts": contacts, "changed": changed, "unread": unread}
        tenant = Tenant.objects.get(pk=current_tenant_id())
        record(action="phonebook.normalised", by=by, about=tenant, after=after)
    return Normalised(contacts, changed, unread)
