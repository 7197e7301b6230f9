"""What the supervisor is told about each program that it keeps running."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from callcenter.runtime.probes import Probe


@dataclass(frozen=True, slots=True)
class Program:
    """`needs` names what must be ready before the first start, and is stopped only afterwards.

    Without a `ready` probe it counts as ready when it has lived for a second. A `once` program
    runs to its end and is ready when that was a good one; then `after` is called. `before` runs
    before each start, to clear what a killed predecessor left. `stop_signal` goes to the first process
    alone, `death_signal` is what the kernel sends it if the supervisor is killed.
    """

    name: str
    command: Sequence[str]
    ready: Probe | None = None
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] | None = None
    after: Callable[[], None] | None = None
    once: bool = False
    ready_seconds: float = 60.0
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 10.0
    death_signal: int = signal.SIGKILL
    folder: str | None = None


def check(programs: Sequence[Program]) -> None:
    """Raises ValueError for names twice, needs that nobody is, and needs in a circle."""
    names = [program.name for program in programs]
    if len(set(names)) != len(names):
        raise ValueError(f"A name is there twice: {names}")
    waiting = {program.name: set(program.needs) for program in programs}
    if unknown := set().union(*waiting.values()) - set(names):
        raise ValueError(f"Needed but not there: {unknown}")
    while free := {name for name, needs in waiting.items() if not needs}:
        waiting = {name: needs - free for name, needs in waiting.items() if name not in free}
    if waiting:
        raise ValueError(f"They need each other in a circle: {sorted(waiting)}")
