"""Which calls begun by a click came to nothing, and why: found among the facts of the PBX. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from telephony.dialling.models import CLICKED
from telephony.pbx import events

MOST = 5000  # calls that are remembered; the oldest are forgotten first


class Failure(StrEnum):
    OWN_NO_ANSWER = "own_no_answer"
    OWN_BUSY = "own_busy"
    OWN_UNREACHABLE = "own_unreachable"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"


_OWN = {
    "busy": Failure.OWN_BUSY,
    "congestion": Failure.OWN_UNREACHABLE,
    "chanunavail": Failure.OWN_UNREACHABLE,
}
_THEIRS = {
    "busy": Failure.BUSY,
    "noanswer": Failure.NO_ANSWER,
    "congestion": Failure.UNREACHABLE,
    "chanunavail": Failure.UNREACHABLE,
}


@dataclass(slots=True)
class _Ringing:
    """`is_over`: whoever is rung from now on was not clicked: it was answered, or a queue looks for
    somebody."""

    phones: set[str] = field(default_factory=set)
    is_over: bool = False


class ClickWatch:
    """One per link to a PBX; what it missed while the link was down it says nothing of."""

    def __init__(self) -> None:
        self._calls: dict[str, _Ringing] = {}
        self._rung: dict[str, None] = {}

    def look_at(self, batch: Iterable[events.PbxEvent]) -> list[tuple[str, Failure]]:
        """(call id, why) of each placed call that has just failed, once for each."""
        found = []
        for event in batch:
            failed = self._failed(event)
            if failed is not None:
                found.append(failed)
        return found

    def _failed(self, event: events.PbxEvent) -> tuple[str, Failure] | None:
        match event:
            # the phone system rings the own phone: nobody calls
            case events.DialBegan(caller=None, called=own) if _is_click(own.uniqueid):
                _keep(self._rung, own.uniqueid, None)
            case events.DialEnded(caller=None, called=own) if _is_click(own.uniqueid):
                if event.outcome != "answer":
                    return own.uniqueid, _OWN.get(event.outcome, Failure.OWN_NO_ANSWER)
            case events.OriginateEnded(succeeded=False) if _is_click(event.uniqueid):
                # of a phone that rang the end of the ringing says more, before this or after it
                if event.uniqueid not in self._rung:
                    return event.uniqueid, Failure.OWN_UNREACHABLE
            case events.DialBegan(caller=events.Channel() as caller) if _is_click(caller.uniqueid):
                self._call(caller).phones.add(event.called.uniqueid)
            case events.DialEnded(caller=events.Channel() as caller) if _is_click(caller.uniqueid):
                return self._dial_ended(caller.uniqueid, event)
            case events.CallerJoinedQueue(channel=caller) if _is_click(caller.uniqueid):
                self._call(caller).is_over = True
            case events.ChannelHungUp(channel=own) if _is_click(own.uniqueid):
                self._calls.pop(own.uniqueid, None)
        return None

    def _call(self, caller: events.Channel) -> _Ringing:
        if caller.uniqueid not in self._calls:
            _keep(self._calls, caller.uniqueid, _Ringing())
        return self._calls[caller.uniqueid]

    def _dial_ended(self, call_id: str, event: events.DialEnded) -> tuple[str, Failure] | None:
        """A target with several phones has failed when the last of them has."""
        ringing = self._calls.get(call_id)
        if ringing is None or ringing.is_over:
            return None
        ringing.phones.discard(event.called.uniqueid)
        if event.outcome == "answer":
            ringing.is_over = True
            return None
        if ringing.phones or event.outcome not in _THEIRS:
            return None
        del self._calls[call_id]
        return call_id, _THEIRS[event.outcome]


def _keep(kept: dict[str, Any], key: str, value: object) -> None:
    kept[key] = value
    if len(kept) > MOST:
        del kept[next(iter(kept))]


def _is_click(uniqueid: str) -> bool:
    return uniqueid.startswith(CLICKED)
