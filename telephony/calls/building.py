"""From a conversation and its stays in queues to the rows of a call and its legs. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from phonebook.numbers.e164 import normalise
from telephony.calls.conversation import CelRow, Channel, Conversation, follow
from telephony.ledger.owners import endpoint_of

_NUMBER = re.compile(r"^\+?[0-9]{3,}$")
_AT_ONCE = timedelta(seconds=1)
_JUST = timedelta(milliseconds=300)
# Q.850 causes of a phone that never answered
_ENDS = {
    17: "busy", 21: "rejected", 18: "no_answer", 19: "no_answer",
    1: "unreachable", 3: "unreachable", 20: "unreachable", 27: "unreachable", 38: "unreachable",
    41: "unreachable", 58: "unreachable", 88: "unreachable",
}  # fmt: skip
_STATUS_OUTCOMES = {
    "BUSY": ("busy", ""),
    "NOANSWER": ("no_answer", ""),
    "CANCEL": ("no_answer", "given_up"),
    "CHANUNAVAIL": ("failed", "unreachable"),
    "CONGESTION": ("failed", "network"),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay in a queue, as kept."""

    queue_id: int | None
    group_id: int | None
    agent_id: int | None
    entered_at: datetime
    left_at: datetime | None
    ended_at: datetime | None
    wait_seconds: int
    talk_seconds: int
    outcome: str
    reason: str
    caller_number: str = ""


@dataclass(frozen=True, slots=True)
class Company:
    """What the tenant's data said when the call began. Numbers are digits with country code."""

    slug: str
    country: str
    agent_of_phone: Callable[[str], int | None]
    group_of_number: Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Leg:
    position: int
    uniqueid: str
    channel: str
    is_caller: bool
    extension: str
    agent_id: int | None
    number: str
    name: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float
    talk_seconds: float
    talked: bool
    end: str


@dataclass(slots=True)
class BuiltCall:
    """A call's row with its legs; `absorbs` are linkedids of calls that became part of this one."""

    linkedid: str
    direction: str
    started_at: datetime
    caller_number: str = ""
    caller_name: str = ""
    dialled: str = ""
    party_digits: str = ""
    group_id: int | None = None
    queue_id: int | None = None
    agent_id: int | None = None
    group_ids: list[int] = field(default_factory=list)
    agent_ids: list[int] = field(default_factory=list)
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    wait_seconds: float = 0.0
    talk_seconds: float = 0.0
    outcome: str = "running"
    reason: str = ""
    legs: tuple[Leg, ...] = ()
    absorbs: frozenset[str] = frozenset()


def restart_after(
    restarts: Sequence[datetime], first: datetime, last: datetime, visits: Sequence[Visit] = ()
) -> datetime | None:
    """The first of the PBX's restarts, in order, that cut off a call with these first and last
    events; not before the last in time.

    queue_log tells whole seconds, so a restart within the second of the last event came after it,
    though it looks earlier by its fraction, unless the call itself began after it. Where all that
    is one second, the visits know: their lines and the restart's stand in one file, in order.
    """
    second = last.replace(microsecond=0)
    cut = {visit.ended_at for visit in visits}
    return next(
        (max(one, last) for one in restarts if one >= second and (one > first or one in cut)), None
    )


def build_call(
    linkedid: str,
    rows: Sequence[CelRow],
    visits: Sequence[Visit],
    company: Company,
    restarted_at: datetime | None = None,
    absorbs: frozenset[str] = frozenset(),
) -> BuiltCall | None:
    """None where no phone took part. `restarted_at`: the PBX began anew after the last event.

    `rows` hold the events of the calls that it absorbs, too; see absorbed_by.
    """
    conversation = follow(linkedid, rows)
    was_cut = restarted_at is not None and conversation.ended_at is None
    if was_cut:
        conversation.ended_at = conversation.last_at
    originator = conversation.originator
    if originator is None or conversation.started_at is None:
        return _from_visits(linkedid, visits, company) if visits else None
    legs = _legs(conversation, originator, visits, company)
    call = BuiltCall(
        linkedid=linkedid,
        direction=_direction(conversation, originator, company),
        started_at=conversation.started_at,
        answered_at=conversation.answered_at,
        ended_at=conversation.ended_at,
        talk_seconds=round(conversation.talk_seconds, 3),
        legs=legs,
        absorbs=absorbs,
    )
    _name_parties(call, originator, company)
    _place(call, originator, visits, company)
    call.wait_seconds = _waited(call, visits)
    call.outcome, call.reason = _outcome(call, conversation, originator, visits)
    if was_cut and call.outcome not in ("answered", "overflowed"):
        call.outcome, call.reason = "abandoned" if call.direction == "in" else "failed", "restart"
    return call


def absorbed_by(linkedid: str, rows: Sequence[CelRow]) -> frozenset[str]:
    """Linkedids of what may be calls that became part of this one: channels that came from
    elsewhere, by a transfer, a pickup or out of a parking lot."""
    return frozenset(follow(linkedid, rows).absorbed - {"", linkedid})


def _from_visits(linkedid: str, visits: Sequence[Visit], company: Company) -> BuiltCall:
    """The queue log alone: another PBX's history, or channel events that are still to come."""
    last = visits[-1]
    is_over = all(visit.ended_at for visit in visits)
    number = clean(visits[0].caller_number, 80)
    call = BuiltCall(
        linkedid=linkedid,
        direction="in",
        started_at=visits[0].entered_at,
        caller_number=normalise(number, company.country),
        answered_at=next((one.left_at for one in visits if one.outcome == "answered"), None),
        ended_at=last.ended_at if is_over else None,
        talk_seconds=float(sum(visit.talk_seconds for visit in visits)),
        wait_seconds=float(sum(visit.wait_seconds for visit in visits)),
    )
    call.party_digits = _digits(call.caller_number)
    _place(call, None, visits, company)
    if is_over:
        call.outcome, call.reason = _outcome_of_visits(visits)
    return call


def extension_of(channel: str, slug: str) -> str:
    """`101` of `PJSIP/acme-101-0000002a`; "" for what is no phone of the tenant."""
    endpoint = endpoint_of(channel)
    prefix = f"{slug}-"
    return endpoint.removeprefix(prefix)[:10] if endpoint.startswith(prefix) else ""


def clean(text: str, length: int) -> str:
    """A stranger's text on one line: control and direction-changing letters become spaces."""
    kept = [" " if unicodedata.category(letter) in _UNSEEN else letter for letter in text[:4096]]
    return " ".join("".join(kept).split())[:length]


_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _direction(conversation: Conversation, originator: Channel, company: Company) -> str:
    if not extension_of(originator.name, company.slug):
        return "in"
    others = [one for one in conversation.channels if one is not originator and not one.is_local]
    if others:
        return "internal" if extension_of(others[0].name, company.slug) else "out"
    return "out" if _looks_outside(_dialled_by_phone(originator, company)) else "internal"


def _looks_outside(number: str) -> bool:
    return bool(_NUMBER.match(number)) and len(number) > 5


def _dialled_by_phone(originator: Channel, company: Company) -> str:
    """A phone that was rung first (click to call) carries the far number in later events."""
    own = extension_of(originator.name, company.slug)
    first = originator.extens[0] if originator.extens else ""
    if first not in ("s", "h", ""):
        return first
    later = [one for one in originator.extens if _NUMBER.match(one)]
    later += [one for one in originator.numbers if _NUMBER.match(one) and one != own]
    return later[0] if later else ""


def _name_parties(call: BuiltCall, originator: Channel, company: Company) -> None:
    own = extension_of(originator.name, company.slug)
    if own:
        call.caller_number = own
        call.caller_name = clean(originator.names[0], 120) if originator.names else ""
        dialled = _dialled_by_phone(originator, company)
        outside = call.direction == "out"
        call.dialled = (
            normalise(clean(dialled, 80), company.country) if outside else clean(dialled, 80)
        )
        call.party_digits = _digits(call.dialled)
        return
    number = clean(originator.numbers[0], 80) if originator.numbers else ""
    call.caller_number = normalise(number, company.country)
    # the last one is what the dialplan found in the phone book
    call.caller_name = clean(originator.names[-1], 120) if originator.names else ""
    dialled = clean(originator.extens[0], 80) if originator.extens else ""
    digits = _digits(dialled).removeprefix("00")
    call.dialled = f"+{digits}" if company.group_of_number(digits) else dialled
    call.party_digits = _digits(call.caller_number)


def _digits(number: str) -> str:
    return "".join(letter for letter in number if letter.isascii() and letter.isdigit())[:32]


def _place(
    call: BuiltCall, originator: Channel | None, visits: Sequence[Visit], company: Company
) -> None:
    """Whose call it is: groups and agents."""
    answered = [visit for visit in visits if visit.outcome == "answered"]
    if visits:
        main = (answered or visits)[-1]
        call.group_id, call.queue_id = main.group_id, main.queue_id
    elif originator is not None and call.direction == "in":
        call.group_id = company.group_of_number(_digits(call.dialled))
    elif originator is not None and call.direction == "out":
        shown = (company.group_of_number(_digits(one)) for one in originator.numbers)
        call.group_id = next(filter(None, shown), None)
    call.group_ids = sorted({one for one in (call.group_id, *(v.group_id for v in visits)) if one})
    talked = [leg.agent_id for leg in call.legs if leg.agent_id and leg.talked]
    concerned = [leg.agent_id for leg in call.legs if leg.agent_id and _was_meant(leg, visits)]
    answerers = [visit.agent_id for visit in answered if visit.agent_id]
    called = [
        leg.agent_id for leg in call.legs if leg.agent_id and leg.talked and not leg.is_caller
    ]
    own = [leg.agent_id for leg in call.legs if leg.is_caller and leg.agent_id]
    call.agent_id = next(iter(called or own or answerers), None)
    everyone = talked + concerned + ([] if call.legs else answerers)
    call.agent_ids = sorted(set(everyone))


def _was_meant(leg: Leg, visits: Sequence[Visit]) -> bool:
    """Rung by a colleague's dialling, not by a queue that tries one agent after the other."""
    return leg.is_caller or not visits


def _waited(call: BuiltCall, visits: Sequence[Visit]) -> float:
    if visits:
        return float(sum(visit.wait_seconds for visit in visits))
    until = call.answered_at or call.ended_at
    return round((until - call.started_at).total_seconds(), 3) if until else 0.0


def _outcome(
    call: BuiltCall, conversation: Conversation, originator: Channel, visits: Sequence[Visit]
) -> tuple[str, str]:
    if call.ended_at is None:
        return "running", ""
    if conversation.answered_at is not None:
        return "answered", ""
    if visits and any(visit.outcome != "waiting" for visit in visits):
        return _outcome_of_visits(visits)
    if "VoiceMail" in originator.applications:
        return "no_answer", "voicemail"
    if call.direction == "in":
        # the PBX ends a call by itself after the closed clip; a caller hangs up on his own
        left_by_caller = originator.hung_up_by == originator.name
        return ("abandoned", "before_queue") if left_by_caller else ("closed", "")
    if "HELIN_REFUSED" in conversation.marks:
        return "failed", "refused"
    if originator.answered_at is None and "AppDial2" in originator.applications:
        return "no_answer", "own_phone"
    if originator.dial_status in _STATUS_OUTCOMES:
        return _STATUS_OUTCOMES[originator.dial_status]
    if originator.answered_at is not None:
        return "answered", "service"  # the PBX itself: voicemail's menu, an echo, listening in
    return "failed", ""


def _outcome_of_visits(visits: Sequence[Visit]) -> tuple[str, str]:
    if any(visit.outcome == "answered" for visit in visits):
        return "answered", ""
    open_ones = [visit for visit in visits if visit.reason != "closed"]
    if not open_ones:
        return "closed", ""
    last = open_ones[-1]
    return ("running", "") if last.outcome == "waiting" else (last.outcome, last.reason)


def _legs(
    conversation: Conversation, originator: Channel, visits: Sequence[Visit], company: Company
) -> tuple[Leg, ...]:
    real = [channel for channel in conversation.channels if not channel.is_local]
    answerers = [visit.agent_id for visit in visits if visit.agent_id]
    legs = []
    for position, channel in enumerate(real):
        is_caller = channel is originator
        extension = extension_of(channel.name, company.slug)
        agent_id = company.agent_of_phone(extension) if extension else None
        if agent_id is None and channel.rang_by_queue and channel.talked_at and len(answerers) == 1:
            agent_id = answerers[0]
        ended_at = channel.ended_at or (conversation.ended_at if conversation.ended_at else None)
        answered_at = channel.talked_at if is_caller else channel.answered_at or channel.talked_at
        rang_until = answered_at or ended_at
        ring = (rang_until - channel.first_at).total_seconds() if rang_until else 0.0
        number = "" if extension else clean(channel.numbers[0] if channel.numbers else "", 80)
        legs.append(
            Leg(
                position=position,
                uniqueid=channel.uniqueid,
                channel=clean(channel.name, 150),
                is_caller=is_caller,
                extension=extension,
                agent_id=agent_id,
                number=normalise(number, company.country) if number else "",
                name=clean(_name_of(channel, is_caller), 120),
                started_at=channel.first_at,
                answered_at=answered_at,
                ended_at=ended_at,
                ring_seconds=0.0 if is_caller else round(max(0.0, ring), 3),
                talk_seconds=round(channel.talk_seconds, 3),
                talked=channel.talked_at is not None,
                end=_leg_end(channel, originator, real, ended_at),
            )
        )
    return tuple(legs)


def _name_of(channel: Channel, is_caller: bool) -> str:
    if not channel.names:
        return ""
    return channel.names[-1] if is_caller else channel.names[0]


def _leg_end(
    channel: Channel, originator: Channel, real: Sequence[Channel], ended_at: datetime | None
) -> str:
    if channel.talked_at is not None:
        return "answered" if ended_at else ""
    if ended_at is None:
        return ""
    if channel is originator or channel.answered_at is not None:
        return "not_connected"
    if channel.cause in _ENDS:
        return _ENDS[channel.cause]
    for other in real:
        answered_at = other.answered_at or other.talked_at
        if other is channel or other is originator or answered_at is None:
            continue
        if ended_at - _AT_ONCE <= answered_at <= ended_at + _AT_ONCE:
            return "elsewhere"
    left = originator.ended_at
    if left and originator.hung_up_by == originator.name and abs(left - ended_at) <= _JUST:
        return "given_up"
    return "no_answer"
