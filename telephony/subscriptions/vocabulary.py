"""The words of what Helin tells other programs, and what one such fact carries. Pure."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

ARRIVED = "call.arrived"
PLACED = "call.placed"
NAMED = "call.named"
QUEUED = "call.queued"
RINGING = "call.ringing"
RINGING_ENDED = "call.ringing_ended"
ANSWERED = "call.answered"
HELD = "call.held"
RESUMED = "call.resumed"
PARKED = "call.parked"
FETCHED = "call.fetched"
JOINED = "call.joined"
LEFT = "call.left"
TRANSFERRED = "call.transferred"
MISSED = "call.missed"
ENDED = "call.ended"
AGENT_STATE = "agent.state_changed"
CALLBACK_CREATED = "callback.created"
CALLBACK_ASSIGNED = "callback.assigned"
CALLBACK_TAKEN = "callback.taken"
CALLBACK_CLOSED = "callback.closed"
CALLBACK_REOPENED = "callback.reopened"
RECORDING_READY = "recording.ready"
NOTE_WRITTEN = "note.written"
LINK_LOST = "pbx.lost"
LINK_BACK = "pbx.back"
GAP = "stream.gap"
TEST = "webhook.test"

# in the order in which a call may live through them; docs/events.md says each in full
TYPES: dict[str, str] = {
    ARRIVED: "A call from outside has come in",
    PLACED: "Somebody of the company has begun a call, out or to a colleague",
    NAMED: "The caller's name has become known, or another",
    QUEUED: "The caller waits in a queue",
    RINGING: "Phones of agents ring that did not before",
    RINGING_ENDED: "Phones have stopped ringing, and their agents do not talk",
    ANSWERED: "Somebody talks with the caller for the first time",
    HELD: "The call is on hold",
    RESUMED: "It is talked on again",
    PARKED: "The call is parked",
    FETCHED: "The parked call was fetched",
    JOINED: "One more agent talks in the call",
    LEFT: "An agent who came later has left the call, the others talk on",
    TRANSFERRED: "The call has gone from one agent to another",
    MISSED: "A call from outside has ended, and nobody has talked with the caller",
    ENDED: "The call is over",
    AGENT_STATE: "An agent's state is another",
    # these are written by triggers where the rows are (migration 0017)
    CALLBACK_CREATED: "Nobody answered a caller, who is to be called back",
    CALLBACK_ASSIGNED: "It was given to somebody, or to nobody",
    CALLBACK_TAKEN: "Somebody is at it",
    CALLBACK_CLOSED: "Nothing is left to do: reached, called in, given up",
    CALLBACK_REOPENED: "It is to be done after all",
    RECORDING_READY: "A recording can be heard",
    NOTE_WRITTEN: "Somebody has written a note that all may read",
    LINK_LOST: "Helin does not hear the phone system: nothing is told meanwhile",
    LINK_BACK: "Helin hears the phone system again",
    GAP: "What happened between two instants could not be kept, wholly or in part",
}
# told to every reader whatever it asked for: without them it would take silence for peace
ALWAYS = frozenset({GAP, TEST})
CALLBACKS = frozenset(
    {CALLBACK_CREATED, CALLBACK_ASSIGNED, CALLBACK_TAKEN, CALLBACK_CLOSED, CALLBACK_REOPENED}
)


class OutEvent(Struct, frozen=True):
    """A fact on its way outward. `at` in epoch seconds.

    `group_ids`, `agent_ids`, `user_ids`, `numbers` (own numbers, E.164): whom it concerns, by which
    readers are allowed it and filter it. With `for_all` it concerns everybody in the company.
    """

    type: str
    at: float
    data: dict[str, Any]
    call: str = ""
    group_ids: tuple[int, ...] = ()
    agent_ids: tuple[int, ...] = ()
    user_ids: tuple[int, ...] = ()
    numbers: tuple[str, ...] = ()
    for_all: bool = False
