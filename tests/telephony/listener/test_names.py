"""Who is calling: found beside the facts, by the order of sources, whoever answers first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from phonebook.naming.chain import Candidate, carried, personal
from telephony.listener.names import Asked, Known, NameKeeper
from telephony.listener.pipeline import LiveTenant, Touched
from telephony.live.directory import AgentEntry, make_directory
from telephony.live.naming import name_for
from telephony.pbx.orders import NameCaller, Order
from telephony.pbx.port import Done, Result

ORDER = ("personal", "directory:1", "company", "directory:2", "carrier")
NUMBER = "+37255512345"
CALL = {
    "direction": "in", "caller": {"number": NUMBER, "name": ""}, "group_id": 7, "ringing": [],
    "agents": [], "shown": {"dialled_name": ""}, "name_source": "",
}  # fmt: skip
NOTES = {
    "caller": {"number": NUMBER, "name": ""}, "dialled": "3726001000", "given": "", "origin": "1.1",
}  # fmt: skip
CHANNEL = "PJSIP/trunk-00000001"


class Stage:
    """A pipeline with one company, a phonebook, and directories that answer after a while."""

    def __init__(self, *candidates: Candidate, outside: dict[str, tuple[float, str]]) -> None:
        agents = [
            AgentEntry(1, "Alice", 11, "acme-a1", group_ids=(7,)),
            AgentEntry(2, "Bob", 12, "acme-a2", group_ids=(8,)),
        ]
        directory = make_directory(tenant_id=1, slug="acme", agents=agents)
        document: dict[str, Any] = {"call:1": dict(CALL), "_call:1": dict(NOTES)}
        document["_channel:1.1"] = {"name": CHANNEL}
        self.tenants = {"acme": LiveTenant(directory, document, None)}  # type: ignore[arg-type]
        self.document = document
        self.said: list[dict[str, Any]] = []
        self.asked: list[Asked] = []
        self.candidates, self.outside = candidates, outside
        self.names = NameKeeper(self, look_up=self.look_up, ask_others=self.ask)  # type: ignore[arg-type]
        self.names.perform = self.perform
        self.ordered: list[Order] = []

    async def perform(self, order: Order) -> Result:
        self.ordered.append(order)
        return Done()

    def name_calls(self, slug: str, notes: dict[str, dict[str, Any]]) -> None:
        assert slug == "acme"
        assert notes.keys() <= {"1"}
        self.said += notes.values()

    async def look_up(self, _tenant: int, _country: str, asked: Sequence[Asked]) -> list[Known]:
        self.asked += asked
        return [
            Known(NUMBER, ORDER, [*self.candidates], tuple(self.outside), 0.2) for _one in asked
        ]

    async def ask(self, _tenant: int, source: str, _key: str) -> str:
        seconds, name = self.outside[source]
        await asyncio.sleep(seconds)
        return name

    async def play(self, seconds: float) -> list[str]:
        """The names that everybody saw, in their order."""
        self.names.look_at(Touched(calls={"acme": {"1": None}}))
        await asyncio.sleep(seconds)
        return [note["name"] for note in self.said]


BOOK = Candidate("company", "Book", 1)


async def test_the_local_name_is_there_at_once_and_a_higher_answer_replaces_it() -> None:
    stage = Stage(BOOK, outside={"directory:1": (0.05, "High"), "directory:2": (0.0, "Low")})
    assert await stage.play(0.02) == ["Book"]
    assert await stage.play(0.2) == ["Book", "High"]


async def test_the_pbx_is_told_what_only_others_know() -> None:
    stage = Stage(BOOK, outside={"directory:1": (0.0, "High"), "directory:2": (0.0, "Low")})
    assert await stage.play(0.1) == ["Book", "High"]
    assert stage.ordered == [NameCaller(CHANNEL, "High")]
    local = Stage(BOOK, outside={"directory:2": (0.0, "Low")})
    assert await local.play(0.1) == ["Book"]
    assert local.ordered == []  # it has looked into the books itself
    outgoing = Stage(outside={"directory:1": (0.0, "High")})
    outgoing.document["call:1"] = {**CALL, "direction": "out"}
    assert await outgoing.play(0.1) == ["", "High"]
    assert outgoing.ordered == []  # the caller is one of us


async def test_a_late_or_lower_answer_moves_nothing() -> None:
    late = Stage(BOOK, outside={"directory:1": (0.3, "High")})
    assert await late.play(0.5) == ["Book"]
    low = Stage(BOOK, outside={"directory:2": (0.01, "Low")})
    assert await low.play(0.3) == ["Book"]


async def test_where_there_is_no_name_a_late_answer_fills_in() -> None:
    stage = Stage(outside={"directory:1": (0.3, "High")})
    assert await stage.play(0.25) == [""]
    assert await stage.play(0.3) == ["", "High"]


async def test_the_highest_wins_and_not_the_fastest() -> None:
    slow_high = Stage(outside={"directory:1": (0.1, "High"), "directory:2": (0.0, "Low")})
    assert await slow_high.play(0.3) == ["", "High"]
    quick_high = Stage(outside={"directory:1": (0.0, "High"), "directory:2": (0.1, "Low")})
    assert await quick_high.play(0.3) == ["", "High"]
    silent_high = Stage(outside={"directory:1": (5, "High"), "directory:2": (0.0, "Low")})
    assert await silent_high.play(0.15) == [""]
    assert await silent_high.play(0.15) == ["", "Low"]
    await silent_high.names.stop()


async def test_a_directory_that_fails_is_as_one_that_knows_nobody() -> None:
    stage = Stage(outside={"directory:2": (0.0, "Low")})
    stage.outside["directory:1"] = (0.0, "")
    ask = stage.ask

    async def broken(tenant: int, source: str, key: str) -> str:
        if source == "directory:1":
            raise OSError("broken")
        return await ask(tenant, source, key)

    stage.names._ask_others = broken
    assert await stage.play(0.1) == ["", "Low"]


async def test_own_names_are_for_their_owners_only() -> None:
    mine, others = personal("Mine", 5, "", 11), personal("Bob's", 6, "", 12)
    stage = Stage(BOOK, mine, others, carried("CNAM"), outside={})
    await stage.play(0.02)
    (note,) = stage.said
    assert (note["name"], note["source"]) == ("Book", "company")
    assert note["people"] == {"11": ["Mine", "personal"]}, "Bob is not in the group that is called"
    assert stage.asked[0].user_ids == {11}
    call = {**CALL, "caller": {"number": NUMBER, "name": "Book"}}
    assert name_for(note, call, "11")["caller"]["name"] == "Mine"
    assert name_for(note, call, "12") is call


async def test_a_call_is_looked_up_once_and_again_when_it_moves_on() -> None:
    stage = Stage(BOOK, outside={})
    await stage.play(0.02)
    await stage.play(0.02)
    assert len(stage.asked) == 1
    stage.document["call:1"] = {**CALL, "group_id": 8}
    await stage.play(0.02)
    assert [one.group_id for one in stage.asked] == [7, 8]
    stage.names.look_again(["acme"])
    await asyncio.sleep(0.02)
    assert len(stage.asked) == 3


async def test_a_call_that_moved_on_takes_no_old_answer() -> None:
    stage = Stage(outside={"directory:1": (0.1, "Old")})
    await stage.play(0.02)
    stage.document["call:1"] = {**CALL, "group_id": 8}
    stage.outside = {}
    assert await stage.play(0.3) == ["", ""]


async def test_calls_within_the_company_and_without_a_number_are_not_asked_about() -> None:
    stage = Stage(BOOK, outside={})
    stage.document["call:1"] = {**CALL, "direction": "internal"}
    await stage.play(0.02)
    stage.document["call:1"] = CALL
    stage.document["_call:1"] = {**NOTES, "caller": {"number": "", "name": ""}}
    await stage.play(0.02)
    assert stage.asked == []


async def test_a_phonebook_that_fails_names_nobody_and_is_asked_again() -> None:
    stage = Stage(BOOK, outside={})
    look_up = stage.names._look_up

    async def away(*_asked: Any) -> list[Known]:
        raise OSError("no database")

    stage.names._look_up = away
    assert await stage.play(0.02) == []
    stage.names._look_up = look_up
    assert await stage.play(0.02) == ["Book"]
