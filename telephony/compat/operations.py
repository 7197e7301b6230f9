"""What each of Targad koned's operations does here; given the company and the JSON that came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from callcenter.agents.models import Device
from callcenter.agents.services import change_agent, change_device
from callcenter.audit.services import Actor
from callcenter.groups.models import Number
from callcenter.tenants.models import Tenant
from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.models import Contact
from phonebook.contacts.permissions import PROGRAM
from phonebook.contacts.search import search_contacts
from phonebook.contacts.selectors import contacts_seen, with_numbers
from phonebook.contacts.services.books import company_book
from phonebook.contacts.services.contacts import change_contact, create_contact, delete_contact
from phonebook.contacts.services.rows import draft_of
from phonebook.numbers.e164 import normalise
from telephony.calls.models import Call
from telephony.calls.permissions import CallSight
from telephony.calls.selectors import CallFilter, Cursor, hide_private, page_of_calls
from telephony.compat import notifications
from telephony.compat.models import LinkedNumber
from telephony.dialling.services import Wish, place_call

BY = Actor(name="Targad koned")
MOST = 200
_SIGHT = CallSight(group_ids=None, agent_id=None, sees_numbers=True)
Given = Mapping[str, Any]


class Fault(Exception):
    def __init__(self, code: str, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.code = code
        self.status = status


def _text(given: Given, name: str, *, needed: bool = True, most: int = 200) -> str:
    value = given.get(name, "")
    text = value.strip() if isinstance(value, str) else str(value) if _is_whole(value) else None
    if text is None or len(text) > most or (needed and not text):
        raise Fault("badRequest", f"{name}: a text of 1 to {most} characters is wanted.")
    return text


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _whole(given: Given, name: str, usual: int, most: int) -> int:
    value = given.get(name, usual)
    if not _is_whole(value) or not 1 <= value <= most:
        raise Fault("badRequest", f"{name}: a whole number from 1 to {most} is wanted.")
    return int(value)


def _device(given: Given, name: str = "number") -> Device:
    text = _text(given, name, most=20)
    rows = Device.objects.select_related("agent__tenant", "agent__device")
    device = rows.filter(extension=text, is_active=True).first()
    if device is None:
        raise Fault("unknownNumber", "This is no number of yours.", 404)
    return device


def click_to_call(_tenant: Tenant, given: Given) -> dict[str, Any]:
    """`from`: an own number, whose phone rings first; `to`: any number."""
    device = _device(given, "from")
    if device.agent is None or not device.agent.is_active:
        raise Fault("notAPerson", "This phone is nobody's.", 409)
    placed = place_call(
        agent=device.agent, number=_text(given, "to"), requested_by=BY, at=timezone.now(),
        wish=Wish(about="targad"),
    )  # fmt: skip
    return {"call": placed.call_id, "to": placed.number}


def activate_notification(tenant: Tenant, given: Given) -> dict[str, Any]:
    """`number` (a phone's or one that is called from outside), `url`: where its calls are told.

    With the first answer comes the secret by which the notifications are signed.
    """
    of, url = _watched(tenant, given), _text(given, "url", most=500)
    if not notifications.is_address(url):
        raise Fault("badRequest", "url: an address that begins with https:// is wanted.")
    if isinstance(of, Device) and of.agent_id is None:
        raise Fault("notAPerson", "This phone is nobody's.", 409)
    secret = notifications.switch_on(of=of, url=url, by=BY)
    return {**_switched(of, is_on=True), **({"secret": secret} if secret else {})}


def deactivate_notification(tenant: Tenant, given: Given) -> dict[str, Any]:
    of = _watched(tenant, given)
    notifications.switch_off(of=of, by=BY)
    return _switched(of, is_on=False)


def _watched(tenant: Tenant, given: Given) -> Device | Number:
    text = normalise(_text(given, "number", most=20), tenant.country)
    number = Number.objects.select_related("queue").filter(e164=text).first()
    return number or _device(given)


def _switched(of: Device | Number, *, is_on: bool) -> dict[str, Any]:
    number = of.extension if isinstance(of, Device) else of.e164
    return {"number": number, "active": is_on}


def list_own_numbers(_tenant: Tenant, _given: Given) -> dict[str, Any]:
    """All numbers, by the groups that the customer made; phones by themselves."""
    groups: dict[str, list[dict[str, str]]] = {}
    for number in Number.objects.select_related("queue__group"):
        line = {"number": number.e164, "name": number.label}
        groups.setdefault(number.queue.group.name, []).append(line)
    watched = notifications.watched()
    phones = [
        {
            "number": device.extension,
            "name": device.agent.name if device.agent else device.name,
            "notification": device.pk in watched,
        }
        for device in Device.objects.filter(is_active=True).select_related("agent")
    ]
    named = [{"name": name, "numbers": numbers} for name, numbers in groups.items()]
    return {"groups": named, "phones": phones}


def update_name(_tenant: Tenant, given: Given) -> dict[str, Any]:
    """`number`: an own phone; `name`: what those see whom it calls inside."""
    device, name = _device(given), _text(given, "name", most=80)
    if device.agent is not None:
        change_agent(agent=device.agent, by=BY, name=name)
    else:
        change_device(device=device, by=BY, name=name)
    LinkedNumber.objects.update_or_create(device=device, defaults={"user_name": name})
    return {"number": device.extension, "name": name}


def get_call_history(tenant: Tenant, given: Given) -> dict[str, Any]:
    """Of one own phone (`number`) or all; latest first; `cursor` is `next` of the page before."""
    agent_id = None
    if given.get("number"):
        agent_id = _device(given).agent_id or 0
    cursor = None
    if given.get("cursor"):
        cursor = Cursor.read(_text(given, "cursor", most=40))
        if cursor is None:
            raise Fault("badRequest", "cursor: take `next` of the page before.")
    wanted = CallFilter(agent_id=agent_id, country=tenant.country)
    page = page_of_calls(_SIGHT, wanted, cursor, size=_whole(given, "limit", 50, MOST))
    hide_private(page.calls)
    return {
        "calls": [_past(call) for call in page.calls],
        "next": str(page.older) if page.older else None,
    }


def _past(call: Call) -> dict[str, Any]:
    missed = call.direction == "in" and call.answered_at is None
    kind = "missed" if missed else {"in": "incoming", "out": "outgoing"}.get(call.direction)
    return {
        "type": kind or "internal",
        "from": call.caller_number,
        "name": call.caller_name,
        "to": call.dialled,
        "start": call.started_at.isoformat(),
        "end": call.ended_at.isoformat() if call.ended_at else None,
        "duration": round(call.talk_seconds),
    }


def add_entry(_tenant: Tenant, given: Given) -> dict[str, Any]:
    """`number`, `name`: into the company's phonebook."""
    draft = ContactDraft(
        name=_text(given, "name", most=120),
        company=_text(given, "company", needed=False, most=120),
        numbers=(NumberDraft(_text(given, "number", most=80)),),
    )
    return _entry(create_contact(book=company_book(), draft=draft, by=BY))


def update_entry(_tenant: Tenant, given: Given) -> dict[str, Any]:
    """`id`; `name`, `company`, `number` as they shall be. A number takes the place of the first."""
    contact = _contact(given)
    draft = draft_of(contact)
    changes: dict[str, Any] = {
        name: _text(given, name, most=120) for name in ("name", "company") if name in given
    }
    if "number" in given:
        first = NumberDraft(
            _text(given, "number", most=80), *(one.type for one in draft.numbers[:1])
        )
        changes["numbers"] = (first, *draft.numbers[1:])
    return _entry(change_contact(contact=contact, draft=replace(draft, **changes), by=BY))


def delete_entry(_tenant: Tenant, given: Given) -> dict[str, Any]:
    contact = _contact(given)
    delete_contact(contact=contact, by=BY)
    return {"id": contact.pk, "deleted": True}


def list_entries(tenant: Tenant, given: Given) -> dict[str, Any]:
    """`search`: part of a name or number; without it all, by id after `after`."""
    limit = _whole(given, "limit", 50, MOST)
    if given.get("search"):
        hits = search_contacts(_text(given, "search"), PROGRAM, tenant.country, most=limit)
        return {"entries": [_entry(one) for one in hits.contacts], "next": None}
    after = given.get("after", 0)
    if not _is_whole(after) or not 0 <= after < 2**62:
        raise Fault("badRequest", "after: `next` of the page before is wanted.")
    rows = contacts_seen(PROGRAM).filter(book=company_book(), pk__gt=after).order_by("pk")
    found = list(rows[: limit + 1])
    page = with_numbers(found[:limit])
    more = page[-1].pk if len(found) > limit else None
    return {"entries": [_entry(one) for one in page], "next": more}


def _contact(given: Given) -> Contact:
    number = _whole(given, "id", 0, 2**62)
    try:
        return contacts_seen(PROGRAM).get(pk=number, book=company_book())
    except ObjectDoesNotExist as problem:
        raise Fault("unknownEntry", "There is no such entry.", 404) from problem


def _entry(contact: Contact) -> dict[str, Any]:
    numbers = list(contact.numbers.all())
    return {
        "id": contact.pk,
        "name": contact.name,
        "company": contact.company,
        "numbers": [normalise(one.entered, "") if not one.key else one.key for one in numbers],
    }
