"""What a take has come to, by what the PBX wrote of its call. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from telephony.clips.models import TakeState

TOLD = "HELIN_CLIP"
ENDED = "CHAN_END"
BEGUN = "CHAN_START"
EVENTS = (BEGUN, TOLD, ENDED)

_STEPS = {
    "recording": TakeState.RECORDING,
    "listening": TakeState.LISTENING,
    "kept": TakeState.KEPT,
    "failed": TakeState.LOST,
}


def state_after(events: Iterable[tuple[str, str]]) -> TakeState:
    """`events` in their order: (event, what the dialplan said with it)."""
    state = TakeState.RINGING
    for event, said in events:
        if event == TOLD:
            state = _STEPS.get(said, state)
        elif event == BEGUN:
            continue
        elif state is TakeState.RINGING:
            return TakeState.NOT_PICKED_UP
        elif state in (TakeState.RECORDING, TakeState.LISTENING):
            return TakeState.THROWN_AWAY
    return state
