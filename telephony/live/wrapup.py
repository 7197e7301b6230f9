"""Wrap-up and "pause after this call": what to order of the PBX, and when. Pure.

Asterisk's own wrap-up time ends early over several queues and is skipped by transfers, so Helin
keeps it: the pause is ordered while the agent still talks, where it harms nothing and leaves no
moment between the call and the pause, and is taken back by a timer (decision 0014).
"""

from __future__ import annotations

from dataclasses import dataclass

from telephony.live.agents import WRAP_UP, pause_reason
from telephony.live.directory import Directory
from telephony.live.state import Document
from telephony.pbx.orders import Order, PauseMember


@dataclass(frozen=True, slots=True)
class Plan:
    """`until`: when to look again (epoch seconds), None when there is nothing to wait for.
    `fulfilled`: a wish to pause after the call is carried out and can be forgotten."""

    orders: tuple[Order, ...] = ()
    until: float | None = None
    fulfilled: bool = False


NOTHING = Plan()


def plan(document: Document, directory: Directory, agent_id: int, now: float) -> Plan:
    """What the agent's state asks for at `now` (epoch seconds).

    Asking again changes nothing: once the PBX says that the pause stands, no order follows.
    """
    entry = directory.agents.get(agent_id)
    agent = document.get(f"agent:{agent_id}")
    notes = document.get(f"_agent:{agent_id}") or {}
    members = notes.get("members") or {}
    if entry is None or agent is None or not members:
        return NOTHING
    interface = next(iter(members.values()))["interface"]
    current = pause_reason(members)
    wish = entry.pause_after_call
    if agent["state"] == "in_call":
        if wish is not None:
            return Plan() if current == wish else _pause(interface, wish)
        seconds = notes.get("wrap_seconds")
        return _pause(interface, WRAP_UP) if seconds and current is None else NOTHING
    if wish is not None and agent["state"] != "ringing":
        # the call has ended: the pause stands, or the wish came too late for it
        return Plan(fulfilled=True) if current == wish else _pause(interface, wish)
    if current != WRAP_UP:
        return NOTHING
    until: float | None = notes.get("wrap_until")
    if until is None or agent["state"] == "ringing":
        return NOTHING
    if until <= now:
        return Plan(orders=(PauseMember(interface=interface, paused=False),))
    return Plan(until=until)


def _pause(interface: str, reason: str) -> Plan:
    return Plan(orders=(PauseMember(interface=interface, paused=True, reason=reason),))
