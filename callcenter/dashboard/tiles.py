"""The live screen's tiles: one group each, summed up from the live document. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from callcenter.dashboard.presenters import (
    AGENT_LOOKS,
    AGENT_ORDER,
    HOURS_LOOKS,
    Document,
    look_of,
    per_cent,
    state_in_group,
    waiting_of,
)
from telephony.calls.wording import Look

_AWAY = frozenset({"logged_out", "unknown"})


@dataclass(frozen=True, slots=True)
class Hours:
    """Whether a group is open. `changes_at`: epoch seconds of the next change, if known."""

    state: str  # open, closed, always, unknown
    words: str = ""
    changes_at: float | None = None

    @property
    def look(self) -> Look:
        return look_of(HOURS_LOOKS, self.state)


@dataclass(frozen=True, slots=True)
class Figures:
    """Today's figures of a group; None is "no calls" or "not known", shown as "-"."""

    offered: int | None = None
    answered: int | None = None
    abandoned: int | None = None
    service_level: float | None = None  # per cent

    @property
    def level(self) -> str:
        return per_cent(self.service_level)


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What the database knows of a group and the live state does not say."""

    id: int
    name: str
    queues: tuple[str, ...]  # names in the PBX
    members: tuple[int, ...]  # agent ids
    answer_within: int = 20
    target: int = 80
    hours: Hours = Hours("unknown")
    figures: Figures = Figures()
    numbers: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class StateCount:
    state: str
    count: int
    look: Look


@dataclass(frozen=True, slots=True)
class Tile:
    """One group on the live screen."""

    group: GroupFacts
    waiting: int
    longest_since: float | None
    is_late: bool
    counts: tuple[StateCount, ...]
    logged_in: int
    bar: tuple[tuple[str, str, str], ...] = field(default=())  # tone, x, width; 100 wide

    @property
    def is_below_target(self) -> bool:
        level = self.group.figures.service_level
        return level is not None and level < self.group.target


def tile_of(document: Document, group: GroupFacts, now: float) -> Tile:
    waiting = waiting_of(document, group.queues)
    starts = [caller.since for caller in waiting if caller.since is not None]
    longest = min(starts, default=None)
    states = [state_in_group(document.get(f"agent:{agent}"), group.id) for agent in group.members]
    counts = tuple(
        StateCount(state, states.count(state), AGENT_LOOKS[state])
        for state in AGENT_ORDER
        if state in states
    )
    return Tile(
        group=group,
        waiting=len(waiting),
        longest_since=longest,
        is_late=longest is not None and now - longest > group.answer_within,
        counts=counts,
        logged_in=sum(count.count for count in counts if count.state not in _AWAY),
        bar=_bar(counts),
    )


def _bar(counts: tuple[StateCount, ...]) -> tuple[tuple[str, str, str], ...]:
    total = sum(count.count for count in counts) or 1
    parts, at = [], 0.0
    for count in counts:
        width = 100 * count.count / total
        parts.append((count.look.tone, f"{at:.2f}", f"{width:.2f}"))
        at += width
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Sum:
    """All groups of the screen together; each agent and caller counted once."""

    waiting: int
    longest_since: float | None
    counts: tuple[StateCount, ...]


def sum_of(document: Document, groups: Sequence[GroupFacts]) -> Sum:
    waiting = waiting_of(document, (queue for group in groups for queue in group.queues))
    members = {agent for group in groups for agent in group.members}
    states = [_state(document, agent) for agent in members]
    return Sum(
        waiting=len(waiting),
        longest_since=min((one.since for one in waiting if one.since is not None), default=None),
        counts=tuple(
            StateCount(state, states.count(state), AGENT_LOOKS[state])
            for state in AGENT_ORDER
            if state != "unknown"
        ),
    )


def _state(document: Document, agent_id: int) -> str:
    return str((document.get(f"agent:{agent_id}") or {}).get("state", "unknown"))


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    word: str | Promise
    is_on: bool = False
    key: str = ""


SHOWS = (
    Choice("all", _("All"), key="1"),
    Choice("open", _("Open"), key="2"),
    Choice("waiting", _("With callers"), key="3"),
    Choice("closed", _("Closed"), key="4"),
)
SORTS = (
    Choice("name", _("By name")),
    Choice("waiting", _("Most waiting first")),
    Choice("longest", _("Longest wait first")),
    Choice("level", _("Lowest service level first")),
)


def choose(choices: Sequence[Choice], wanted: str) -> tuple[str, list[Choice]]:
    """The choice in force (the first for an unknown word), and all of them with it marked."""
    chosen = wanted if wanted in {choice.value for choice in choices} else choices[0].value
    marked = [
        Choice(choice.value, choice.word, choice.value == chosen, choice.key) for choice in choices
    ]
    return chosen, marked


def is_shown(tile: Tile, show: str) -> bool:
    is_closed = tile.group.hours.state == "closed"
    return {"open": not is_closed, "closed": is_closed, "waiting": tile.waiting > 0}.get(show, True)


def arranged(tiles: Iterable[Tile], sort: str) -> list[Tile]:
    def place(tile: Tile) -> tuple[float, str]:
        level = tile.group.figures.service_level
        first = {
            "waiting": -tile.waiting,
            "longest": float("inf") if tile.longest_since is None else tile.longest_since,
            "level": 101 if level is None else level,
        }.get(sort, 0)
        return first, tile.group.name.casefold()

    return sorted(tiles, key=place)


def facts_for_scripts(
    groups: Iterable[GroupFacts],
    *,
    me: int | None = None,
    reasons: Mapping[str, Mapping[str, Any]] | None = None,
    queue_labels: Mapping[str, str] | None = None,
    group_names: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """What the page's scripts must know besides the live document."""
    return {
        "me": me,
        "groups": [
            {
                "id": group.id,
                "name": group.name,
                "queues": group.queues,
                "members": group.members,
                "answer_within": group.answer_within,
                "target": group.target,
                **today_for_scripts(group),
            }
            for group in groups
        ],
        "reasons": dict(reasons or {}),
        "queue_labels": dict(queue_labels or {}),
        "group_names": list((group_names or {}).items()),
    }


def today_for_scripts(group: GroupFacts) -> dict[str, Any]:
    return {"hours": asdict(group.hours), "figures": asdict(group.figures)}
