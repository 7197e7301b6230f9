"""What the people at the phones do: who answers, who does not, and who hangs up when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answers:
    """Picks up after so many seconds of ringing; then hangs up after `talks_seconds`, if set."""

    after_seconds: float = 2.0
    talks_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Rejects:
    """Presses the red button, or is busy (`after_seconds` 0)."""

    after_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Ignores:
    """Lets it ring."""


Reaction = Answers | Rejects | Ignores


class People(Protocol):
    def reacts(self, endpoint: str) -> Reaction:
        """Asked each time the phone `acme-101` (or `carrier`: the world outside) rings."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody outside. Gives up after `patience_seconds` of waiting, ends the talk after
    `talks_seconds`; None: never by himself."""

    number: str
    name: str = ""
    patience_seconds: float | None = None
    talks_seconds: float | None = None


@dataclass(slots=True)
class Scripted:
    """For tests: the next reactions of each phone in turn, and one for everything else."""

    otherwise: Reaction = field(default_factory=Answers)
    planned: dict[str, list[Reaction]] = field(default_factory=dict)

    def reacts(self, endpoint: str) -> Reaction:
        waiting = self.planned.get(endpoint)
        return waiting.pop(0) if waiting else self.otherwise
