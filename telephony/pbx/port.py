"""The PBX as Helin sees it: a feed of facts, and somebody who carries out orders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from telephony.pbx.events import PbxEvent
from telephony.pbx.orders import Order


@dataclass(frozen=True, slots=True)
class Done:
    """The PBX has it as ordered (or had it so before)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The PBX answered no. `words` is English for the user, a msgid of our translations;
    `detail` is the PBX's own sentence, for the log."""

    words: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The order never left: it was surely not carried out, and may be given again."""

    words: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """The order left and no answer came back: it may have been carried out. Never repeat it."""

    words: str
    detail: str = ""


Result = Done | Refused | Unreachable | AnswerLost


class Address(Protocol):
    """Where a PBX listens, and as whom to log in (`callcenter.environment.PbxAddress` is one)."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def secret(self) -> str: ...


class PbxControl(Protocol):
    """Orders from a process without a feed (a worker). Blocks up to its time limits."""

    def perform(self, order: Order) -> Result: ...


class PbxFeed(Protocol):
    """One live link to the PBX. It is used once: when it is lost, connect another."""

    async def snapshot(self) -> tuple[PbxEvent, ...]:
        """How things stand, as `...Listed` words and device states. Raises FeedLost.

        Facts that happen meanwhile come by `batches` afterwards and may be in here already.
        """

    def batches(self) -> AsyncIterator[list[PbxEvent]]:
        """The facts in the order of the PBX, in lists as they arrived. Ends when the link does."""

    async def perform(self, order: Order) -> Result:
        """Carries an order out over the same link."""

    async def close(self) -> None: ...

    @property
    def why_closed(self) -> str:
        """For the log; empty while the link is up."""

    @property
    def unknown_events(self) -> int:
        """Events that nobody here has a word for, counted since the link is up."""


class FeedLost(Exception):
    """The link to the PBX is gone, or was never had."""


class FeedRefused(FeedLost):
    """The PBX does not take our user and secret: trying again will not help."""
