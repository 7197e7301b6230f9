"""Reading one person's calls, and who called: a few queries, however many calls."""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter.accounts.permissions import Person
from callcenter.agents.models import Device
from callcenter.tenants.models import Tenant
from phonebook.contacts.lookup import contacts_of_numbers
from phonebook.contacts.models import Contact
from phonebook.contacts.permissions import reader_of
from phonebook.numbers.kinds import identify
from telephony.calls.models import Call
from telephony.calls.permissions import CallSight
from telephony.calls.selectors import CallFilter, Cursor, page_of_calls
from telephony.journal.models import Journal
from telephony.journal.rows import Entry, Heard, entry, past, running, together
from telephony.live.selectors import live_snapshot
from telephony.live.streams import user_stream

PAGE = 30
MOST_MISSED = 100
AT_FIRST = timedelta(days=1)  # how far back whoever never marked any as seen has missed calls
NEVER_LONGER = timedelta(days=30)
# of calls that rang here, those that nobody answered
_MISSED = ["abandoned", "short_abandoned", "overflowed", "no_answer", "busy"]


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


def journal_kept(user_id: int) -> Journal | None:
    return Journal.objects.filter(user_id=user_id).first()


def seen_until(kept: Journal | None, at: datetime) -> datetime:
    """Calls that began later and were missed are news."""
    if kept is None or kept.seen_at is None:
        return at - AT_FIRST
    return max(kept.seen_at, at - NEVER_LONGER)


def count_missed(agent_id: int, since: datetime) -> int:
    """Calls that rang the agent's phone since then and that nobody answered; at most MOST_MISSED."""
    mine = CallSight(frozenset(), agent_id, sees_numbers=False)

    def missed(direction: str) -> list[Call]:
        wanted = CallFilter(since=since, agent_id=agent_id, direction=direction, outcomes=_MISSED)
        return page_of_calls(mine, wanted, size=MOST_MISSED).calls

    own = frozenset(Device.objects.filter(agent_id=agent_id).values_list("extension", flat=True))
    inside = [call for call in missed("internal") if call.caller_number not in own]
    return min(len(missed("in")) + len(inside), MOST_MISSED)


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
