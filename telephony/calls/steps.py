"""What happened in a call, one step after the other: phones that took part, and what was done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from telephony.calls.models import Call
from telephony.calls.wording import LegRow

# kinds of moments: telephony/calls/conversation.py. The second wording is for an unknown target.
_WORDS: dict[str, tuple[str, str | Promise, str | Promise]] = {
    "transferred": (
        "phone-forwarded",
        _("%(by)s transferred the call to %(to)s"),
        _("%(by)s transferred the call"),
    ),
    "consulted": (
        "phone-forwarded",
        _("%(by)s transferred the call to %(to)s after asking"),
        _("%(by)s transferred the call after asking"),
    ),
    "parked": ("square-parking", _("%(by)s parked %(to)s"), _("%(by)s parked the call")),
    "fetched": (
        "undo-2",
        _("%(by)s fetched %(to)s from the parking lot"),
        _("%(by)s fetched the parked call"),
    ),
    "park_ended": (
        "timer-off",
        _("Nobody fetched %(to)s from the parking lot in time"),
        _("Nobody fetched the parked call in time"),
    ),
    "park_left": ("phone-missed", _("%(to)s hung up while parked"), _("Hung up while parked")),
    "picked_up": (
        "hand",
        _("%(by)s picked up the call that rang at %(to)s"),
        _("%(by)s picked up the call"),
    ),
    "three_way": ("users", _("%(by)s joined: three talk"), _("%(by)s joined: three talk")),
    "forwarded": (
        "corner-down-right",
        _("%(by)s forwards calls to %(to)s"),
        _("%(by)s forwards calls"),
    ),
}


@dataclass(frozen=True, slots=True)
class MomentRow:
    """`offset_seconds` since the call began."""

    icon: str
    words: str
    at: datetime
    offset_seconds: float


@dataclass(frozen=True, slots=True)
class Step:
    """Either a phone's part or something that was done to the call."""

    leg: LegRow | None = None
    moment: MomentRow | None = None


def steps_of(
    call: Call, legs: Sequence[LegRow], owners: Mapping[str, str] | None = None
) -> list[Step]:
    """By time; what was done stands before the phone that rings because of it. `owners`: names of
    those whose extensions were dialled and did not ring."""
    titles = {leg.position: leg.title for leg in legs}
    moments = [
        _moment(call, told, titles, owners or {}) for told in call.moments if told["kind"] in _WORDS
    ]
    ordered = sorted(
        [(leg.started_at, 1, Step(leg=leg)) for leg in legs]
        + [(one.at, 0, Step(moment=one)) for one in moments],
        key=lambda step: step[:2],
    )
    return [step for _at, _rank, step in ordered]


def _moment(
    call: Call, told: dict[str, Any], titles: Mapping[int, str], owners: Mapping[str, str]
) -> MomentRow:
    icon, words, words_without = _WORDS[told["kind"]]
    to = titles.get(told["to"], "") or owners.get(told["exten"], told["exten"])
    by = titles.get(told["by"], "") or gettext("Somebody")
    at = datetime.fromisoformat(told["at"])
    text = str(words if to else words_without) % {"by": by, "to": to}
    return MomentRow(icon, text, at, max(0.0, (at - call.started_at).total_seconds()))
