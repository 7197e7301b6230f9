"""Tiles: what is counted, what is late, what is shown first."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.dashboard import tiles
from callcenter.dashboard.tiles import Figures, GroupFacts, Hours

NOW = 1_000_000.0


def a_group(number: int, name: str, **more: Any) -> GroupFacts:
    return GroupFacts(number, name, (f"acme-{number}",), (10 * number, 10 * number + 1), **more)


SALES = a_group(1, "Sales", figures=Figures(10, 9, 1, 90.0))
CLOSED = a_group(2, "Bills", hours=Hours("closed"))
SLOW = a_group(3, "Älä", figures=Figures(4, 2, 2, 50.0))
DOCUMENT: dict[str, dict[str, Any]] = {
    "agent:10": {"state": "available", "groups": [1]},
    "agent:11": {"state": "in_call", "groups": [1, 3]},
    "agent:30": {"state": "paused", "groups": []},
    "call:1": {"state": "waiting", "queue": "acme-1", "joined_at": NOW - 21},
    "call:2": {"state": "waiting", "queue": "acme-1", "joined_at": NOW - 2},
    "call:3": {"state": "waiting", "queue": "acme-3", "joined_at": NOW - 5},
}


def tile(group: GroupFacts) -> tiles.Tile:
    return tiles.tile_of(DOCUMENT, group, NOW)


def test_a_tile_counts_callers_and_agents() -> None:
    found = tile(SALES)
    assert (found.waiting, found.longest_since, found.is_late) == (2, NOW - 21, True)
    assert [(one.state, one.count) for one in found.counts] == [("available", 1), ("in_call", 1)]
    assert found.logged_in == 2
    assert [part[0] for part in found.bar] == ["ok", "busy"]
    assert float(found.bar[-1][1]) + float(found.bar[-1][2]) == pytest.approx(100)


def test_who_is_logged_out_or_unknown_is_not_in() -> None:
    found = tile(SLOW)
    assert [(one.state, one.count) for one in found.counts] == [("logged_out", 1), ("unknown", 1)]
    assert found.logged_in == 0
    assert found.is_late is False


def test_a_group_without_agents_or_calls_is_empty_not_wrong() -> None:
    found = tiles.tile_of({}, GroupFacts(9, "New", (), ()), NOW)
    assert (found.waiting, found.longest_since, found.counts, found.bar) == (0, None, (), ())
    assert found.group.figures.level == "-"
    assert found.is_below_target is False


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["Bills", "Sales", "Älä"]),
        ("waiting", ["Sales", "Älä", "Bills"]),
        ("longest", ["Sales", "Älä", "Bills"]),
        ("level", ["Älä", "Sales", "Bills"]),
    ],
)
def test_order(sort: str, names: list[str]) -> None:
    found = tiles.arranged([tile(SLOW), tile(SALES), tile(CLOSED)], sort)
    assert [one.group.name for one in found] == names


def test_filter_and_unknown_words_in_the_address() -> None:
    assert [
        tiles.is_shown(tile(CLOSED), show) for show in ("all", "open", "waiting", "closed")
    ] == [
        True,
        False,
        False,
        True,
    ]
    assert tiles.choose(tiles.SHOWS, "'; drop")[0] == "all"
    chosen, marked = tiles.choose(tiles.SORTS, "level")
    assert chosen == "level"
    assert [choice.value for choice in marked if choice.is_on] == ["level"]


def test_the_sum_counts_nobody_twice() -> None:
    twice = GroupFacts(5, "Both", ("acme-1", "acme-3"), (10, 11))
    found = tiles.sum_of(DOCUMENT, [SALES, twice])
    assert found.waiting == 3
    counts = {one.state: one.count for one in found.counts}
    assert (counts["available"], counts["in_call"], counts["paused"]) == (1, 1, 0)
