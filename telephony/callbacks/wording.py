"""How promises are worded and coloured for people. Pure: rows in, what a page shows out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from phonebook.contacts.lookup import NumberOwner
from phonebook.numbers.e164 import display, masked
from phonebook.numbers.shown import shown
from telephony.callbacks.models import Callback
from telephony.callbacks.permissions import CallbackSight
from telephony.callbacks.selectors import LostCallLine, is_snoozed
from telephony.calls.wording import OUTCOMES, REASONS, Look

STATES = {
    "open": Look(_("To call back"), "phone-missed", "warn"),
    "reached": Look(_("Called back"), "phone-outgoing", "ok"),
    "called_in": Look(_("Called again, answered"), "phone-incoming", "ok"),
    "given_up": Look(_("Given up"), "circle-x", "off"),
    "blocked": Look(_("Never call back"), "ban", "off"),
    "anonymous": Look(_("No number"), "phone-off", "off"),
}
OVERDUE = Look(_("Overdue"), "alarm-clock", "bad")
SNOOZED = Look(_("Snoozed"), "alarm-clock-off", "pause")
LEASED = Look(_("In contact"), "phone-call", "busy")


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """`number` is for calling: "" where there is none, or for who may not see it."""

    id: int
    title: str
    below: str
    number: str
    contact_id: int | None
    look: Look
    lost_look: Look
    reason: str | Lazy
    group: str
    count: int
    wait_seconds: float
    first_lost_at: datetime
    last_lost_at: datetime
    due_at: datetime
    closed_at: datetime | None
    closed_by: str
    is_open: bool
    is_overdue: bool
    snoozed_until: datetime | None
    assigned_to_id: int | None
    assigned_to: str
    leased_by: str
    given_up_reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """What to call groups, agents and callers."""

    groups: Mapping[int, str]
    agents: Mapping[int, str]
    contacts: Mapping[str, NumberOwner]


def callback_row(
    row: Callback, known: Known, sight: CallbackSight, country: str, at: datetime
) -> CallbackRow:
    is_late = row.is_open and row.due_at <= at
    has_lease = bool(row.leased_until and row.leased_until > at and row.leased_by_id)
    sleeps = is_snoozed(row, at)
    title, below, contact = _who(row, known, sight, country)
    return CallbackRow(
        id=row.pk,
        title=title,
        below=below,
        number=row.key if sight.sees_numbers else "",
        contact_id=contact.contact_id if contact else None,
        look=_look(row, has_lease=has_lease and row.is_open, sleeps=sleeps, is_late=is_late),
        lost_look=OUTCOMES.get(row.outcome, OUTCOMES["abandoned"]),
        reason=REASONS.get(row.reason, ""),
        group=", ".join(known.groups.get(one, gettext("(removed)")) for one in row.group_ids),
        count=row.lost_count,
        wait_seconds=row.longest_wait_seconds,
        first_lost_at=row.first_lost_at,
        last_lost_at=row.last_lost_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        closed_by=_closed_by(row, known),
        is_open=row.is_open,
        is_overdue=is_late and not sleeps,
        snoozed_until=row.snoozed_until if sleeps else None,
        assigned_to_id=row.assigned_to_id,
        assigned_to=_name(row.assigned_to),
        leased_by=_name(row.leased_by) if has_lease else "",
        given_up_reason=row.given_up_reason,
    )


def _name(user: object) -> str:
    return str(getattr(user, "name", "") or user) if user else ""


def _closed_by(row: Callback, known: Known) -> str:
    if row.state == "given_up":
        return row.given_up_by
    if row.closed_by_id is None:
        return ""
    return known.agents.get(row.closed_by_id, gettext("(removed)"))


def _look(row: Callback, *, has_lease: bool, sleeps: bool, is_late: bool) -> Look:
    if has_lease:
        return LEASED
    if sleeps:
        return SNOOZED
    return OVERDUE if is_late else STATES[row.state]


def _who(
    row: Callback, known: Known, sight: CallbackSight, country: str
) -> tuple[str, str, NumberOwner | None]:
    """What stands first, and below it: a contact's name, else what the network said, the number."""
    if not sight.sees_numbers:
        hidden = masked(row.number) or gettext("Number withheld")
        is_number = sum(letter.isdigit() for letter in row.name) > 4
        return (row.name, hidden, None) if row.name and not is_number else (hidden, "", None)
    contact = known.contacts.get(row.key) if row.key else None
    number = shown(row.number, country, contact.entered if contact else "")
    name = contact.shown_name if contact else row.name
    if not row.key and not any(letter.isdigit() for letter in row.number):
        number = gettext("Number withheld")
    if name and name not in (number, row.number):
        return name, number, contact
    return number, "", contact


@dataclass(frozen=True, slots=True)
class LostLine:
    call_id: int | None
    lost_at: datetime
    wait_seconds: float
    look: Look
    reason: str | Lazy
    group: str
    called_back_at: datetime | None
    number: str


def lost_line(line: LostCallLine, groups: Mapping[int, str], country: str) -> LostLine:
    lost = line.lost
    return LostLine(
        call_id=line.call_id,
        lost_at=lost.lost_at,
        wait_seconds=lost.wait_seconds,
        look=OUTCOMES.get(lost.outcome, OUTCOMES["abandoned"]),
        reason=REASONS.get(lost.reason, ""),
        group=groups.get(lost.group_id or 0, ""),
        called_back_at=lost.called_back_at,
        number=display(line.caller_number, country),
    )
