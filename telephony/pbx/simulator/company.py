"""What the simulated PBX is told about the companies it serves; the real one reads SQL views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class SimulatedPhone:
    """`endpoint` is `acme-101`; its tenant is what stands before the first hyphen."""

    endpoint: str
    name: str

    @property
    def tenant(self) -> str:
        return self.endpoint.partition("-")[0]

    @property
    def extension(self) -> str:
        return self.endpoint.partition("-")[2]

    @property
    def interface(self) -> str:
        return f"PJSIP/{self.endpoint}"


@dataclass(frozen=True, slots=True)
class SimulatedQueue:
    name: str
    strategy: str = "rrmemory"
    ring_seconds: int = 15
    retry_seconds: int = 1


@dataclass(frozen=True, slots=True)
class SimulatedCompany:
    """All companies of one PBX. `numbers` are the dialled numbers without a plus, `lots` parking
    lots, each with `spaces` places from `first_space` on."""

    phones: tuple[SimulatedPhone, ...] = ()
    queues: tuple[SimulatedQueue, ...] = ()
    numbers: tuple[str, ...] = ()
    lots: tuple[str, ...] = ()
    first_space: int = 71
    spaces: int = 29


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a call to a number right now. Seconds."""

    state: Literal["open", "closed", "unknown"]
    tenant: str = ""
    queue: str = ""
    caller_name: str = ""
    greeting_seconds: float = 0.0
    max_wait_seconds: int = 600


class CompanySource(Protocol):
    """Both may read a database and are called outside the event loop."""

    def read(self) -> SimulatedCompany:
        """Asked at the start and at every reload of queues, phones or parking lots."""

    def decide(self, number: str, caller_number: str) -> Decision:
        """Asked for every call from outside. `number` as dialled, without a plus."""
