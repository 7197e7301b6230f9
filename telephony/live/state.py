"""The live state of one tenant: a flat document of entities, and what changes it.

A key says what the entity is (`call:<linkedid>`, `agent:<id>`, `queue:<name>`, `pbx`). Keys with a
leading underscore are the reducer's own notes and never leave the listener. An entity is a JSON
object and is never changed in place: it is replaced as a whole, so two documents may share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

Entity = dict[str, Any]
Document = dict[str, Entity]


class Put(Struct, frozen=True):
    key: str
    entity: Entity


class Drop(Struct, frozen=True):
    key: str


Change = Put | Drop


def apply(document: Document, changes: Iterable[Change]) -> None:
    """The same few lines stand in static/js/live/document.js."""
    for change in changes:
        if isinstance(change, Put):
            document[change.key] = change.entity
        else:
            document.pop(change.key, None)


def is_public(key: str) -> bool:
    return not key.startswith("_")


def public(document: Mapping[str, Entity]) -> Document:
    return {key: entity for key, entity in document.items() if is_public(key)}


def difference(before: Mapping[str, Entity], after: Mapping[str, Entity]) -> tuple[Change, ...]:
    """The changes that turn `before` into `after`."""
    put = [Put(key, entity) for key, entity in after.items() if before.get(key) != entity]
    return (*put, *(Drop(key) for key in before if key not in after))
