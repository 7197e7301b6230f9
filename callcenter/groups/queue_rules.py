"""Which queue settings make sense together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

RING_SECONDS = (3, 120)
RETRY_SECONDS = (0, 60)
MAX_WAIT_SECONDS = (10, 7200)
MAX_LENGTH = (0, 500)

_RANGES = {
    "ring_seconds": RING_SECONDS,
    "retry_seconds": RETRY_SECONDS,
    "max_wait_seconds": MAX_WAIT_SECONDS,
    "max_length": MAX_LENGTH,
}
OVERFLOW_FIELDS = ("overflow_on_timeout", "overflow_on_full", "overflow_on_no_agents")
OVERFLOW_BY_KEY = "overflow_on_key"  # where a key leads out of the queue


@dataclass(frozen=True, slots=True)
class PlannedQueue:
    """`overflows` are the words of the overflow fields: hang_up, clip or queue."""

    ring_seconds: int
    retry_seconds: int
    max_wait_seconds: int
    max_length: int
    overflows: Mapping[str, str]
    has_overflow_clip: bool
    has_overflow_queue: bool


def first_fault(settings: PlannedQueue) -> tuple[str, str, dict[str, object]] | None:
    """(what is wrong, field, numbers for the words) or None.

    out_of_range (least, most), rings_longer_than_waiting (ring, wait), clip_missing, queue_missing.
    """
    for field, (least, most) in _RANGES.items():
        if not least <= getattr(settings, field) <= most:
            return "out_of_range", field, {"least": least, "most": most}
    if settings.ring_seconds > settings.max_wait_seconds:
        numbers = {"ring": settings.ring_seconds, "wait": settings.max_wait_seconds}
        return "rings_longer_than_waiting", "ring_seconds", dict(numbers)
    ways = set(settings.overflows.values())
    if "clip" in ways and not settings.has_overflow_clip:
        return "clip_missing", "overflow_clip", {}
    if "queue" in ways and not settings.has_overflow_queue:
        return "queue_missing", "overflow_queue", {}
    return None


def circle(start: int, leads_to: Mapping[int, int]) -> tuple[int, ...]:
    """The queues of the circle that a caller overflowing from `start` would run in; () if none.

    `leads_to` holds only queues that overflow into another: queue id -> queue id.
    """
    way = [start]
    while (here := leads_to.get(way[-1])) is not None:
        if here in way:
            return tuple(way[way.index(here) :])
        way.append(here)
    return ()


def overflows_into_a_queue(ways: Iterable[str]) -> bool:
    return "queue" in set(ways)
