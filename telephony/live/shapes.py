"""The fields of what is sent, by kind of entity. Pure."""

from __future__ import annotations

from typing import Any

FIELDS: dict[str, frozenset[str]] = {
    "pbx": frozenset({"link", "since", "simulated"}),
    "queue": frozenset({"queue_id", "group_id", "name"}),
    "agent": frozenset(
        {"name", "state", "since", "reason", "wrap_until", "pause_after_call", "reachable",
         "extension", "queues", "groups", "call"}
    ),
    "call": frozenset(
        {"direction", "state", "caller", "dialled", "queue", "group_id", "started_at", "joined_at",
         "answered_at", "ringing", "agents", "priority", "parked", "shown", "name_source",
         "recording"}
    ),
}  # fmt: skip


def has_shape(key: str, entity: Any) -> bool:
    """Whether this version of Helin can read what another may have left in the store."""
    fields = FIELDS.get(key.partition(":")[0])
    return fields is not None and isinstance(entity, dict) and fields <= entity.keys()
