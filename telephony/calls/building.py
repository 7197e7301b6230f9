"""From a conversation and its stays in queues to the rows of a call and its legs. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from phonebook.numbers.e164 import normalise
from telephony.calls.conversation import CelRow, Channel, Conversation, follow
from telephony.calls.legs import clean, extension_of, legs_of_channels, moments_of
from telephony.calls.shapes import BuiltCall, Company, Leg, Visit

_NUMBER = re.compile(r"^\+?[0-9]{3,}$")
_CONNECTED_WITHIN = timedelta(seconds=2)  # of a pickup; the queue log tells whole seconds
_NO_DIGITS = re.compile(r"[^0-9]+")
_STATUS_OUTCOMES = {
    "BUSY": ("busy", ""),
    "NOANSWER": ("no_answer", ""),
    "CANCEL": ("no_answer", "given_up"),
    "CHANUNAVAIL": ("failed", "unreachable"),
    "CONGESTION": ("failed", "network"),
}


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
    """None where no phone took part. `restarted_at`: until when the PBX ran that wrote the last event,
    if it began anew since.

    `rows` hold the events of the calls that it absorbs, too; see absorbed_by.
    """
    conversation = follow(linkedid, rows)
    cut_at = restarted_at if conversation.ended_at is None else None
    if cut_at is not None:
        conversation.cut_off(cut_at)
    originator = conversation.originator
    if originator is None or conversation.started_at is None:
        return _from_visits(linkedid, visits, company) if visits else None
    legs = legs_of_channels(conversation, originator, visits, company)
    call = BuiltCall(
        linkedid=linkedid,
        direction=_direction(conversation, originator, company),
        started_at=conversation.started_at,
        answered_at=conversation.answered_at,
        ended_at=conversation.ended_at,
        talk_seconds=round(conversation.talk_seconds, 3),
        legs=legs,
        absorbs=absorbs,
        moments=moments_of(conversation.moments, legs, company),
    )
    call.answered_by = _picked_up(call, visits)
    _name_parties(call, originator, company)
    _place(call, originator, visits, company)
    call.wait_seconds = _waited(call, visits)
    call.outcome, call.reason = _outcome(call, conversation, originator, visits)
    if cut_at is not None and call.outcome != "overflowed":
        if call.outcome != "answered":
            call.outcome = "abandoned" if call.direction == "in" else "failed"
        call.reason = "restart"
    return call


def absorbed_by(linkedid: str, rows: Sequence[CelRow]) -> frozenset[str]:
    """Linkedids of what may be calls that became part of this one: channels that came from
    elsewhere, by a transfer, a pickup or out of a parking lot."""
    return frozenset(follow(linkedid, rows).absorbed - {"", linkedid})


def _from_visits(linkedid: str, visits: Sequence[Visit], company: Company) -> BuiltCall:
    """The queue log alone: another PBX's history, or channel events that are still to come."""
    last = visits[-1]
    is_over = all(visit.ended_at for visit in visits)
    said = next((visit.caller_number for visit in visits if visit.caller_number), "")
    number = clean(said, 80)
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
    call.party_digits = digits_of(call.caller_number)
    _place(call, None, visits, company)
    if is_over:
        call.outcome, call.reason = _outcome_of_visits(visits)
    return call


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
        call.party_digits = digits_of(call.dialled)
        return
    number = clean(originator.numbers[0], 80) if originator.numbers else ""
    call.caller_number = normalise(number, company.country)
    # the last one is what the dialplan found in the phone book
    call.caller_name = clean(originator.names[-1], 120) if originator.names else ""
    dialled = clean(originator.extens[0], 80) if originator.extens else ""
    digits = digits_of(dialled).removeprefix("00")
    call.dialled = f"+{digits}" if company.group_of_number(digits) else dialled
    call.party_digits = digits_of(call.caller_number)


def digits_of(number: str) -> str:
    return _NO_DIGITS.sub("", number)[:32]


def _place(
    call: BuiltCall, originator: Channel | None, visits: Sequence[Visit], company: Company
) -> None:
    """Whose call it is: groups and agents."""
    answered = [visit for visit in visits if visit.outcome == "answered"]
    if visits:
        main = (answered or visits)[-1]
        call.group_id, call.queue_id = main.group_id, main.queue_id
    elif originator is not None and call.direction == "in":
        call.group_id = company.group_of_number(digits_of(call.dialled))
    elif originator is not None and call.direction == "out":
        shown = (company.group_of_number(digits_of(one)) for one in originator.numbers)
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


def _picked_up(call: BuiltCall, visits: Sequence[Visit]) -> dict[int, int]:
    """Agents who took a call that rang at a colleague, by the stay that this ended."""
    found = {}
    for moment in call.moments:
        if moment["kind"] != "picked_up" or moment["by"] is None:
            continue
        at, agent_id = datetime.fromisoformat(moment["at"]), call.legs[moment["by"]].agent_id
        for visit in visits:
            is_this = visit.left_at is not None and abs(visit.left_at - at) <= _CONNECTED_WITHIN
            if agent_id and is_this and visit.outcome == "answered":
                found[visit.id] = agent_id
    return found


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
