"""From an event to the changes of one tenant's live state. Pure: reads the document, changes none.

The events change notes (keys with an underscore); what screens see is derived from the notes of
the calls and agents that were touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from telephony.live import agents, calls, channels, queues
from telephony.live.directory import Directory
from telephony.live.draft import Draft
from telephony.live.naming import note_key
from telephony.live.state import Change, Document, Entity, apply
from telephony.pbx import events

_HANDLERS: dict[type[events.PbxEvent], Callable[[Draft, Any], None]] = {
    events.ChannelAppeared: channels.on_appeared,
    events.ChannelListed: channels.on_listed,
    events.ChannelChanged: channels.on_changed,
    events.ChannelHungUp: channels.on_hung_up,
    events.ChannelHeld: channels.on_held,
    events.ChannelUnheld: channels.on_unheld,
    events.DialBegan: channels.on_dial_began,
    events.DialEnded: channels.on_dial_ended,
    events.BridgeEntered: channels.on_bridge_entered,
    events.BridgeLeft: channels.on_bridge_left,
    events.BridgeListed: channels.on_bridge_listed,
    events.CallParked: channels.on_parked,
    events.ParkedCallListed: channels.on_parked,
    events.CallUnparked: channels.on_unparked,
    events.CallPickedUp: channels.on_picked_up,
    events.CallerJoinedQueue: queues.on_joined,
    events.CallerLeftQueue: queues.on_left,
    events.CallerListed: queues.on_caller_listed,
    events.AgentCalled: queues.on_agent_called,
    events.AgentConnected: queues.on_agent_connected,
    events.AgentDidNotAnswer: queues.on_agent_did_not_answer,
    events.AgentDumped: queues.on_agent_did_not_answer,
    events.MemberAdded: agents.on_member,
    events.MemberListed: agents.on_member,
    events.MemberPaused: agents.on_member,
    events.MemberChanged: agents.on_member,
    events.MemberRemoved: agents.on_member_removed,
    events.DeviceStateChanged: agents.on_device,
}

# what no list of the PBX tells
_KEPT_OF_CHANNEL = ("held", "since", "placed", "called", "was_bridged")


def decide(document: Document, directory: Directory, event: events.PbxEvent) -> tuple[Change, ...]:
    """What the event changes; nothing, if it is about nothing that is shown."""
    return decide_all(document, directory, (event,))


def decide_all(
    document: Document, directory: Directory, told: Iterable[events.PbxEvent]
) -> tuple[Change, ...]:
    """What the events change together: what came and went between them is not told.

    A busy PBX sends many at once, and deriving once for all of them is most of the work saved.
    """
    draft = Draft(document, directory, 0.0)
    for event in told:
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            draft.at = event.at
            handler(draft, event)
    _derive(draft)
    return draft.changes()


def settle(document: Document, directory: Directory, at: float) -> tuple[Change, ...]:
    """Everything derived anew: at the start, and when the company data changed."""
    draft = Draft(document, directory, at)
    _settle_queues(draft)
    _settle_agents(draft)
    for key in draft.keys("_call:"):
        draft.touch_call(key.removeprefix("_call:"))
    for agent_id in directory.agents:
        draft.touch_agent(agent_id)
    _derive(draft)
    return draft.changes()


def name_calls(
    document: Document, directory: Directory, notes: Mapping[str, Entity], at: float
) -> tuple[Change, ...]:
    """What names that were found change (telephony/live/naming.py); nothing for calls that are over.

    `notes` by linkedid.
    """
    draft = Draft(document, directory, at)
    for linkedid, note in notes.items():
        if draft.get(f"_call:{linkedid}") is None:
            continue
        if not (note["name"] or note["people"] or draft.get(note_key(linkedid))):
            continue  # nobody has a name for it, as before
        draft.put(note_key(linkedid), note)
        draft.touch_call(linkedid)
    _derive(draft)
    return draft.changes()


def carry_over(before: Document, fresh: Document, directory: Directory, at: float) -> Document:
    """Finishes a document made from lists. Changes `fresh` in place and returns it.

    `before` may hold public entities only: what the listener before this one left in the store.
    """
    for key, old in before.items():
        kind, _, name = key.partition(":")
        if kind == "call" and f"_call:{name}" in fresh:
            notes = fresh[f"_call:{name}"]
            fresh[f"_call:{name}"] = {**notes, **_kept_of_call(old, notes)}
        elif kind == "_name" and f"_call:{name}" in fresh:
            fresh[key] = old
        elif kind == "_call" and key in fresh:
            fresh[key] = {**fresh[key], "given": old.get("given", "")}
        elif kind == "_channel" and key in fresh and old["bridge"] == fresh[key]["bridge"]:
            fresh[key] = {**fresh[key], **{field: old[field] for field in _KEPT_OF_CHANNEL}}
        elif kind == "agent" and f"_agent:{name}" in fresh:
            fresh[f"_agent:{name}"] = {
                **fresh[f"_agent:{name}"], **_kept_of_agent(before, old, directory)
            }  # fmt: skip
        elif kind == "_agent" and key in fresh and old.get("wrap_seconds") is not None:
            fresh[key] = {**fresh[key], "wrap_seconds": old["wrap_seconds"]}
    if "pbx" in before:
        fresh["pbx"] = before["pbx"]
    apply(fresh, settle(fresh, directory, at))
    for key, old in before.items():
        new = fresh.get(key)
        if new is None or not key.startswith("agent:"):
            continue
        if (old["state"], old["reason"]) == (new["state"], new["reason"]):
            fresh[key] = {**new, "since": old["since"]}
    return fresh


def _kept_of_agent(before: Document, old: dict[str, Any], directory: Directory) -> dict[str, Any]:
    """When the wrap-up ends, or how long the one of the call will be that goes on."""
    kept: dict[str, Any] = {"wrap_until": old["wrap_until"]} if old["wrap_until"] else {}
    call = before.get(old["call"] or "") or {}
    entry = directory.queues.get(call.get("queue") or "")
    if old["state"] == "in_call" and entry is not None:
        kept["wrap_seconds"] = entry.wrap_up_seconds
    return kept


def _kept_of_call(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    kept = {name: old[name] for name in ("started_at", "direction", "dialled", "caller")}
    # which name came with the call cannot be listed: the PBX lists the one that it gave since
    is_given = old.get("name_source") == "carrier"
    kept["given"] = old["caller"]["name"] if is_given else ""
    kept["answered_at"] = old["answered_at"] or new["answered_at"]
    if old["queue"] == new["queue"]:
        kept["joined_at"] = old["joined_at"] or new["joined_at"]
    elif new["queue"] is None and not new["waiting"] and old["state"] not in {"waiting", "ringing"}:
        kept["queue"], kept["joined_at"] = old["queue"], old["joined_at"]
    return kept


def _derive(draft: Draft) -> None:
    for linkedid in draft.calls:
        calls.derive_call(draft, linkedid)
    for agent_id in draft.agents:
        agents.derive_agent(draft, agent_id)


def _settle_queues(draft: Draft) -> None:
    for name, entry in draft.directory.queues.items():
        draft.put(
            f"queue:{name}",
            {"queue_id": entry.queue_id, "group_id": entry.group_id, "name": entry.label},
        )
    for key in draft.keys("queue:"):
        if key.removeprefix("queue:") not in draft.directory.queues:
            draft.drop(key)


def _settle_agents(draft: Draft) -> None:
    """Phones may have changed hands: every channel's agent is looked up again."""
    held: dict[int, list[str]] = {}
    for key in draft.keys("_channel:"):
        channel = draft.get(key) or {}
        agent = draft.directory.agent_at(channel["interface"])
        if agent != channel["agent"]:
            draft.edit(key, agent=agent)
        if agent is not None:
            held.setdefault(agent, []).append(key.removeprefix("_channel:"))
    for key in draft.keys("_agent:"):
        agent = int(key.removeprefix("_agent:"))
        if agent not in draft.directory.agents:
            draft.drop(key)
        elif set((draft.get(key) or {}).get("channels", ())) != set(held.get(agent, ())):
            draft.edit(key, channels=held.get(agent, []))
        held.pop(agent, None)
    for agent, uniqueids in held.items():
        draft.edit(f"_agent:{agent}", channels=uniqueids)
    for key in draft.keys("agent:"):
        if int(key.removeprefix("agent:")) not in draft.directory.agents:
            draft.drop(key)
