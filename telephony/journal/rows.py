"""One person's calls as the journal shows them: what runs now, and what has been. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from phonebook.contacts.models import Contact
from phonebook.numbers.kinds import NumberKind, identify
from phonebook.numbers.shown import shown
from telephony.calls.models import Call
from telephony.calls.wording import Look

RINGING = Look(_("Ringing"), "bell-ring", "ring")
TALKING = Look(_("Call in progress"), "phone-call", "busy")
WAYS = {
    "in": Look(_("Incoming"), "phone-incoming", "ok"),
    "out": Look(_("Outgoing"), "phone-outgoing", "ok"),
    "internal": Look(_("Internal"), "arrow-left-right", "off"),
}
MISSED = Look(_("Incoming, not answered"), "phone-missed", "bad")
IN_VAIN = Look(_("Outgoing, not answered"), "phone-off", "off")


@dataclass(frozen=True, slots=True)
class Heard:
    """A call of this person; `call_id` None: it is known from the live state alone."""

    linkedid: str
    pbx: str
    direction: str
    number: str
    name: str
    began_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    look: Look
    call_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`number` as it is shown, `key` for calling; `about`: the query of what is written of it."""

    heard: Heard
    key: str
    number: str
    contact_id: int | None
    contact: str
    address: str
    about: str
    seconds: float | None

    @property
    def is_missed(self) -> bool:
        return self.heard.look is MISSED


def running(
    document: Mapping[str, Any], agent_id: int, own_numbers: frozenset[str], pbx: str
) -> list[Heard]:
    """Calls that ring this agent's phone, or that he is in, or that he is making."""
    found = []
    for key, call in document.items():
        if not key.startswith("call:"):
            continue
        rings, talks = agent_id in call.get("ringing", ()), agent_id in call.get("agents", ())
        caller = call.get("caller") or {}
        is_mine = call.get("direction") != "in" and caller.get("number") in own_numbers
        if not (rings or talks or is_mine):
            continue
        way = call.get("direction", "in")
        is_other = way == "in" or (way == "internal" and not is_mine)
        answered = call.get("answered_at")
        found.append(
            Heard(
                linkedid=key.removeprefix("call:"),
                pbx=pbx,
                direction="out" if is_mine and way == "internal" else way,
                number=str((caller.get("number") if is_other else call.get("dialled")) or ""),
                name=str(caller.get("name") or "") if is_other else "",
                began_at=datetime.fromtimestamp(call["started_at"], UTC),
                answered_at=datetime.fromtimestamp(answered, UTC) if answered and talks else None,
                ended_at=None,
                look=TALKING if talks and answered else RINGING,
            )
        )
    return sorted(found, key=lambda one: one.began_at, reverse=True)


def past(call: Call, own_numbers: frozenset[str]) -> Heard:
    is_outgoing = call.direction == "out" or (
        call.direction == "internal" and call.caller_number in own_numbers
    )
    way = "out" if is_outgoing else call.direction
    if call.ended_at is None:
        look = TALKING if call.answered_at else RINGING
    elif call.answered_at:
        look = WAYS[way]
    else:
        look = IN_VAIN if is_outgoing else MISSED
    return Heard(
        linkedid=call.linkedid,
        pbx=call.pbx,
        direction=way,
        number=call.dialled if is_outgoing else call.caller_number,
        name="" if is_outgoing else call.caller_name,
        began_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        look=look,
        call_id=call.pk,
    )


def together(now: Iterable[Heard], before: Iterable[Heard]) -> list[Heard]:
    """What runs first; a call that both tell of is the running one, with the number of the other."""
    runs = list(now)
    known = {one.linkedid for one in runs}
    return [*runs, *(one for one in before if one.linkedid not in known)]


def entry(heard: Heard, contacts: Mapping[str, tuple[Contact, str]], country: str) -> Entry:
    """`contacts`: by key, with the number as it stands there."""
    identity = identify(heard.number, country)
    key = identity.key
    is_withheld = identity.kind is NumberKind.ANONYMOUS
    contact, entered = contacts.get(key, (None, "")) if key else (None, "")
    about = {"number": heard.number, "pbx": heard.pbx, "call": heard.linkedid}
    if contact is not None:
        about["contact"] = str(contact.pk)
    begins = heard.answered_at or heard.began_at
    about["from"] = f"{begins.timestamp():.3f}"
    if heard.ended_at is not None:
        about["to"] = f"{heard.ended_at.timestamp():.3f}"
    seconds = None
    if heard.answered_at and heard.ended_at:
        seconds = (heard.ended_at - heard.answered_at).total_seconds()
    return Entry(
        heard=heard,
        key=key,
        number=(not is_withheld and shown(heard.number, country, entered))
        or gettext("Number withheld"),
        contact_id=contact.pk if contact else None,
        contact=str(contact) if contact else "",
        address=_address(contact),
        about=urlencode(about),
        seconds=seconds,
    )


def _address(contact: Contact | None) -> str:
    if contact is None:
        return ""
    return "\n".join(
        filter(None, (contact.name, contact.company, contact.address, contact.email, contact.web))
    )
