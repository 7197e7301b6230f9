"""Agents: their places in queues, their phones, and the one state that screens show."""

from __future__ import annotations

from telephony.live.calls import is_ringing, is_talking
from telephony.live.directory import AgentEntry
from telephony.live.draft import Draft
from telephony.live.state import Entity
from telephony.pbx import events
from telephony.pbx.events import Member

WRAP_UP = "wrap-up"
# a phone in one of these cannot be rung; a state never heard of counts as "no"
_GONE = frozenset({"unavailable", "invalid", "unknown", ""})


# --- events ----------------------------------------------------------------------------------
def on_member(
    draft: Draft,
    event: events.MemberAdded | events.MemberPaused | events.MemberChanged | events.MemberListed,
) -> None:
    member = event.member
    agent = draft.directory.agent_behind(member.name, member.interface)
    if agent is None:
        return
    members = _members(draft, agent)
    before = members.get(member.queue)
    now = _place(member)
    if before is not None and before == now:
        return
    draft.edit(f"_agent:{agent}", members={**members, member.queue: now})
    draft.touch_agent(agent)


def on_member_removed(draft: Draft, event: events.MemberRemoved) -> None:
    member = event.member
    agent = draft.directory.agent_behind(member.name, member.interface)
    if agent is None:
        return
    left = {
        queue: place for queue, place in _members(draft, agent).items() if queue != member.queue
    }
    draft.edit(f"_agent:{agent}", members=left)
    draft.touch_agent(agent)


def on_device(draft: Draft, event: events.DeviceStateChanged) -> None:
    agent = draft.directory.agent_at(event.device)
    if agent is None and not draft.directory.is_phone(event.device):
        return
    draft.put(f"_device:{event.device}", {"state": event.state})
    draft.touch_agent(agent)


def _members(draft: Draft, agent: int) -> dict[str, Entity]:
    found: dict[str, Entity] = (draft.get(f"_agent:{agent}") or {}).get("members", {})
    return found


def _place(member: Member) -> Entity:
    return {
        "interface": member.interface,
        "penalty": member.penalty,
        "paused": member.paused,
        "reason": member.reason if member.paused else "",
        "status": member.status,
    }


# --- what is shown ---------------------------------------------------------------------------
def pause_reason(members: dict[str, Entity]) -> str | None:
    """Why the agent is paused: None unless it is so in every queue he is logged in to."""
    if not members or not all(place["paused"] for place in members.values()):
        return None
    reasons = [place["reason"] for place in members.values()]
    return next((reason for reason in reasons if reason), "")


def derive_agent(draft: Draft, agent_id: int) -> None:
    entry = draft.directory.agents.get(agent_id)
    key = f"agent:{agent_id}"
    if entry is None:
        draft.drop(key)
        return
    notes = draft.get(f"_agent:{agent_id}") or {}
    before = draft.get(key)
    members: dict[str, Entity] = notes.get("members", {})
    ringing, talking = _calls(draft, notes)
    reason = pause_reason(members)
    reachable = _is_reachable(draft, entry, members)
    state = _presence(ringing, talking, members, reason, reachable)
    shown_reason = reason if state in {"paused", "wrapping_up"} or reason != WRAP_UP else None
    is_same = before is not None and (before["state"], before["reason"]) == (state, shown_reason)
    draft.put(
        key,
        {
            "name": entry.name,
            "state": state,
            "since": before["since"] if before is not None and is_same else draft.at,
            "reason": shown_reason,
            "wrap_until": _wrap_until(draft, agent_id, notes, members, state),
            "pause_after_call": entry.pause_after_call,
            "reachable": reachable,
            "extension": entry.extension,
            "queues": {
                queue: {"penalty": place["penalty"], "paused": place["paused"]}
                for queue, place in members.items()
            },
            "groups": _groups(draft, members),
            "call": f"call:{talking or ringing}" if talking or ringing else None,
        },
    )


def _presence(
    ringing: str | None,
    talking: str | None,
    members: dict[str, Entity],
    reason: str | None,
    reachable: bool,
) -> str:
    if talking:
        return "in_call"
    if ringing:
        return "ringing"
    if not members:
        return "logged_out"
    if not reachable:
        return "unreachable"
    if reason == WRAP_UP:
        return "wrapping_up"
    return "available" if reason is None else "paused"


def _calls(draft: Draft, notes: Entity) -> tuple[str | None, str | None]:
    """The linkedids of the call that rings and of the call that is talked on."""
    ringing = talking = None
    for uniqueid in notes.get("channels", ()):
        leg = draft.get(f"_channel:{uniqueid}")
        if leg is None:
            continue
        if is_ringing(leg):
            ringing = ringing or leg["call"]
        elif is_talking(leg):
            talking = talking or leg["call"]
    return ringing, talking


def _is_reachable(draft: Draft, entry: AgentEntry, members: dict[str, Entity]) -> bool:
    device = draft.get(f"_device:{entry.interface}")
    if device is not None:
        return device["state"] not in _GONE
    return any(
        place["status"] not in _GONE
        for place in members.values()
        if place["interface"] == entry.interface
    )


def _groups(draft: Draft, members: dict[str, Entity]) -> list[int]:
    queues = draft.directory.queues
    return sorted({queues[queue].group_id for queue in members if queue in queues})


def _wrap_until(
    draft: Draft, agent_id: int, notes: Entity, members: dict[str, Entity], state: str
) -> float | None:
    """When wrap-up ends. It begins with the end of the call, though its pause stands earlier.

    The agent may wish it longer; a wish that is past is of an earlier wrap-up. After a restart the length is no longer known; the longest of the agent's queues is taken, so
    that nobody is left paused for ever.
    """
    until: float | None = notes.get("wrap_until")
    if state == "wrapping_up":
        entry = draft.directory.agents[agent_id]
        wish = entry.wrap_up_until
        seconds = notes.get("wrap_seconds") or draft.directory.longest_wrap_up(members)
        known = until
        if known is None:
            until = draft.at + seconds
        if wish is not None and wish > draft.at:
            until = wish
        if until != known:
            draft.edit(f"_agent:{agent_id}", wrap_until=until)
    elif until is not None and pause_reason(members) != WRAP_UP:
        until = None
        draft.edit(f"_agent:{agent_id}", wrap_until=None)
    return until if state == "wrapping_up" else None
