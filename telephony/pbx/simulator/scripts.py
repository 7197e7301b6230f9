"""Invented callers and people at phones: what keeps the demo alive. Seeded, so it can be repeated."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from random import Random

from telephony.pbx.simulator.exchange import Exchange
from telephony.pbx.simulator.members import NotChanged
from telephony.pbx.simulator.reactions import Answers, Caller, Ignores, Reaction, Rejects
from telephony.pbx.simulator.server import SimulatorServer
from telephony.pbx.simulator.switchboard import Switchboard

log = logging.getLogger(__name__)

FIRST_NAMES = ("Mari", "Jaan", "Liis", "Erik", "Anna", "Peeter", "Zoë", "Jürgen", "Õnne", "Ülle")
LAST_NAMES = ("Tamm", "Saar", "Mägi", "Kask", "Müßig", "Sepp", "Rebane", "Ilves", "Pärn", "Lõhmus")


class InventedPeople:
    """Most answer within a few seconds, some are away from the desk, a few say no."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - a script, not a secret

    def reacts(self, endpoint: str) -> Reaction:
        chance = self._random.random()
        if chance < 0.08:
            return Ignores()
        if chance < 0.11:
            return Rejects(self._random.uniform(1.0, 4.0))
        talks = self._random.uniform(10, 90) if self._random.random() < 0.4 else None
        slowest = 8.0 if endpoint == "carrier" else 5.0
        return Answers(self._random.uniform(1.0, slowest), talks)


class Traffic:
    """Callers of one simulated day: when they call, whom, and how long they stay. Seconds."""

    def __init__(self, seed: int, calls_per_minute: float) -> None:
        self._random = Random(seed)  # noqa: S311 - a script, not a secret
        self._per_minute = calls_per_minute

    def wait(self) -> float:
        """Until the next call."""
        return min(60.0, self._random.expovariate(self._per_minute / 60))

    def caller(self) -> Caller:
        chance = self._random
        name = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
        return Caller(
            number=f"372{chance.choice((5, 6, 7))}{chance.randrange(10**6):06d}",
            name=name if chance.random() < 0.7 else "",
            patience_seconds=5.0 + chance.expovariate(1 / 60),
            talks_seconds=8.0 + chance.expovariate(1 / 45),
        )

    def choose(self, numbers: Sequence[str]) -> str:
        return self._random.choice(numbers)

    def calls_a_colleague(self) -> bool:
        """Now and then somebody inside calls somebody inside."""
        return self._random.random() < 0.06


async def run_traffic(
    server: SimulatorServer, exchange: Exchange, board: Switchboard, traffic: Traffic
) -> None:
    """Calls until it is cancelled. A call that cannot be made is logged and the next one comes."""
    while True:
        await asyncio.sleep(traffic.wait())
        company = exchange.company
        try:
            idle = [p for p in company.phones if exchange.device_state(p.interface) == "NOT_INUSE"]
            if traffic.calls_a_colleague() and len(idle) > 1:
                one = idle[int(traffic.wait() * 1000) % len(idle)]
                other = next((p for p in idle if p.tenant == one.tenant and p != one), None)
                if other:
                    board.call_from(one.endpoint, other.extension, talks_seconds=25.0)
            elif company.numbers:
                await server.call(traffic.choose(company.numbers), traffic.caller())
        except NotChanged as refusal:
            log.info("no call: %s", refusal)
        except Exception:
            # The database behind the decision may be away; traffic goes on when it is back.
            log.exception("a simulated call failed")
            await asyncio.sleep(1.0)
