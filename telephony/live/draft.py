"""What one event changes, before it is applied: reads fall through to the document."""

from __future__ import annotations

from typing import Any

from telephony.live.directory import Directory
from telephony.live.state import Change, Document, Drop, Entity, Put

_MISSING: Entity = {}


class Draft:
    """Collects changes; `calls` and `agents` are those whose public entity must be derived anew."""

    __slots__ = ("_changed", "_document", "agents", "at", "calls", "directory")

    def __init__(self, document: Document, directory: Directory, at: float) -> None:
        self._document = document
        self._changed: dict[str, Entity | None] = {}
        self.directory = directory
        self.at = at
        self.calls: dict[str, None] = {}  # dict, not set: the order of changes must be the same
        self.agents: dict[int, None] = {}

    def get(self, key: str) -> Entity | None:
        if key in self._changed:
            return self._changed[key]
        return self._document.get(key)

    def put(self, key: str, entity: Entity) -> None:
        self._changed[key] = entity

    def drop(self, key: str) -> None:
        self._changed[key] = None

    def edit(self, key: str, **fields: Any) -> Entity:
        """Replaces fields of an entity; makes it if need be."""
        entity = {**(self.get(key) or _MISSING), **fields}
        self.put(key, entity)
        return entity

    def keys(self, prefix: str) -> list[str]:
        """Every key with the prefix; walks the whole document, so not for single events."""
        found = {key: None for key in self._document if key.startswith(prefix)}
        found.update((key, None) for key in self._changed if key.startswith(prefix))
        return [key for key in found if self.get(key) is not None]

    def touch_call(self, linkedid: str) -> None:
        self.calls[linkedid] = None

    def touch_agent(self, agent_id: int | None) -> None:
        if agent_id is not None:
            self.agents[agent_id] = None

    def changes(self) -> tuple[Change, ...]:
        """What really differs from the document."""
        document = self._document
        found: list[Change] = []
        for key, entity in self._changed.items():
            if entity is None:
                if key in document:
                    found.append(Drop(key))
            elif document.get(key) != entity:
                found.append(Put(key, entity))
        return tuple(found)
