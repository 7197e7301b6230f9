"""From what the queue log says of an agent, and when his phones rang and talked, to his time. Pure.

The same order as live (telephony/live/agents.py): a call before a ringing phone before everything
else; then logged out, unreachable, paused (in every queue he is logged in to), available. Being a
member outlives a restart of the PBX, as `persistentmembers` has it. Where another PBX never says who
is a member (queues.conf), the first line in which a queue rings or pauses him says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

WRAP_UP = "wrap-up"
ANY_QUEUE = ("", "NONE")
COMES = frozenset({"ADDMEMBER", "AGENTLOGIN", "AGENTCALLBACKLOGIN"})
GOES = frozenset({"REMOVEMEMBER", "AGENTLOGOFF", "AGENTCALLBACKLOGOFF"})
PAUSES = frozenset({"PAUSE", "PAUSEALL"})
RESUMES = frozenset({"UNPAUSE", "UNPAUSEALL"})
UNREACHABLE, REACHABLE = "HELIN_UNREACHABLE", "HELIN_REACHABLE"
SHOWS_MEMBER = frozenset({"CONNECT", "RINGNOANSWER", "RINGCANCELED", "PAUSE", "UNPAUSE"})
EVENTS = COMES | GOES | PAUSES | RESUMES | SHOWS_MEMBER | {UNREACHABLE, REACHABLE}

GroupOfQueue = Callable[[str, datetime], int | None]


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the queue log that tells of the agent; `data` is its first one."""

    at: datetime
    event: str
    queue: str
    data: str = ""


@dataclass(frozen=True, slots=True)
class Busy:
    """A phone of the agent rang or talked: [since, until), until None: still so."""

    since: datetime
    until: datetime | None
    is_talk: bool
    linkedid: str
    group_id: int | None = None


@dataclass(slots=True)
class Memory:
    """What the lines so far say. `queues`: those he is logged in to, with the reason of his pause
    there, None: not paused. `named`: queues of which a line said that he came or went.
    """

    queues: dict[str, str | None] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    is_unreachable: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "queues": dict(sorted(self.queues.items())),
            "named": sorted(self.named),
            "unreachable": self.is_unreachable,
        }

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Memory:
        return cls(dict(found["queues"]), set(found["named"]), found["unreachable"])

    def take(self, told: Told) -> None:
        queue = "" if told.queue in ANY_QUEUE else told.queue
        if told.event in COMES:
            self.named.add(queue)
            self.queues[queue] = "" if told.data == "PAUSED" else None
        elif told.event in GOES:
            self._go(told.event, queue)
        elif told.event == UNREACHABLE:
            self.is_unreachable = True
        elif told.event == REACHABLE:
            self.is_unreachable = False
        else:
            if queue and queue not in self.named and told.event in SHOWS_MEMBER:
                self.queues.setdefault(queue, None)
            self._pause(told, queue)

    def _go(self, event: str, queue: str) -> None:
        self.named.add(queue)
        if event == "REMOVEMEMBER":
            self.queues.pop(queue, None)
        else:
            self.queues.clear()

    def _pause(self, told: Told, queue: str) -> None:
        if told.event not in PAUSES | RESUMES:
            return
        reason = told.data[:80] if told.event in PAUSES else None
        concerned = list(self.queues) if not queue or told.event.endswith("ALL") else [queue]
        for one in concerned:
            if one in self.queues:
                self.queues[one] = reason


@dataclass(frozen=True, slots=True)
class Shown:
    """What makes one stretch differ from the next."""

    state: str
    reason: str
    is_logged_in: bool
    group_ids: tuple[int, ...]
    pauses: tuple[tuple[int, str], ...]
    linkedid: str
    call_group_id: int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """[since, until) of one agent; `memory` is what was said up to `since`, that instant included."""

    since: datetime
    until: datetime | None
    shown: Shown
    memory: dict[str, Any]


def timeline(
    told: Sequence[Told],
    busy: Iterable[Busy],
    group_of_queue: GroupOfQueue,
    begin: tuple[datetime, Memory] | None = None,
    *,
    is_over: bool = False,
) -> list[Stretch]:
    """The stretches from `begin` on, else from the first thing known; the last one is open, or, if
    `is_over`, ends with the last thing known.

    `told` by time, all after the beginning; `busy` holds all that ended after it.
    """
    phones = sorted(
        (one for one in busy if one.until is None or one.until > one.since),
        key=lambda one: (one.since, one.linkedid),
    )
    instants = {one.at for one in told} | {one.since for one in phones}
    instants |= {one.until for one in phones if one.until is not None}
    memory = Memory()
    if begin is not None:
        start, memory = begin
        instants = {instant for instant in instants if instant > start} | {start}
    found: list[Stretch] = []
    remembered = memory.as_json()
    lines, calls = 0, 0
    current: list[Busy] = []
    for instant in sorted(instants):
        before = lines
        while lines < len(told) and told[lines].at <= instant:
            memory.take(told[lines])
            lines += 1
        if lines != before:
            remembered = memory.as_json()
        while calls < len(phones) and phones[calls].since <= instant:
            current.append(phones[calls])
            calls += 1
        current = [one for one in current if one.until is None or one.until > instant]
        shown = _shown(memory, current, group_of_queue, instant)
        if found and found[-1].shown == shown:
            continue
        if found:
            found[-1] = Stretch(found[-1].since, instant, found[-1].shown, found[-1].memory)
        found.append(Stretch(instant, None, shown, remembered))
    if found and is_over:
        last = found.pop()
        if max(instants) > last.since:
            found.append(replace(last, until=max(instants)))
    return found


def _shown(
    memory: Memory, current: Sequence[Busy], group_of_queue: GroupOfQueue, at: datetime
) -> Shown:
    by_group: dict[int, list[str | None]] = {}
    for queue in sorted(memory.queues):
        group_id = group_of_queue(queue, at)
        if group_id is not None:
            by_group.setdefault(group_id, []).append(memory.queues[queue])
    paused = _reason([memory.queues[queue] for queue in sorted(memory.queues)])
    call = next((one for one in current if one.is_talk), next(iter(current), None))
    state, reason = _state(memory, call, paused)
    pauses = {
        group_id: group_reason
        for group_id, reasons in by_group.items()
        if (group_reason := _reason(reasons)) is not None and group_reason != paused
    }
    return Shown(
        state=state,
        reason=reason,
        is_logged_in=bool(memory.queues),
        group_ids=tuple(sorted(by_group)),
        # a call hides them
        pauses=tuple(sorted(pauses.items())) if call is None else (),
        linkedid=call.linkedid if call else "",
        call_group_id=call.group_id if call else None,
    )


def _state(memory: Memory, call: Busy | None, paused: str | None) -> tuple[str, str]:
    if call is not None:
        return ("in_call" if call.is_talk else "ringing"), ""
    if not memory.queues:
        return "logged_out", ""
    if memory.is_unreachable:
        return "unreachable", ""
    if paused is None:
        return "available", ""
    return ("wrapping_up", "") if paused == WRAP_UP else ("paused", paused)


def _reason(reasons: Sequence[str | None]) -> str | None:
    """None unless paused in all of them."""
    if not reasons or None in reasons:
        return None
    return next(filter(None, reasons), "")
