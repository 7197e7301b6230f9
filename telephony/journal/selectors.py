"""Reading one person's calls, and who called: a few queries, however many calls."""

from __future__ import annotations

from datetime import datetime

from callcenter.accounts.permissions import Person
from callcenter.agents.models import Device
from callcenter.tenants.models import Tenant
from phonebook.contacts.lookup import contacts_of_numbers
from phonebook.contacts.models import Contact
from phonebook.contacts.permissions import reader_of
from phonebook.numbers.kinds import identify
from telephony.calls.permissions import CallSight
from telephony.calls.selectors import CallFilter, Cursor, page_of_calls
from telephony.journal.rows import Entry, Heard, entry, past, running, together
from telephony.live.selectors import live_snapshot
from telephony.live.streams import user_stream

PAGE = 30


def journal_of(
    person: Person, tenant: Tenant, *, since: datetime | None, cursor: Cursor | None = None
) -> tuple[list[Entry], Cursor | None]:
    """The calls of an agent since then, the latest first, and where to go on."""
    agent_id = person.agent_id
    if agent_id is None:
        return [], None
    mine = CallSight(frozenset(), agent_id, sees_numbers=False)
    page = page_of_calls(mine, CallFilter(since=since, agent_id=agent_id), cursor, size=PAGE)
    own = frozenset(Device.objects.filter(agent_id=agent_id).values_list("extension", flat=True))
    now: list[Heard] = []
    if cursor is None:
        view = live_snapshot(tenant.pk, [user_stream(person.user_id)], tenant.pbx)
        if view.is_live:
            now = running(view.document, agent_id, own, tenant.pbx)
    heard = together(now, (past(call, own) for call in page.calls))
    contacts = _contacts(person, heard, tenant.country)
    return [entry(one, contacts, tenant.country) for one in heard], page.older


def _contacts(person: Person, heard: list[Heard], country: str) -> dict[str, tuple[Contact, str]]:
    reader = reader_of(person)
    keys = {identify(one.number, country).key for one in heard}
    owners = contacts_of_numbers(keys, user_id=person.user_id, group_ids=reader.in_groups)
    rows = Contact.objects.in_bulk({one.contact_id for one in owners})
    return {
        one.key: (rows[one.contact_id], one.entered)
        for one in reversed(owners)  # the best is the first one
        if one.contact_id in rows
    }
