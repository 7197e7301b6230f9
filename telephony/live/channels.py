"""Notes about channels, bridges and which call a channel belongs to.

Everything is keyed by the channel's uniqueid, because the order of events holds only within one
topic of the PBX. Only an appearing or listed channel makes a note: an event about a channel that
is gone (AgentComplete after Hangup) must not bring it back.
"""

from __future__ import annotations

from typing import Any

from telephony.live.directory import Directory
from telephony.live.draft import Draft
from telephony.live.state import Entity
from telephony.pbx import events
from telephony.pbx.events import Channel

# channels that the PBX makes for itself: no party is behind them
_INTERNAL = ("Message/", "Surrogate/", "AsyncGoto/", "Announcer/", "Recorder/", "CBAnn/", "CBRec/",
             "Snoop/", "Bridge/", "Parking/")  # fmt: skip
_NOWHERE = frozenset({"", "s", "h", "i", "t"})
# bridges in which nobody talks with anybody: all parked callers sit in one
_HOLDING = frozenset({"parking", "holding"})


def interface_of(name: str) -> str:
    """`PJSIP/acme-101` of the channel `PJSIP/acme-101-0000001d`."""
    return name.rpartition("-")[0] or name


def _kind(name: str, interface: str, directory: Directory) -> str:
    if name.startswith("Local/"):
        return "local"
    return "phone" if directory.is_phone(interface) else "trunk"


def note(draft: Draft, channel: Channel, **fields: Any) -> Entity | None:
    """Brings the note of a known channel up to date; None for a channel that is not known."""
    key = f"_channel:{channel.uniqueid}"
    known = draft.get(key)
    if known is None:
        return None
    if known["call"] != channel.linkedid:
        _follow_linkedid(draft, channel, known)
        known = draft.get(key) or known
    fresh = {**known, **fields}
    if channel.state != "unknown":
        fresh["state"] = channel.state
    if channel.recording is not None:
        fresh["recording"] = channel.recording
    if fresh != known:
        draft.put(key, fresh)
        draft.touch_agent(fresh["agent"])
        draft.touch_call(fresh["call"])
    _refresh_call_facts(draft, channel, fresh)
    return fresh


def appear(draft: Draft, channel: Channel, since: float, **fields: Any) -> Entity | None:
    if channel.name.startswith(_INTERNAL):
        return None
    known = note(draft, channel, **fields)
    if known is not None:
        return known
    interface = interface_of(channel.name)
    entity: Entity = {
        "call": channel.linkedid,
        "name": channel.name,
        "interface": interface,
        "kind": _kind(channel.name, interface, draft.directory),
        "agent": draft.directory.agent_at(interface),
        "state": channel.state,
        "placed": channel.state == "ring",  # it calls; the others are called
        "dialling": False,
        "called": False,  # by a party, not by the PBX itself
        "bridge": None,
        "was_bridged": False,
        "held": False,
        "parked": None,  # where, by which phone, since when
        "recording": channel.recording or "",
        "since": since,
        **fields,
    }
    draft.put(f"_channel:{channel.uniqueid}", entity)
    _join_call(draft, channel, entity)
    draft.touch_agent(entity["agent"])
    if entity["agent"] is not None:
        notes = draft.get(f"_agent:{entity['agent']}") or {}
        draft.edit(
            f"_agent:{entity['agent']}", channels=[*notes.get("channels", ()), channel.uniqueid]
        )
    return entity


def hang_up(draft: Draft, channel: Channel) -> None:
    key = f"_channel:{channel.uniqueid}"
    known = draft.get(key)
    if known is None:
        return
    leave_bridge(draft, channel.uniqueid, known)
    draft.drop(key)
    _leave_call(draft, channel.uniqueid, known["call"])
    agent = known["agent"]
    if agent is not None:
        draft.touch_agent(agent)
        notes = draft.get(f"_agent:{agent}") or {}
        left = [uniqueid for uniqueid in notes.get("channels", ()) if uniqueid != channel.uniqueid]
        draft.edit(f"_agent:{agent}", channels=left)


# --- bridges ---------------------------------------------------------------------------------
def enter_bridge(draft: Draft, channel: Channel, bridge: str, kind: str) -> None:
    key = f"_bridge:{bridge}"
    known = note(draft, channel)
    if known is None:
        return
    if known["bridge"] not in (None, bridge):
        leave_bridge(draft, channel.uniqueid, known)
    there = draft.get(key) or {"channels": [], "kind": kind}
    inside = [uniqueid for uniqueid in there["channels"] if uniqueid != channel.uniqueid]
    kind = kind or there["kind"]
    draft.put(key, {"channels": [*inside, channel.uniqueid], "kind": kind})
    if kind in _HOLDING:
        note(draft, channel, bridge=bridge, dialling=False)
        return
    note(
        draft, channel, bridge=bridge, dialling=False, parked=None,
        was_bridged=known["was_bridged"] or bool(inside),
    )  # fmt: skip
    for uniqueid in inside:
        draft.edit(f"_channel:{uniqueid}", was_bridged=True)
    _merge_calls(draft, [*inside, channel.uniqueid])
    _touch_all(draft, inside)


def leave_bridge(draft: Draft, uniqueid: str, known: Entity) -> None:
    bridge = known["bridge"]
    if bridge is None:
        return
    draft.edit(f"_channel:{uniqueid}", bridge=None)
    draft.touch_call(known["call"])
    draft.touch_agent(known["agent"])
    there = draft.get(f"_bridge:{bridge}")
    if there is None:
        return
    left = [other for other in there["channels"] if other != uniqueid]
    if left:
        draft.put(f"_bridge:{bridge}", {**there, "channels": left})
        _touch_all(draft, left)
    else:
        draft.drop(f"_bridge:{bridge}")


def talkers(draft: Draft, bridge: str | None) -> list[str]:
    """The channels in a bridge in which people talk; none for a place where callers are kept."""
    there = draft.get(f"_bridge:{bridge}") if bridge else None
    if there is None or there["kind"] in _HOLDING:
        return []
    return list(there["channels"])


def _touch_all(draft: Draft, uniqueids: list[str]) -> None:
    for uniqueid in uniqueids:
        known = draft.get(f"_channel:{uniqueid}")
        if known is not None:
            draft.touch_call(known["call"])
            draft.touch_agent(known["agent"])


def _merge_calls(draft: Draft, uniqueids: list[str]) -> None:
    """Channels in one bridge are one conversation: the oldest call keeps its name, as in the PBX.

    Asterisk tells the new linkedid only with the channel's next event, which for a picked-up call
    is its end.
    """
    found = {}
    for uniqueid in uniqueids:
        known = draft.get(f"_channel:{uniqueid}")
        call = draft.get(f"_call:{known['call']}") if known else None
        if known is not None and call is not None:
            found[uniqueid] = (call["started_at"], known["call"])
    if len({call for _, call in found.values()}) < 2:
        return
    _, oldest = min(found.values())
    for uniqueid, (_, call) in found.items():
        if call != oldest:
            move_to_call(draft, uniqueid, oldest)


# --- calls -----------------------------------------------------------------------------------
def _follow_linkedid(draft: Draft, channel: Channel, known: Entity) -> None:
    """A linkedid only ever moves to an older call; a younger one is news that came late."""
    here, there = known["call"], channel.linkedid
    mine, other = draft.get(f"_call:{here}"), draft.get(f"_call:{there}")
    if mine is None or other is None or other["started_at"] > mine["started_at"]:
        return
    move_to_call(draft, channel.uniqueid, there)


def move_to_call(draft: Draft, uniqueid: str, linkedid: str) -> None:
    known = draft.get(f"_channel:{uniqueid}")
    call = draft.get(f"_call:{linkedid}")
    if known is None or call is None or known["call"] == linkedid:
        return
    _leave_call(draft, uniqueid, known["call"])
    draft.put(f"_call:{linkedid}", {**call, "channels": [*call["channels"], uniqueid]})
    draft.edit(f"_channel:{uniqueid}", call=linkedid)
    draft.touch_call(linkedid)
    draft.touch_agent(known["agent"])


def _leave_call(draft: Draft, uniqueid: str, linkedid: str) -> None:
    call = draft.get(f"_call:{linkedid}")
    draft.touch_call(linkedid)
    if call is None:
        return
    left = [other for other in call["channels"] if other != uniqueid]
    if left:
        draft.put(f"_call:{linkedid}", {**call, "channels": left})
    else:
        draft.drop(f"_call:{linkedid}")


def _join_call(draft: Draft, channel: Channel, entity: Entity) -> None:
    key = f"_call:{channel.linkedid}"
    call = draft.get(key)
    draft.touch_call(channel.linkedid)
    if call is None:
        call = {
            "channels": [],
            "started_at": entity["since"],
            "queue": None,
            "waiting": False,
            "joined_at": None,
            "answered_at": None,
            "priority": 0,
            **_origin_facts(draft.directory, channel, entity),
        }
    elif channel.uniqueid == channel.linkedid and call["origin"] != channel.uniqueid:
        # a list may name the legs before the channel that began it all
        since = min(call["started_at"], entity["since"])
        call = {**call, **_origin_facts(draft.directory, channel, entity), "started_at": since}
    call = {**call, "channels": [*call["channels"], channel.uniqueid]}
    if entity["kind"] == "trunk" and call["origin"] != channel.uniqueid:
        call["direction"] = "out" if call["direction"] == "internal" else call["direction"]
    draft.put(key, call)


def _origin_facts(directory: Directory, channel: Channel, entity: Entity) -> Entity:
    """Who began the call, and towards whom."""
    dialled = "" if channel.exten in _NOWHERE else channel.exten
    if entity["kind"] == "trunk":
        direction = "in"
        caller = {"number": channel.caller_number, "name": channel.caller_name}
    else:
        extension = entity["interface"].partition("-")[2]
        agent = directory.agents.get(entity["agent"])
        name = agent.name if agent else directory.extensions.get(extension, channel.caller_name)
        caller = {"number": extension or channel.caller_number, "name": name}
        is_inside = len(dialled) < 6 or directory.is_own_number(dialled)
        direction = "internal" if is_inside else "out"
    return {
        "origin": channel.uniqueid,
        "direction": direction,
        "caller": caller,
        "given": channel.caller_name if direction == "in" else "",
        "dialled": dialled,
    }


def _refresh_call_facts(draft: Draft, channel: Channel, entity: Entity) -> None:
    """The dialplan may give the caller a name, or an originated call its destination, later on."""
    key = f"_call:{entity['call']}"
    call = draft.get(key)
    if call is None or call["origin"] != channel.uniqueid:
        return
    fresh = dict(call)
    if call["direction"] == "in" and (channel.caller_number or channel.caller_name):
        fresh["caller"] = {"number": channel.caller_number, "name": channel.caller_name}
    if not call["dialled"] and channel.exten not in _NOWHERE:
        fresh["dialled"] = channel.exten
    if fresh != call:
        draft.put(key, fresh)
        draft.touch_call(entity["call"])


# --- events ----------------------------------------------------------------------------------
def on_appeared(draft: Draft, event: events.ChannelAppeared) -> None:
    appear(draft, event.channel, event.at)


def on_listed(draft: Draft, event: events.ChannelListed) -> None:
    channel = event.channel
    entity = appear(
        draft,
        channel,
        event.at - event.age_seconds,
        placed=channel.state == "ring" or channel.uniqueid == channel.linkedid,
        dialling=channel.state in {"ringing", "down"},
        called=channel.state == "up" and channel.uniqueid != channel.linkedid,
    )
    if entity is None:
        return
    if event.bridge:
        enter_bridge(draft, channel, event.bridge, "")
    if event.queue and channel.uniqueid == entity["call"]:
        draft.edit(f"_call:{entity['call']}", queue=event.queue)


def on_changed(draft: Draft, event: events.ChannelChanged) -> None:
    note(draft, event.channel)


def on_hung_up(draft: Draft, event: events.ChannelHungUp) -> None:
    hang_up(draft, event.channel)


def on_held(draft: Draft, event: events.ChannelHeld) -> None:
    note(draft, event.channel, held=True)


def on_unheld(draft: Draft, event: events.ChannelUnheld) -> None:
    note(draft, event.channel, held=False)


def on_dial_began(draft: Draft, event: events.DialBegan) -> None:
    if event.caller is not None:
        note(draft, event.caller)
    is_called = event.caller is not None
    dialling = event.called.state != "up"
    note(draft, event.called, dialling=dialling, placed=False, called=is_called)


def on_dial_ended(draft: Draft, event: events.DialEnded) -> None:
    if event.outcome == "answer":
        note(draft, event.called, dialling=False)
    else:
        note(draft, event.called, dialling=False, called=False)


def on_bridge_entered(draft: Draft, event: events.BridgeEntered) -> None:
    enter_bridge(draft, event.channel, event.bridge, event.kind)


def on_bridge_left(draft: Draft, event: events.BridgeLeft) -> None:
    known = note(draft, event.channel)
    if known is not None and known["bridge"] == event.bridge:
        leave_bridge(draft, event.channel.uniqueid, known)


def on_bridge_listed(draft: Draft, event: events.BridgeListed) -> None:
    there = draft.get(f"_bridge:{event.bridge}") or {"channels": []}
    draft.put(f"_bridge:{event.bridge}", {**there, "kind": event.kind})


def on_parked(draft: Draft, event: events.CallParked) -> None:
    parked = {
        "place": event.space,
        "interface": event.parker,
        "since": event.at - event.parked_seconds,
    }
    note(draft, event.channel, parked=parked, held=False)


def on_unparked(draft: Draft, event: events.CallUnparked) -> None:
    note(draft, event.channel, parked=None)
    if event.retriever is not None:
        note(draft, event.retriever, called=True)


def on_picked_up(draft: Draft, event: events.CallPickedUp) -> None:
    """The one who picked up joins the call that rang elsewhere."""
    target = draft.get(f"_channel:{event.target.uniqueid}")
    known = note(draft, event.channel, placed=False, called=True)
    if target is None or known is None:
        return
    note(draft, event.target, dialling=False)
    if draft.get(f"_call:{target['call']}") is not None:
        move_to_call(draft, event.channel.uniqueid, target["call"])
