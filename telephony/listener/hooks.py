"""What the listener asks of other rooms. They implement these; `run_listener` joins them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from telephony.pbx.events import Member
from telephony.pbx.orders import Order
from telephony.pbx.port import Result

Perform = Callable[[Order], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Notice:
    """PostgreSQL says that rows of a table changed, of what the PBX reads from us."""

    tenant_id: int
    table: str


class Provisioning(Protocol):
    """Brings the PBX in line with our database. Called one call at a time, never from two tasks.

    Both may raise: it is logged, and `reconcile` comes again with the next link.
    """

    async def apply(self, pbx: str, notices: Sequence[Notice], perform: Perform) -> None:
        """Company data changed; notices of about 200 ms come together, each table once."""

    async def reconcile(self, pbx: str, members: Sequence[Member], perform: Perform) -> None:
        """A link is up: `members` is every place in every queue as the PBX has it."""
