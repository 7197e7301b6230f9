"""From pasted queue-log lines and calls to an agent's time; histories cut anywhere go on the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.activity.timeline import EVENTS, Busy, Memory, Stretch, Told, timeline
from telephony.ledger.models import MEMBER_EVENTS

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GROUPS = {"sales": 1, "sales2": 1, "support": 2}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def group_of_queue(queue: str, _at: datetime) -> int | None:
    return GROUPS.get(queue)


def lines(text: str) -> list[Told]:
    """`second queue EVENT data` a line."""
    found = []
    for line in text.strip().splitlines():
        second, queue, event, *data = line.split()
        found.append(Told(at(float(second)), event, queue, " ".join(data)))
    return found


def ring(since: float, until: float | None, linkedid: str = "1") -> Busy:
    return Busy(at(since), None if until is None else at(until), False, linkedid, 1)


def talk(since: float, until: float | None, linkedid: str = "1") -> Busy:
    return Busy(at(since), None if until is None else at(until), True, linkedid, 1)


def told(stretches: Sequence[Stretch]) -> list[str]:
    """`from state reason groups` of each."""
    return [
        " ".join(
            filter(
                None,
                (
                    f"{(one.since - NOON).total_seconds():g}",
                    one.shown.state,
                    one.shown.reason,
                    "".join(map(str, one.shown.group_ids)),
                ),
            )
        )
        for one in stretches
    ]


DAY = """
0 sales ADDMEMBER
1 support ADDMEMBER PAUSED
5 NONE PAUSEALL
5 sales PAUSE lunch
5 support PAUSE lunch
9 sales UNPAUSE
9 support UNPAUSE
12 sales PAUSE wrap-up
12 support PAUSE wrap-up
30 sales UNPAUSE
30 support UNPAUSE
35 NONE HELIN_UNREACHABLE
40 NONE HELIN_REACHABLE
50 sales REMOVEMEMBER
60 support REMOVEMEMBER
"""
DAY_TOLD = [
    "0 available 1",
    "1 available 12",
    "5 paused lunch 12",
    "9 available 12",
    "10 ringing 12",
    "12 in_call 12",
    "20 wrapping_up 12",
    "30 available 12",
    "35 unreachable 12",
    "40 available 12",
    "50 available 2",
    "60 logged_out",
    "70 in_call",
    "80 logged_out",
]
DAY_CALLS = [ring(10, 12.4), talk(12, 20), talk(70, 80, "2")]


def test_a_day() -> None:
    found = timeline(lines(DAY), DAY_CALLS, group_of_queue)
    assert told(found) == DAY_TOLD
    assert [one.until for one in found] == [*(one.since for one in found[1:]), None]
    assert [one.shown.linkedid for one in found if one.shown.linkedid] == ["1", "1", "2"]


@pytest.mark.parametrize(
    ("text", "calls", "expected"),
    [
        # static members of another PBX: nobody ever says that they came
        ("3 sales RINGNOANSWER 1000", [ring(2, 3)], ["2 ringing", "3 available 1"]),
        ("3 sales CONNECT\n9 sales PAUSE tea", [], ["3 available 1", "9 paused tea 1"]),
        # told once that he left, a late line does not bring him back
        (
            "0 sales ADDMEMBER\n5 sales REMOVEMEMBER\n6 sales CONNECT\n6 sales PAUSE wrap-up",
            [talk(6, 9)],
            ["0 available 1", "5 logged_out", "6 in_call", "9 logged_out"],
        ),
        # Agent/1001 logs in to all of his queues
        (
            "0 NONE AGENTLOGIN SIP/9\n2 sales CONNECT\n8 NONE AGENTLOGOFF",
            [talk(2, 4)],
            ["0 available", "2 in_call 1", "4 available 1", "8 logged_out"],
        ),
        # the reason changes without a line between
        (
            "0 sales ADDMEMBER PAUSED\n5 sales PAUSE tea\n9 sales PAUSE lunch\n12 sales UNPAUSE",
            [],
            ["0 paused 1", "5 paused tea 1", "9 paused lunch 1", "12 available 1"],
        ),
        # two queues of one group, paused in one of them
        (
            "0 sales ADDMEMBER\n0 sales2 ADDMEMBER\n5 sales PAUSE tea\n7 sales2 PAUSE tea",
            [],
            ["0 available 1", "7 paused tea 1"],
        ),
        # a call of his own over a queue's ringing; the one that is talked on is shown
        (
            "0 sales ADDMEMBER",
            [talk(2, 9, "a"), ring(4, 6, "b"), talk(7, None, "c")],
            ["0 available 1", "2 in_call 1", "9 in_call 1"],
        ),
        # a phone that is gone while he talks, and a pause that outlives it
        (
            "0 sales ADDMEMBER\n3 NONE HELIN_UNREACHABLE\n4 sales PAUSE tea\n8 NONE HELIN_REACHABLE",
            [talk(2, 5)],
            ["0 available 1", "2 in_call 1", "5 unreachable 1", "8 paused tea 1"],
        ),
        # a queue that belongs to no group of ours
        ("0 other ADDMEMBER\n4 other REMOVEMEMBER", [], ["0 available", "4 logged_out"]),
        # within one instant nothing is seen
        ("0 sales ADDMEMBER\n5 sales PAUSE x\n5 sales UNPAUSE", [], ["0 available 1"]),
    ],
)
def test_table(text: str, calls: list[Busy], expected: list[str]) -> None:
    assert told(timeline(lines(text), calls, group_of_queue)) == expected


def test_a_group_sees_a_pause_that_another_does_not() -> None:
    text = "0 sales ADDMEMBER\n0 support ADDMEMBER\n5 support PAUSE tea\n9 sales PAUSE lunch"
    found = timeline(lines(text), [], group_of_queue)
    assert [one.shown.pauses for one in found] == [(), ((2, "tea"),), ((2, "tea"),)]
    assert [(one.shown.state, one.shown.reason) for one in found] == [
        ("available", ""),
        ("available", ""),
        ("paused", "lunch"),
    ]


def test_the_index_of_lines_knows_every_event() -> None:
    assert frozenset(MEMBER_EVENTS) == EVENTS


EVENT = st.sampled_from([*sorted(EVENTS), "ADDMEMBER", "PAUSE", "UNPAUSE", "REMOVEMEMBER"])
LINES = st.lists(
    st.builds(
        lambda second, event, queue, data: Told(at(second), event, queue, data),
        st.integers(0, 60),
        EVENT,
        st.sampled_from(["sales", "sales2", "support", "NONE"]),
        st.sampled_from(["", "tea", "wrap-up"]),
    ),
    max_size=30,
).map(lambda found: sorted(found, key=lambda one: one.at))
CALLS = st.lists(
    st.builds(
        lambda since, length, is_talk, linkedid: Busy(
            at(since), at(since + length) if length else None, is_talk, str(linkedid)
        ),
        st.integers(0, 60),
        st.integers(0, 20),
        st.booleans(),
        st.integers(1, 5),
    ),
    max_size=6,
)


@given(LINES, CALLS)
def test_without_gaps_or_overlaps_and_each_differs_from_the_one_before(
    told_lines: list[Told], calls: list[Busy]
) -> None:
    found = timeline(told_lines, calls, group_of_queue)
    for one, after in pairwise(found):
        assert one.until == after.since > one.since
        assert one.shown != after.shown
    assert not found or found[-1].until is None
    assert bool(found) == bool(told_lines or calls)


@given(LINES, CALLS, st.integers(0, 60))
def test_going_on_from_any_calm_moment_gives_the_same(
    told_lines: list[Told], calls: list[Busy], cut: int
) -> None:
    whole = timeline(told_lines, calls, group_of_queue)
    calm = [
        one
        for one in whole
        if one.since < at(cut) and one.shown.state not in ("ringing", "in_call")
    ]
    if not calm:
        return
    begin = calm[-1]
    rest = timeline(
        [one for one in told_lines if one.at > begin.since],
        [one for one in calls if one.since >= begin.since],
        group_of_queue,
        (begin.since, Memory.read(begin.memory)),
    )
    assert rest == whole[whole.index(begin) :]
