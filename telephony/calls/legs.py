"""Whose phones took part in a call, and what was done to it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from typing import Any

from phonebook.numbers.e164 import normalise
from telephony.calls.conversation import Channel, Conversation, Moment
from telephony.calls.shapes import Attempt, Company, Leg, Stay, Visit
from telephony.ledger.owners import endpoint_of, extension_of_member

_AT_ONCE = timedelta(seconds=1)
_JUST = timedelta(milliseconds=300)
_OWN_EXTENSION = re.compile(r"^[0-9]{2,5}$")
# Q.850 causes of a phone that never answered
_ENDS = {
    17: "busy", 21: "rejected", 18: "no_answer", 19: "no_answer",
    1: "unreachable", 3: "unreachable", 20: "unreachable", 27: "unreachable", 38: "unreachable",
    41: "unreachable", 58: "unreachable", 88: "unreachable",
}  # fmt: skip


def extension_of(channel: str, slug: str) -> str:
    """`101` of `PJSIP/acme-101-0000002a`; "" for what is no phone of the tenant.

    A phone of another PBX is called by its extension alone, `SIP/2001-0000002a`.
    """
    endpoint = endpoint_of(channel)
    if _OWN_EXTENSION.match(endpoint):
        return endpoint
    prefix = f"{slug}-"
    return endpoint.removeprefix(prefix)[:10] if endpoint.startswith(prefix) else ""


def clean(text: str, length: int) -> str:
    """A stranger's text on one line: control and direction-changing letters become spaces."""
    kept = [" " if unicodedata.category(letter) in _UNSEEN else letter for letter in text[:4096]]
    return " ".join("".join(kept).split())[:length]


_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def legs_of_channels(
    conversation: Conversation, originator: Channel, visits: Sequence[Visit], company: Company
) -> tuple[Leg, ...]:
    real = [channel for channel in conversation.channels if not channel.is_local]
    answerers = [visit.agent_id for visit in visits if visit.agent_id]
    lent = _lent_names(real, originator, company)
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
                name=clean(_name_of(channel, is_caller, () if extension else lent), 120),
                started_at=channel.first_at,
                answered_at=answered_at,
                ended_at=ended_at,
                ring_seconds=round(max(0.0, _own_ring(channel) if is_caller else ring), 3),
                talk_seconds=round(channel.talk_seconds, 3),
                talked=channel.talked_at is not None,
                end=_leg_end(channel, originator, real, ended_at),
            )
        )
    return tuple(legs)


def _own_ring(channel: Channel) -> float:
    """How long the caller's own phone was rung first, when he clicked on a number."""
    until = channel.answered_at or channel.ended_at
    if "AppDial2" not in channel.applications or until is None:
        return 0.0
    return (until - channel.first_at).total_seconds()


def _lent_names(real: Sequence[Channel], originator: Channel, company: Company) -> frozenset[str]:
    """A line that is dialled by a transfer begins with the name of ours or of the caller."""
    ours = [one for one in real if one is originator or extension_of(one.name, company.slug)]
    return frozenset(name for one in ours for name in one.names)


def _name_of(channel: Channel, is_caller: bool, lent: Container[str]) -> str:
    if is_caller:
        return channel.names[-1] if channel.names else ""
    return next((name for name in channel.names[:1] if name not in lent), "")


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


def ring_seconds(event: str, rang: str, connected: str) -> float:
    """RINGNOANSWER tells milliseconds, CONNECT seconds; older ones tell nothing."""
    text = connected if event == "CONNECT" else rang
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return 0.0
    return float(text) if event == "CONNECT" else float(text) / 1000


def attempt_of(
    event: str, queue: str, member: str, at: datetime, rang: str, connected: str
) -> Attempt:
    return Attempt(queue, member, at, ring_seconds(event, rang, connected), event == "CONNECT")


def legs_of_attempts(
    attempts: Sequence[Attempt], visits: Sequence[Stay], company: Company
) -> tuple[Leg, ...]:
    """Who was rung, as far as the queue log says so; the caller has no leg there."""
    legs = []
    for position, attempt in enumerate(attempts):
        visit = next((one for one in visits if _is_answer(attempt, one)), None)
        agent_id = company.agent_of_member(attempt.member)
        ended_at = attempt.at if visit is None else visit.ended_at
        legs.append(
            Leg(
                position=position,
                uniqueid="",
                channel="",
                is_caller=False,
                extension=extension_of_member(attempt.member),
                agent_id=agent_id,
                number="",
                name=clean(attempt.member, 120),
                started_at=attempt.at - timedelta(seconds=attempt.ring_seconds),
                answered_at=attempt.at if visit else None,
                ended_at=ended_at,
                ring_seconds=attempt.ring_seconds,
                talk_seconds=float(visit.talk_seconds) if visit else 0.0,
                talked=visit is not None,
                end=("answered" if ended_at else "") if visit else "no_answer",
            )
        )
    return tuple(legs)


def _is_answer(attempt: Attempt, stay: Stay) -> bool:
    """A call may be answered in two queues within one second."""
    return attempt.is_answered and (stay.queue_name, stay.member, stay.left_at) == (
        attempt.queue, attempt.member, attempt.at,
    )  # fmt: skip


def moments_of(
    moments: Sequence[Moment], legs: Sequence[Leg], company: Company
) -> list[dict[str, Any]]:
    return [
        {
            "kind": moment.kind,
            "at": moment.at.isoformat(),
            "by": (by := _leg_named(moment.by, moment.at, legs, company)),
            "to": _target(moment, by, legs, company),
            "exten": moment.exten if _OWN_EXTENSION.match(moment.exten) else "",
        }
        for moment in moments
    ]


def _leg_named(name: str, at: datetime, legs: Sequence[Leg], company: Company) -> int | None:
    """A channel, or a phone without one (who parked): then its latest leg."""
    for leg in legs:
        if name and leg.channel == name:
            return leg.position
    extension = extension_of(f"{name}-00000000", company.slug)
    of_phone = [leg for leg in legs if extension == leg.extension != "" and leg.started_at <= at]
    return of_phone[-1].position if of_phone else None


def _target(moment: Moment, by: int | None, legs: Sequence[Leg], company: Company) -> int | None:
    """Whom it went to. Where the PBX does not say: the phone that was dialled next, or last."""
    if moment.to:
        return _leg_named(moment.to, moment.at, legs, company)
    own = next((leg.extension for leg in legs if leg.position == by), "")
    others = [leg for leg in legs if not leg.is_caller and (not own or leg.extension != own)]
    if moment.kind == "transferred":
        later = [leg.position for leg in others if leg.started_at >= moment.at]
        return next(iter(later), None)
    if moment.kind == "consulted":
        asked = [leg.position for leg in others if leg.started_at <= moment.at + _AT_ONCE]
        return asked[-1] if asked else None
    return None
