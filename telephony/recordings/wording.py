"""How recordings are worded for people. Pure: rows in, what a page shows out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.models import AuditEntry
from callcenter.audit.words import action_words
from phonebook.numbers.e164 import display, masked
from phonebook.numbers.kinds import NumberKind, identify
from telephony.calls.wording import DIRECTIONS, Look
from telephony.recordings.models import Problem, Recording, RecordingState
from telephony.recordings.permissions import RecordingSight

READY = Look(_("Ready"), "circle-check", "ok")
STATES = {
    "arriving": Look(_("Being fetched from the phone system"), "hourglass", "busy"),
    "arrived": Look(_("Being converted"), "hourglass", "busy"),
}
# not said to be recorded: that may be paused, and begins when people talk
DURING_THE_CALL = Look(_("Can be heard once the call is over"), "hourglass", "busy")
PROBLEMS = {
    "missing": Look(_("File missing"), "circle-alert", "bad"),
    "empty": Look(_("File empty"), "circle-alert", "bad"),
    "cut": Look(_("Cut short"), "triangle-alert", "warn"),
    "damaged": Look(_("File damaged"), "circle-alert", "bad"),
}
EXPLAINED: dict[str, str | Promise] = {
    "missing": _("The phone system said that it records, but its file never came or is gone."),
    "empty": _("The phone system's file holds no sound, although people talked."),
    "cut": _("There is less sound than people talked: the phone system stopped before the end."),
    "damaged": _("The file cannot be read: it was changed or damaged on its way or in storage."),
}
KEPT = Look(_("Kept"), "bookmark", "ok")
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Names:
    groups: dict[int, str] = field(default_factory=dict)
    agents: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """`look` is what is wrong with it or being done; None: it is ready. `expires_at` says nothing of
    a legal hold, `is_held`, which lasts until it is lifted.
    """

    id: int
    who: str
    own_number: str
    direction: Look
    group: str
    agents: str
    started_at: datetime
    seconds: float
    look: Look | None
    explained: str | Promise
    is_playable: bool
    kept_until: datetime | None
    expires_at: datetime
    notes: int
    is_held: bool


def recording_row(
    row: Recording,
    names: Names,
    sight: RecordingSight,
    country: str,
    expires_at: datetime,
    notes: int = 0,
    *,
    is_held: bool = False,
) -> RecordingRow:
    gone = gettext("(removed)")
    agents = (names.agents.get(agent, gone) for agent in row.agent_ids)
    return RecordingRow(
        id=row.pk,
        who=shown_number(row, sight, country) or gettext("Number withheld"),
        own_number=display(row.own_number, country) if row.own_number else NOTHING,
        direction=DIRECTIONS[row.direction],
        group=names.groups.get(row.group_id, gone) if row.group_id else NOTHING,
        agents=", ".join(agents) or NOTHING,
        started_at=row.started_at,
        seconds=row.seconds,
        look=look_of(row),
        explained=EXPLAINED.get(row.problem, ""),
        is_playable=row.state == RecordingState.READY,
        kept_until=row.kept_until,
        expires_at=expires_at,
        notes=notes,
        is_held=is_held,
    )


def in_its_call(shown: RecordingRow, row: Recording, talking: Collection[str]) -> RecordingRow:
    """`talking`: channels of the call that have not ended."""
    if row.state == RecordingState.ARRIVING and row.uniqueid in talking:
        return replace(shown, look=DURING_THE_CALL)
    return shown


def look_of(row: Recording) -> Look | None:
    if row.problem != Problem.NONE:
        return PROBLEMS[row.problem]
    return STATES.get(row.state)


def shown_number(row: Recording, sight: RecordingSight, country: str) -> str:
    if identify(row.party_number, country).kind is NumberKind.ANONYMOUS:
        return ""
    if not sight.may_see_number(row.agent_ids):
        return masked(row.party_number)
    return display(row.party_number, country)


@dataclass(frozen=True, slots=True)
class AccessRow:
    words: str
    detail: str
    at: datetime


WHILE_IT_WAS_MADE = {
    "agent.pause_recording": _("paused the recording: what was said then is silence here"),
    "agent.resume_recording": _("resumed the recording"),
}


def access_rows(entries: Iterable[AuditEntry]) -> list[AccessRow]:
    return [
        AccessRow(
            f"{entry.by_name} {WHILE_IT_WAS_MADE.get(entry.action) or action_words(entry.action)}",
            str(entry.after.get("reason") or entry.after.get("note") or ""),
            entry.at,
        )
        for entry in entries
    ]


def wave_of(row: Recording) -> dict[str, Any]:
    """For the player: for each side sizes from 0 to 1, and how long it all is."""
    loudest = bytes(row.peaks)
    peaks = [[round(peak / 255, 3) for peak in loudest[side::2]] for side in (0, 1)]
    return {"peaks": peaks, "seconds": row.seconds}
