"""What a number's lost calls and contacts come to: promises, open or kept. Pure.

A contact is an answered call to the number by anybody, or an answered call from it. The lost calls
between two contacts are one promise. The same calls give the same promises, in whatever order and
however often they are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

CallKey = tuple[str, str]  # PBX and linkedid
Closing = Literal["", "reached", "called_in", "given_up", "blocked"]


@dataclass(frozen=True, slots=True)
class Lost:
    call: CallKey
    lost_at: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """`is_outgoing`: we called."""

    call: CallKey
    at: datetime
    is_outgoing: bool
    agent_id: int | None = None


@dataclass(slots=True)
class Promise:
    """`closed_as` "": still open."""

    lost: list[Lost]
    closed_as: Closing = ""
    closed_at: datetime | None = None
    contact: Contact | None = None

    @property
    def first(self) -> Lost:
        return self.lost[0]


@dataclass(frozen=True, slots=True)
class GivingUp:
    """`seen_at`: the last lost call that was known then."""

    seen_at: datetime
    at: datetime


def promises_of(
    lost: Iterable[Lost],
    contacts: Iterable[Contact],
    given_up: Iterable[GivingUp] = (),
    blocked_at: datetime | None = None,
) -> list[Promise]:
    """Of one number, in order. `blocked_at`: it is never to be called back, since then."""
    # at the same instant: first what was lost, then what makes up for it
    events: list[tuple[datetime, int, CallKey, Lost | Contact | GivingUp]] = [
        *((one.lost_at, 0, one.call, one) for one in lost),
        *((one.at, 1, one.call, one) for one in contacts),
        *((one.seen_at, 2, ("", ""), one) for one in given_up),
    ]
    found: list[Promise] = []
    current: Promise | None = None
    for at, _, _, event in sorted(events, key=lambda one: one[:3]):
        if isinstance(event, Lost):
            if current is None:
                current = Promise([])
                found.append(current)
            current.lost.append(event)
        elif current is not None:
            if isinstance(event, Contact):
                current.closed_as = "reached" if event.is_outgoing else "called_in"
                current.closed_at, current.contact = at, event
            else:
                current.closed_as, current.closed_at = "given_up", event.at
            current = None
    if current is not None and blocked_at is not None:
        current.closed_as = "blocked"
        current.closed_at = max(blocked_at, current.lost[-1].lost_at)
    return found


def first_contacts(
    lost: Sequence[Lost], contacts: Iterable[Contact]
) -> dict[CallKey, tuple[datetime | None, datetime | None]]:
    """For each lost call: when the number was first reached by us, and first at all, afterwards."""
    found: dict[CallKey, tuple[datetime | None, datetime | None]] = {}
    waiting = sorted(contacts, key=lambda one: one.at)
    called: datetime | None = None
    met: datetime | None = None
    for one in sorted(lost, key=lambda one: one.lost_at, reverse=True):
        while waiting and waiting[-1].at >= one.lost_at:
            contact = waiting.pop()
            met = contact.at
            if contact.is_outgoing:
                called = contact.at
        found[one.call] = called, met
    return found
