"""What an event looks like to a program, and which ones it asked for. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from telephony.subscriptions.deriving import instant
from telephony.subscriptions.vocabulary import ALWAYS, GAP, TEST

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Instant(Protocol):
    def timestamp(self) -> float: ...


class Kept(Protocol):
    """An event as it is kept (models.OutwardEvent)."""

    pk: int
    type: str
    at: Any
    data: dict[str, Any]
    group_ids: list[int]
    agent_ids: list[int]
    user_ids: list[int]
    numbers: list[str]
    for_all: bool


def shape(event: Kept, *, hides_numbers: bool = False, is_own: bool = False) -> dict[str, Any]:
    """The JSON of one event, the same by every way. `id` is the cursor that follows it.

    Whom a private call is with stands there only for whom it concerns (`is_own`).
    """
    data = event.data
    if hides_numbers or (not is_own and data.get("call", {}).get("private")):
        data = {
            **data,
            **{part: hide(data[part]) for part, hide in _HIDING.items() if part in data},
        }
    return {"id": event.pk, "type": event.type, "at": instant(event.at.timestamp()), **data}


def to_json(value: Any) -> str:
    return _encode(value)


def expired(through: int, at: float) -> dict[str, Any]:
    """Stands first where a cursor is older than what is kept."""
    return {
        "id": through, "type": GAP, "at": instant(at), "reason": "expired", "from": None,
        "until": None, "dropped": None,
    }  # fmt: skip


def test_event(at: float) -> dict[str, Any]:
    return {"id": 0, "type": TEST, "at": instant(at)}


def _without_numbers(call: dict[str, Any]) -> dict[str, Any]:
    """Of calls of others, for people who may not see numbers; our own number stays."""
    shown = {**call, "caller": {"number": "", "name": ""}}
    if call["direction"] != "in":
        shown["dialled"] = ""
    return shown


def _without_party(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "number": "", **({"name": ""} if "name" in told else {})}


_HIDING = {
    "call": _without_numbers,
    "callback": _without_party,
    "recording": _without_party,
    "note": _without_party,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Empty means all. Of different kinds all must hold, of one kind any."""

    types: frozenset[str] = field(default_factory=frozenset)
    group_ids: frozenset[int] = field(default_factory=frozenset)
    agent_ids: frozenset[int] = field(default_factory=frozenset)
    numbers: frozenset[str] = field(default_factory=frozenset)

    def matches(self, event: Kept) -> bool:
        if event.type in ALWAYS:
            return True
        if self.types and event.type not in self.types:
            return False
        if event.for_all:
            return True
        return (
            _meet(self.group_ids, event.group_ids)
            and _meet(self.agent_ids, event.agent_ids)
            and _meet(self.numbers, event.numbers)
        )


def _meet(wanted: frozenset[Any], has: Iterable[Any]) -> bool:
    return not wanted or not wanted.isdisjoint(has)
