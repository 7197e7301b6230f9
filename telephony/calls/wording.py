"""How calls are worded, coloured and laid out for people. Pure: rows in, what a page shows out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from phonebook.numbers.e164 import display, masked
from phonebook.numbers.kinds import NumberKind, identify
from telephony.calls.models import Call, CallLeg, QueueVisit
from telephony.calls.permissions import CallSight
from telephony.calls.selectors import Names


@dataclass(frozen=True, slots=True)
class Look:
    """A state as people see it: always word, icon and tone together."""

    word: str | Promise
    icon: str
    tone: str


OUTCOMES = {
    "running": Look(_("Running"), "phone-call", "busy"),
    "answered": Look(_("Answered"), "circle-check", "ok"),
    "abandoned": Look(_("Abandoned"), "phone-missed", "bad"),
    "short_abandoned": Look(_("Hung up at once"), "phone-missed", "off"),
    "overflowed": Look(_("Overflowed"), "phone-missed", "bad"),
    "closed": Look(_("Closed"), "door-closed", "bad"),
    "no_answer": Look(_("No answer"), "phone-off", "off"),
    "busy": Look(_("Busy"), "phone-off", "off"),
    "failed": Look(_("Failed"), "circle-alert", "warn"),
    "waiting": Look(_("Waiting"), "hourglass", "ring"),
}
REASONS = {
    "timeout": _("waited as long as allowed"),
    "full": _("the queue was full"),
    "no_agents": _("no agents logged in"),
    "agents_left": _("the last agent logged out"),
    "key": _("left by a key"),
    "closed": _("outside opening hours"),
    "before_queue": _("during the greeting"),
    "restart": _("the phone system was restarted"),
    "lost": _("how it ended is not known"),
    "voicemail": _("reached voicemail"),
    "given_up": _("the caller hung up first"),
    "own_phone": _("one's own phone was not picked up"),
    "unreachable": _("the phone was unreachable"),
    "network": _("the network refused"),
    "refused": _("this destination is not allowed"),
    "service": _("a service of the phone system"),
}
DIRECTIONS = {
    "in": Look(_("Incoming"), "phone-incoming", ""),
    "out": Look(_("Outgoing"), "phone-outgoing", ""),
    "internal": Look(_("Internal"), "arrow-left-right", ""),
}
LEG_ENDS = {
    "": Look(_("in the call"), "phone-call", "busy"),
    "ringing": Look(_("Ringing"), "bell-ring", "ring"),
    "answered": Look(_("talked"), "circle-check", "ok"),
    "no_answer": Look(_("no answer"), "bell-off", "warn"),
    "busy": Look(_("busy or rejected"), "phone-off", "warn"),
    "rejected": Look(_("rejected"), "phone-off", "warn"),
    "unreachable": Look(_("phone unreachable"), "unplug", "warn"),
    "elsewhere": Look(_("answered by somebody else"), "users", "off"),
    "given_up": Look(_("the caller hung up first"), "phone-missed", "off"),
    "not_connected": Look(_("not connected"), "phone-off", "off"),
}
UNANSWERED = {"abandoned", "overflowed", "closed", "no_answer", "short_abandoned"}


@dataclass(frozen=True, slots=True)
class CallRow:
    """One line of the list. `talk_seconds` None: nobody talked."""

    id: int
    direction: Look
    caller: str
    caller_sub: str
    dialled: str
    groups: str
    agents: str
    started_at: datetime
    wait_seconds: float | None
    talk_seconds: float | None
    outcome: Look
    reason: str | Promise
    is_lost: bool
    is_running: bool
    party: str = ""  # the other side's number, to be called; "" where it is not seen
    notes: int = 0


def call_row(call: Call, names: Names, sight: CallSight, country: str) -> CallRow:
    caller, below = _caller(call, sight, country)
    return CallRow(
        id=call.pk,
        direction=DIRECTIONS[call.direction],
        caller=caller,
        caller_sub=below,
        dialled=_dialled(call, names, sight, country),
        groups=", ".join(names.groups_of(call)),
        agents=", ".join(_agents_shown(call, names)),
        started_at=call.started_at,
        wait_seconds=call.wait_seconds if call.ended_at or call.answered_at else None,
        talk_seconds=call.talk_seconds if call.answered_at and call.ended_at else None,
        outcome=OUTCOMES[call.outcome],
        reason=REASONS.get(call.reason, ""),
        is_lost=call.direction == "in" and call.outcome in UNANSWERED,
        is_running=call.ended_at is None,
        party=_party(call, names, sight),
    )


def _party(call: Call, names: Names, sight: CallSight) -> str:
    if not sight.may_see_number(call.agent_ids) or _is_kept_private(call, names, sight):
        return ""
    return other_side(call, names, sight)


def other_side(call: Call, names: Names, sight: CallSight) -> str:
    """The number on the other side; of a call between colleagues, as this person took part."""
    if call.direction == "internal":
        was_called = sight.agent_id in call.agent_ids and call.caller_number not in names.own
        return call.caller_number if was_called else call.dialled
    return call.caller_number if call.direction == "in" else call.dialled


def _agents_shown(call: Call, names: Names) -> Iterable[str]:
    """Those who took part, the one who answered first."""
    ordered = sorted(call.agent_ids, key=lambda one: one != call.agent_id)
    for agent_id in ordered:
        yield names.agents.get(agent_id, gettext("(removed)"))


def _number(number: str, call: Call, sight: CallSight, country: str) -> str:
    if _is_withheld(number):
        return ""
    if not sight.may_see_number(call.agent_ids):
        return masked(number)
    return display(number, country)


def _is_withheld(text: str) -> bool:
    """The word that carriers write where a number or name would stand."""
    return identify(text, "").kind is NumberKind.ANONYMOUS


def _caller(call: Call, sight: CallSight, country: str) -> tuple[str, str]:
    """What stands first and what below it: name and number, or the number alone."""
    if call.direction != "in":
        return (
            call.caller_name or call.caller_number,
            call.caller_number if call.caller_name else "",
        )
    number = _number(call.caller_number, call, sight, country)
    name = "" if _is_withheld(call.caller_name) else call.caller_name
    if name and sum(letter.isdigit() for letter in name) > 4:
        # carriers put the number where a name belongs
        name = "" if not sight.may_see_number(call.agent_ids) else name
    if name and name not in (number, call.caller_number):
        return name, number
    return number or gettext("Number withheld"), ""


def _is_kept_private(call: Call, names: Names, sight: CallSight) -> bool:
    return call.linkedid in names.private and sight.agent_id not in call.agent_ids


def _dialled(call: Call, names: Names, sight: CallSight, country: str) -> str:
    if _is_kept_private(call, names, sight):
        return gettext("Private call")
    if call.direction == "out":
        return _number(call.dialled, call, sight, country)
    return display(call.dialled, country)


@dataclass(frozen=True, slots=True)
class Segment:
    """A bar of the timeline; x and width of 1000."""

    tone: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class LegRow:
    """One phone's part. `offset_seconds` since the call began."""

    position: int
    title: str
    extension: str
    look: Look
    is_caller: bool
    started_at: datetime
    offset_seconds: float
    ring_seconds: float
    talk_seconds: float
    segments: tuple[Segment, ...]


def leg_rows(
    call: Call, names: Names, sight: CallSight, country: str, now: datetime
) -> list[LegRow]:
    """In the order in which they began."""
    legs = sorted(call.legs.all(), key=lambda leg: (leg.started_at, not leg.is_caller))
    begin = call.started_at
    length = max(1.0, ((call.ended_at or now) - begin).total_seconds())
    lent = _lent_names(legs, names)
    return [_leg_row(leg, call, names, sight, country, begin, length, now, lent) for leg in legs]


def _lent_names(legs: Sequence[CallLeg], names: Names) -> frozenset[str]:
    """Names of ours and of the caller: where a phone that was called bears one, the PBX lent it."""
    ours = {names.agents.get(leg.agent_id or 0, "") for leg in legs}
    return frozenset(ours | {leg.name for leg in legs if leg.extension or leg.is_caller})


def _leg_row(
    leg: CallLeg,
    call: Call,
    names: Names,
    sight: CallSight,
    country: str,
    begin: datetime,
    length: float,
    now: datetime,
    lent: frozenset[str],
) -> LegRow:
    title = names.agents.get(leg.agent_id or 0, "") or leg.name
    if _is_kept_private(call, names, sight) and not leg.is_caller:
        title = gettext("Private call")
    elif leg.channel and not leg.extension:
        number = _number(leg.number, call, sight, country)
        hidden = sum(letter.isdigit() for letter in leg.name) > 4
        is_lent = not leg.is_caller and leg.name in lent
        name = "" if hidden or is_lent or _is_withheld(leg.name) else leg.name
        title = f"{name} · {number}".strip(" ·")

    def place(since: datetime | None, until: datetime | None, tone: str) -> Segment | None:
        if since is None:
            return None
        start = min(max((since - begin).total_seconds(), 0), length)
        end = min(max(((until or now) - begin).total_seconds(), start), length)
        return Segment(
            tone, round(1000 * start / length), max(4, round(1000 * (end - start) / length))
        )

    ringing = place(
        leg.started_at, leg.answered_at or leg.ended_at, "off" if leg.is_caller else "ring"
    )
    talking = place(leg.answered_at, leg.ended_at, "ok") if leg.answered_at else None
    return LegRow(
        position=leg.position,
        title=title or (gettext("Number withheld") if leg.is_caller else gettext("Unknown")),
        extension=leg.extension,
        look=LEG_ENDS[leg.end or ("" if leg.answered_at else "ringing")],
        is_caller=leg.is_caller,
        started_at=leg.started_at,
        offset_seconds=(leg.started_at - begin).total_seconds(),
        ring_seconds=leg.ring_seconds,
        talk_seconds=leg.talk_seconds,
        segments=tuple(one for one in (ringing, talking) if one is not None),
    )


@dataclass(frozen=True, slots=True)
class VisitRow:
    group: str
    agent: str
    entered_at: datetime
    wait_seconds: int
    talk_seconds: int
    look: Look
    reason: str | Promise
    answer_within: int
    in_time: bool | None  # None: not answered
    left_by: str


def left_by_words(visit: QueueVisit, names: Names) -> str:
    """Who let the phone ring in vain; "" where none did."""
    known = {0: gettext("an unknown agent"), **names.agents}
    return ", ".join(known.get(one, gettext("(removed)")) for one in visit.left_by or ())


def visit_rows(visits: Sequence[QueueVisit], names: Names, now: datetime) -> list[VisitRow]:
    def waited(visit: QueueVisit) -> int:
        if visit.outcome == "waiting":  # the ledger writes it down at the end
            return int((now - visit.entered_at).total_seconds())
        return visit.wait_seconds

    return [
        VisitRow(
            group=names.groups.get(visit.group_id or 0, visit.queue_name),
            agent=names.agents.get(visit.agent_id or 0, visit.member),
            entered_at=visit.entered_at,
            wait_seconds=waited(visit),
            talk_seconds=visit.talk_seconds,
            look=OUTCOMES[visit.outcome],
            reason=REASONS.get(visit.reason, ""),
            answer_within=visit.answer_within_seconds,
            in_time=visit.wait_seconds <= visit.answer_within_seconds
            if visit.outcome == "answered"
            else None,
            left_by=left_by_words(visit, names),
        )
        for visit in visits
    ]
