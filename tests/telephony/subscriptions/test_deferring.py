"""What is derived later is what would have been derived at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from telephony.live.directory import Directory
from telephony.live.reducer import decide
from telephony.live.state import Change, Document, Drop, Entity, Put, apply
from telephony.subscriptions import deferring
from telephony.subscriptions.deferring import Deferred
from telephony.subscriptions.vocabulary import OutEvent
from telephony.subscriptions.witness import Witness
from tests.telephony.live.replay import acme, events_of, start

ACME = acme()


@pytest.mark.parametrize("name", ["01_queue_answered", "02_queue_abandoned"])
async def test_the_same_is_told_later_in_the_same_order(name: str) -> None:
    at_once: list[OutEvent] = []
    later: list[OutEvent] = []
    now = Witness("pbx1", lambda _tenant, told: at_once.extend(told))
    deferred = Deferred(Witness("pbx1", lambda _tenant, told: later.extend(told)).look_at)
    document = start(ACME)
    for event in events_of(name):
        changes = decide(document, ACME, event)
        for witness in (now, deferred):
            witness.look_at(ACME, document, changes, event.at)
        apply(document, changes)
    assert at_once
    assert later == []
    telling = asyncio.create_task(deferred.run())
    async with asyncio.timeout(20):
        while len(later) < len(at_once):
            await asyncio.sleep(0.01)
    telling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await telling
    assert later == at_once


def test_before_is_as_it_was_and_a_flood_is_not_kept_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deferring, "MOST_WAITING", 3)
    seen: list[Any] = []

    def look(
        _directory: Directory, before: Mapping[str, Entity], changes: Sequence[Change], at: float
    ) -> None:
        seen.append((at, before.get("call:1"), [change.key for change in changes]))

    deferred = Deferred(look)
    document: Document = {"call:1": {"state": "waiting"}}
    told: list[tuple[Change, ...]] = [
        (Put("call:1", {"state": "talking"}),), (Drop("call:1"),), (Put("call:2", {}),),
    ]  # fmt: skip
    for at, changes in enumerate(told):
        deferred.look_at(ACME, document, changes, float(at))
        apply(document, changes)
    assert seen == []
    deferred.look_at(ACME, document, (Drop("call:2"),), 3.0)
    assert seen == [
        (0.0, {"state": "waiting"}, ["call:1"]),
        (1.0, {"state": "talking"}, ["call:1"]),
        (2.0, None, ["call:2"]),
        (3.0, None, ["call:2"]),
    ]
