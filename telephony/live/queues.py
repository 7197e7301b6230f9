"""Callers in queues, and the agents that the queue calls for them."""

from __future__ import annotations

from telephony.live.channels import note
from telephony.live.draft import Draft
from telephony.pbx import events
from telephony.pbx.events import Channel


def _edit_call(draft: Draft, channel: Channel, **fields: object) -> None:
    known = note(draft, channel)
    if known is None:
        return
    key = f"_call:{known['call']}"
    if draft.get(key) is not None:
        draft.edit(key, **fields)
        draft.touch_call(known["call"])


def on_joined(draft: Draft, event: events.CallerJoinedQueue) -> None:
    _edit_call(
        draft, event.channel, queue=event.queue, waiting=True, joined_at=event.at, priority=0
    )


def on_left(draft: Draft, event: events.CallerLeftQueue) -> None:
    """With an agent on the line the queue stays the call's; without one it goes on elsewhere."""
    known = note(draft, event.channel)
    call = draft.get(f"_call:{known['call']}") if known else None
    if call is None or call["queue"] != event.queue:
        return
    if call["waiting"] and not _has_answer(draft, call["channels"]):
        _edit_call(draft, event.channel, waiting=False, queue=None, joined_at=None)
    else:
        _edit_call(draft, event.channel, waiting=False)


def _has_answer(draft: Draft, uniqueids: list[str]) -> bool:
    legs = (draft.get(f"_channel:{uniqueid}") for uniqueid in uniqueids)
    return any(leg is not None and leg["called"] and leg["state"] == "up" for leg in legs)


def on_caller_listed(draft: Draft, event: events.CallerListed) -> None:
    known = draft.get(f"_channel:{event.uniqueid}")
    key = f"_call:{known['call']}" if known else ""
    if known is None or draft.get(key) is None:
        return
    call = draft.get(key) or {}
    is_known = call["waiting"] and call["queue"] == event.queue
    joined_at = call["joined_at"] if is_known else event.at - event.waited_seconds
    draft.edit(key, queue=event.queue, waiting=True, joined_at=joined_at, priority=event.priority)
    draft.touch_call(known["call"])


def on_agent_called(draft: Draft, event: events.AgentCalled) -> None:
    note(draft, event.caller)
    if event.leg is not None:
        note(draft, event.leg, dialling=event.leg.state != "up", placed=False, called=True)


def on_agent_connected(draft: Draft, event: events.AgentConnected) -> None:
    """The leg tells who talks: after a pick-up that is not the member whom the queue names."""
    known = note(draft, event.caller)
    call = draft.get(f"_call:{known['call']}") if known else None
    joined_at = (call or {}).get("joined_at") or event.at - event.held_seconds
    _edit_call(draft, event.caller, queue=event.queue, waiting=False, joined_at=joined_at)
    if event.leg is None:
        return
    leg = note(draft, event.leg, dialling=False, called=True)
    entry = draft.directory.queues.get(event.queue)
    if leg is not None and leg["agent"] is not None and entry is not None:
        draft.edit(f"_agent:{leg['agent']}", wrap_seconds=entry.wrap_up_seconds)
        draft.touch_agent(leg["agent"])


def on_agent_did_not_answer(
    draft: Draft, event: events.AgentDidNotAnswer | events.AgentDumped
) -> None:
    if event.leg is not None:
        note(draft, event.leg, dialling=False, called=False)
