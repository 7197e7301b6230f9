"""A name found for the other side of a call, put onto its public entity. Pure.

The note `_name:<linkedid>` is made by the listener (telephony/listener/names.py): `name` and
`source` for everybody who sees the call, and `people`: user id as text -> [name, source] for those
whose own phonebooks say otherwise.
"""

from __future__ import annotations

from telephony.live.draft import Draft
from telephony.live.state import Entity


def note_key(linkedid: str) -> str:
    return f"_name:{linkedid}"


def named(call: Entity, name: str, source: str) -> Entity:
    """The call with another name for whoever is not ours."""
    if call["direction"] == "out":
        return {**call, "shown": {**call["shown"], "dialled_name": name}, "name_source": source}
    return {**call, "caller": {**call["caller"], "name": name}, "name_source": source}


def with_name(draft: Draft, linkedid: str, call: Entity, given: str) -> Entity:
    """`given`: the name that came with the call. Without a note the PBX's word stands."""
    note = draft.get(note_key(linkedid))
    if note is not None and note["name"]:
        return named(call, note["name"], note["source"])
    name = call["caller"]["name"]
    if call["direction"] == "internal":
        return {**call, "name_source": "internal" if name else ""}
    is_given = call["direction"] == "in" and bool(name) and name == given
    return {**call, "name_source": "carrier" if is_given else ""}


def name_for(note: Entity | None, call: Entity, user_id: str) -> Entity:
    """The call as this person sees it."""
    own = (note or {}).get("people", {}).get(user_id)
    return named(call, own[0], own[1]) if own else call
