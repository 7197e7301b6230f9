"""That a phone comes and goes is written into the queue log: once, and again with each new link."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from telephony.listener.pipeline import Pipeline, Touched
from telephony.listener.reach import ReachKeeper
from telephony.pbx.orders import NoteReachability, Order
from telephony.pbx.port import Done, Result, Unreachable


@dataclass
class PlayedTenant:
    document: dict[str, Any] = field(default_factory=dict)
    synced: bool = True

    def show(self, agent_id: int, *, reachable: bool, logged_in: bool = True) -> None:
        queues: dict[str, Any] = {"acme-sales": {}} if logged_in else {}
        self.document[f"agent:{agent_id}"] = {"reachable": reachable, "queues": queues}


class Scene:
    def __init__(self) -> None:
        self.acme = PlayedTenant()
        self.tenants = {"acme": self.acme}
        self.ordered: list[Order] = []
        self.result: Result = Done()
        self.keeper = ReachKeeper(cast(Pipeline, self), perform=self.perform)

    async def perform(self, order: Order) -> Result:
        self.ordered.append(order)
        return self.result

    async def look(self, *agents: int) -> list[tuple[str, bool]]:
        self.keeper.look_at(Touched({"acme": dict.fromkeys(agents)}))
        await asyncio.sleep(0.01)
        told, self.ordered = self.ordered, []
        return [
            (one.member_name, one.is_reachable) for one in told if isinstance(one, NoteReachability)
        ]


async def test_written_when_it_changes_and_with_each_link() -> None:
    scene = Scene()
    scene.acme.show(12, reachable=True)
    scene.acme.show(13, reachable=False, logged_in=False)
    assert await scene.look(12, 13) == [("acme-a12", True)]
    assert await scene.look(12, 13) == []
    scene.acme.show(12, reachable=False)
    assert await scene.look(12) == [("acme-a12", False)]
    scene.keeper.forget()
    assert await scene.look(12) == [("acme-a12", False)]
    scene.acme.show(13, reachable=False)
    assert await scene.look(13) == [("acme-a13", False)]


async def test_what_could_not_be_written_is_written_later() -> None:
    scene = Scene()
    scene.acme.show(12, reachable=False)
    scene.result = Unreachable("away", "no link")
    assert await scene.look(12) == [("acme-a12", False)]
    scene.result = Done()
    assert await scene.look(12) == [("acme-a12", False)]
    assert await scene.look(12) == []
