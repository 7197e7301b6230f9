"""Reading all numbers of a company again: before first use, and when its country has changed."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.audit.services import Actor, record
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import current_tenant_id
from phonebook.contacts.models import Contact, ContactNumber
from phonebook.contacts.services.rows import own_country, reread_numbers
from phonebook.numbers.kinds import NumberKind

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Normalised:
    """`changed`: contacts whose numbers are kept otherwise now; `unread`: numbers that are none."""

    contacts: int
    changed: int
    unread: int


def normalise_contacts(*, by: Actor) -> Normalised:
    """A thousand contacts at a time, each in a transaction of its own."""
    country = own_country()
    last = contacts = changed = 0
    while True:
        rows = Contact.objects.filter(pk__gt=last).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            break
        changed += reread_numbers(ids, country)
        contacts += len(ids)
        last = ids[-1]
    unread = ContactNumber.objects.filter(
        kind=NumberKind.UNREADABLE, contact__deleted_at=None
    ).count()
    found = Normalised(contacts, changed, unread)
    after = {"contacts": contacts, "changed": changed, "unread": unread}
    tenant = Tenant.objects.get(pk=current_tenant_id())
    record(action="phonebook.normalised", by=by, about=tenant, after=after)
    return found
