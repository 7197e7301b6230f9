"""What calls are built from and what they become. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay in a queue, as kept."""

    queue_id: int | None
    group_id: int | None
    agent_id: int | None
    entered_at: datetime
    left_at: datetime | None
    ended_at: datetime | None
    wait_seconds: int
    talk_seconds: int
    outcome: str
    reason: str
    caller_number: str = ""
    id: int = 0


class Stay(Protocol):
    """What is needed of a stay in a queue here, kept or built."""

    @property
    def queue_name(self) -> str: ...
    @property
    def member(self) -> str: ...
    @property
    def left_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def talk_seconds(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """The queue log says that a member was rung: `at` is when it ended, answered or not."""

    queue: str
    member: str
    at: datetime
    ring_seconds: float
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Company:
    """What the tenant's data said when the call began. Numbers are digits with country code."""

    slug: str
    country: str
    agent_of_phone: Callable[[str], int | None]
    group_of_number: Callable[[str], int | None]
    agent_of_member: Callable[[str], int | None] = lambda _member: None


@dataclass(frozen=True, slots=True)
class Leg:
    position: int
    uniqueid: str
    channel: str
    is_caller: bool
    extension: str
    agent_id: int | None
    number: str
    name: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float
    talk_seconds: float
    talked: bool
    end: str


@dataclass(slots=True)
class BuiltCall:
    """A call's row with its legs; `absorbs` are linkedids of calls that became part of this one.

    `moments`, by time: {"kind", "at", "by", "to", "exten"}, where `by` and `to` are positions of
    legs or null, and `exten` is an extension of one's own that was dialled. Kinds: see Moment.
    """

    linkedid: str
    direction: str
    started_at: datetime
    caller_number: str = ""
    caller_name: str = ""
    dialled: str = ""
    party_digits: str = ""
    group_id: int | None = None
    queue_id: int | None = None
    agent_id: int | None = None
    group_ids: list[int] = field(default_factory=list)
    agent_ids: list[int] = field(default_factory=list)
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    wait_seconds: float = 0.0
    talk_seconds: float = 0.0
    outcome: str = "running"
    reason: str = ""
    legs: tuple[Leg, ...] = ()
    absorbs: frozenset[str] = frozenset()
    moments: list[dict[str, Any]] = field(default_factory=list)
    answered_by: dict[int, int] = field(default_factory=dict)
