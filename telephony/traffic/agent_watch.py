"""Tells invented callers when somebody of the company has picked up.

The PBX answers a call before the greeting, so the caller's own signalling cannot tell waiting from
talking; the phones of the invented agents can, by the number that they show.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from telephony.traffic.day import PlannedCall
from telephony.traffic.people import ANONYMOUS


@dataclass(eq=False, slots=True)
class Expectation:
    plan: PlannedCall
    picked_up: asyncio.Event = field(default_factory=asyncio.Event)


class AgentWatch:
    def __init__(self) -> None:
        self._waiting: dict[str, list[Expectation]] = {}

    def expect(self, plan: PlannedCall) -> Expectation:
        expectation = Expectation(plan)
        self._waiting.setdefault(short_number(plan.caller.number), []).append(expectation)
        return expectation

    def forget(self, expectation: Expectation) -> None:
        key = short_number(expectation.plan.caller.number)
        others = [other for other in self._waiting.get(key, ()) if other is not expectation]
        if others:
            self._waiting[key] = others
        else:
            self._waiting.pop(key, None)

    def picked_up(self, caller_number: str) -> PlannedCall | None:
        """The longest waiting caller of that number; None if it is none of ours."""
        for expectation in self._waiting.get(short_number(caller_number), ()):
            if not expectation.picked_up.is_set():
                expectation.picked_up.set()
                return expectation.plan
        return None


def short_number(number: str) -> str:
    """Carriers and PBXes write one number in many ways: its last digits are its own."""
    digits = "".join(letter for letter in number if letter.isdigit())
    return digits[-8:] or ANONYMOUS
