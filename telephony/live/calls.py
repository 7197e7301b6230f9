"""The public entity of a call, derived from the notes about its channels.

Derived anew whenever something about it changed, so the order in which facts came does not matter.
"""

from __future__ import annotations

from phonebook.numbers.e164 import display, normalise
from telephony.live.channels import talkers
from telephony.live.draft import Draft
from telephony.live.naming import note_key, with_name
from telephony.live.state import Entity


def derive_call(draft: Draft, linkedid: str) -> None:
    notes = draft.get(f"_call:{linkedid}")
    if notes is None:
        draft.drop(f"call:{linkedid}")
        draft.drop(f"_legs:{linkedid}")
        draft.drop(note_key(linkedid))
        return
    legs = [
        (uniqueid, leg)
        for uniqueid in notes["channels"]
        if (leg := draft.get(f"_channel:{uniqueid}")) is not None
    ]
    state = _state(draft, notes, legs)
    answered_at = notes["answered_at"]
    if answered_at is None and state == "talking":
        answered_at = draft.at
        draft.edit(f"_call:{linkedid}", answered_at=answered_at)
    call = _call(draft, notes, legs, state, answered_at)
    draft.put(f"call:{linkedid}", with_name(draft, linkedid, call, notes.get("given", "")))
    if any(leg["agent"] is not None for _, leg in legs):
        draft.put(f"_legs:{linkedid}", {"legs": [_leg(leg) for _, leg in legs]})
    else:
        draft.drop(f"_legs:{linkedid}")


def _call(
    draft: Draft,
    notes: Entity,
    legs: list[tuple[str, Entity]],
    state: str,
    answered_at: float | None,
) -> Entity:
    return {
        "direction": notes["direction"],
        "state": state,
        "caller": notes["caller"],
        "dialled": notes["dialled"],
        "queue": notes["queue"],
        "group_id": _group(draft, notes),
        "started_at": notes["started_at"],
        "joined_at": notes["joined_at"],
        "answered_at": answered_at,
        "ringing": _agents(leg for _, leg in legs if is_ringing(leg)),
        "agents": _agents(leg for _, leg in legs if is_talking(leg)),
        "priority": notes["priority"],
        "recording": _recording(legs),
        "parked": _parked(draft, legs),
        "shown": {
            "caller": _shown(notes["caller"]["number"], draft),
            "dialled": _shown(notes["dialled"], draft),
            "dialled_name": _dialled_name(notes, draft),
        },
    }


def _shown(number: str, draft: Draft) -> str:
    """As the tenant's people read it, whichever form the carrier wrote; every screen shows this."""
    country = draft.directory.country
    return display(normalise(number, country), country)


def _dialled_name(notes: Entity, draft: Draft) -> str:
    """Of a colleague, or of the group behind an own number; of calls inside the company only."""
    if notes["direction"] != "internal":
        return ""
    directory, dialled = draft.directory, notes["dialled"]
    return directory.name_at(dialled) or directory.name_of_queue_at(dialled)


def _parked(draft: Draft, legs: list[tuple[str, Entity]]) -> Entity | None:
    """Where the caller can be fetched from, who put him there, since when."""
    parked = next((leg["parked"] for _, leg in legs if leg["parked"]), None)
    if parked is None:
        return None
    interface = parked["interface"]
    extension = interface.partition("-")[2] if draft.directory.is_phone(interface) else ""
    return {
        "place": parked["place"],
        "by": draft.directory.agent_at(interface),
        "by_name": draft.directory.name_at(extension) if extension else "",
        "since": parked["since"],
    }


def _leg(leg: Entity) -> Entity:
    """What an order must know to act on a part of an agent's call; kept for services, not sent."""
    fields = ("name", "agent", "kind", "state", "placed", "recording")
    return {name: leg[name] for name in fields}


def _recording(legs: list[tuple[str, Entity]]) -> str | None:
    """on, paused, or None: not recorded."""
    words = {leg["recording"] for _, leg in legs}
    return next((word for word in ("on", "paused") if word in words), None)


def is_ringing(leg: Entity) -> bool:
    """The phone is called and has not answered."""
    return bool(leg["dialling"]) and leg["state"] != "up"


def is_talking(leg: Entity) -> bool:
    """Somebody is on the phone: it was picked up, or it calls."""
    return not is_ringing(leg) and (leg["state"] == "up" or bool(leg["placed"]))


def _agents(legs: object) -> list[int]:
    found = {leg["agent"]: None for leg in legs if leg["agent"] is not None}  # type: ignore[attr-defined]
    return list(found)


def _group(draft: Draft, notes: Entity) -> int | None:
    entry = draft.directory.queues.get(notes["queue"] or "")
    if entry is not None:
        return entry.group_id
    if notes["direction"] == "in":
        return draft.directory.group_of_number(notes["dialled"])
    return None


def _state(draft: Draft, notes: Entity, legs: list[tuple[str, Entity]]) -> str:
    if any(leg["parked"] for _, leg in legs):
        return "parked"
    bridges = {leg["bridge"]: talkers(draft, leg["bridge"]) for _, leg in legs if leg["bridge"]}
    is_bridged = any(len(inside) > 1 for inside in bridges.values())
    is_connecting = any(
        leg["called"] and leg["state"] == "up" and not leg["was_bridged"] for _, leg in legs
    )
    if notes["waiting"] and not is_connecting and not is_bridged:
        return "waiting"
    if is_bridged and _is_held(draft, notes, bridges):
        return "on_hold"
    if is_bridged or is_connecting or _are_parting(legs):
        return "talking"
    if any(is_ringing(leg) for _, leg in legs):
        return "ringing"
    return "arriving"


def _are_parting(legs: list[tuple[str, Entity]]) -> bool:
    """They left their bridge one after the other, and neither has hung up yet."""
    left = [leg for _, leg in legs if leg["was_bridged"] and leg["state"] == "up"]
    return len(left) > 1


def _is_held(draft: Draft, notes: Entity, bridges: dict[str, list[str]]) -> bool:
    """Nobody hears anybody, or the one who called sits alone while the others consult."""
    origin = draft.get(f"_channel:{notes['origin']}")
    if origin is not None and len(bridges.get(origin["bridge"] or "", ())) == 1:
        return True
    return not any(_unheld(draft, inside) > 1 for inside in bridges.values())


def _unheld(draft: Draft, uniqueids: list[str]) -> int:
    legs = (draft.get(f"_channel:{uniqueid}") for uniqueid in uniqueids)
    return sum(1 for leg in legs if leg is not None and not leg["held"])
