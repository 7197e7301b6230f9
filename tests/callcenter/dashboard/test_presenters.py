"""How numbers, callers, clocks and states are written."""

from __future__ import annotations

import pytest

from callcenter.dashboard.presenters import (
    AGENT_LOOKS,
    CALL_LOOKS,
    agent_row,
    call_card,
    clock,
    icons,
    per_cent,
    show_caller,
    waiting_of,
    words,
)
from callcenter.templatetags.icons import drawing

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "-"), (-3, "0:00"), (0, "0:00"), (65.9, "1:05"), (3599, "59:59"), (3661, "1:01:01")],
)
def test_clock(seconds: float | None, shown: str) -> None:
    assert clock(seconds) == shown


def test_a_caller_is_name_and_number_or_number_alone_or_withheld() -> None:
    assert show_caller("Charlie", "600 1000") == ("Charlie", "600 1000")
    assert show_caller(" ", "600 1000") == ("600 1000", "")
    assert show_caller("600 1000", "600 1000") == ("600 1000", "")
    assert show_caller("", "") == ("Number withheld", "")
    assert show_caller("Anonymous", "anonymous") == ("Number withheld", "")


def test_no_figure_is_a_dash() -> None:
    assert per_cent(None) == "-"
    assert per_cent(0) == "0 %"


def waiting(queue: str, joined: float, priority: int = 0) -> dict[str, object]:
    return {"state": "waiting", "queue": queue, "joined_at": joined, "priority": priority}


def test_who_waits_is_ordered_as_the_queue_is_and_placed_in_his_own() -> None:
    document = {
        "call:b": waiting("acme-sales", 20),
        "call:a": waiting("acme-sales", 10),
        "call:vip": waiting("acme-sales", 30, priority=5),
        "call:other": waiting("acme-support", 5),
        "call:strange": waiting("bobs-sales", 1),
        "call:talks": {**waiting("acme-sales", 1), "state": "talking"},
    }
    found = waiting_of(document, ["acme-sales", "acme-support"], {"acme-sales": "Sales"})
    assert [(one.key, one.place, one.group) for one in found] == [
        ("call:vip", 1, "Sales"),
        ("call:other", 1, ""),
        ("call:a", 2, "Sales"),
        ("call:b", 3, "Sales"),
    ]


def test_a_call_that_rings_for_the_agent_counts_from_when_his_phone_began() -> None:
    call = {"state": "waiting", "joined_at": NOW - 40, "started_at": NOW - 60, "group_id": 1}
    card = call_card("call:1", call, {1: "Sales"}, ringing_since=NOW - 5)
    assert (card.state, card.since, card.waited, card.group) == ("ringing", NOW - 5, 35, "Sales")
    talking = {**call, "state": "talking", "answered_at": NOW - 10}
    card = call_card("call:1", talking, {})
    assert (card.state, card.since, card.waited) == ("talking", NOW - 10, 30)


@pytest.mark.parametrize(
    ("direction", "number", "state", "shown"),
    [
        ("out", "+37255512345", "arriving", ("102", "calling")),
        ("out", "101", "talking", ("102", "talking")),
        ("internal", "101", "ringing", ("102", "calling")),
        ("internal", "103", "talking", ("103", "talking")),
        ("in", "101", "talking", ("101", "talking")),
    ],
)
def test_who_has_called_sees_whom(
    direction: str, number: str, state: str, shown: tuple[str, str]
) -> None:
    call = {
        "direction": direction,
        "state": state,
        "caller": {"number": number, "name": ""},
        "shown": {"caller": number, "dialled": "102"},
    }
    card = call_card("call:1", call, {}, extension="101")
    assert (card.title, card.state) == shown
    assert card.look == CALL_LOOKS[card.state]


def test_what_is_not_known_is_unknown_not_free() -> None:
    row = agent_row({}, 7, "Alice", {}, {})
    assert (row.name, row.state, row.since) == ("Alice", "unknown", None)
    assert str(row.look.word) == "Unknown"


def test_an_agent_who_works_elsewhere_is_logged_out_here() -> None:
    document = {"agent:7": {"state": "available", "groups": [2], "since": NOW}}
    assert agent_row(document, 7, "Alice", {}, {}, group_id=1).state == "logged_out"
    assert agent_row(document, 7, "Alice", {}, {}, group_id=2).state == "available"


def test_every_state_has_word_icon_and_tone_in_the_page() -> None:
    said = words()
    for kind, looks in (("agent", AGENT_LOOKS), ("call", CALL_LOOKS)):
        for state in looks:
            assert all(said[kind][state][part] for part in ("word", "icon", "tone"))
            assert said[kind][state]["icon"] in icons()
    assert all(drawing(name) for name in icons())


def test_red_is_kept_for_what_is_closed_or_lost() -> None:
    assert all(look.tone != "bad" for look in (*AGENT_LOOKS.values(), *CALL_LOOKS.values()))
