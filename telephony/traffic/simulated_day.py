"""The invented day where there is only the simulator: it plays the phones, this the rest."""

from __future__ import annotations

import asyncio
import logging

from telephony.pbx.port import Address
from telephony.pbx.simulator.remote import keep_calling
from telephony.pbx.simulator.scripts import Traffic
from telephony.traffic.api_doors import ApiDoors, DoorClosed
from telephony.traffic.company import FIRST_INVENTED_AGENT, Wish
from telephony.traffic.demo_description import Demo

log = logging.getLogger(__name__)
_TRY_AGAIN_SECONDS = 5.0


async def run_simulated_day(demo: Demo, wish: Wish, address: Address) -> None:
    """Logs the invented agents in, and lets people call, until it is cancelled."""
    numbers = [number for tenant in demo.tenants for number in tenant.numbers]
    if not numbers:
        log.warning("The demo has no number to call.")
        return
    per_minute = max(0.1, wish.calls_per_hour * len(demo.tenants) / 60)
    traffic = Traffic(1 if wish.seed is None else wish.seed, per_minute)
    async with asyncio.TaskGroup() as everybody:
        for tenant in demo.tenants:
            doors = ApiDoors(demo.address, tenant.api_key)
            of_agents = [phone for phone in tenant.phones if phone.agent_id is not None]
            for phone in of_agents[FIRST_INVENTED_AGENT:]:
                if phone.agent_id is not None and phone.extension not in wish.left_alone:
                    everybody.create_task(_log_in(doors, phone.agent_id))
        everybody.create_task(keep_calling(address, numbers, traffic))


async def _log_in(doors: ApiDoors, agent_id: int) -> None:
    while True:
        try:
            await doors.log_in(agent_id)
        except DoorClosed as problem:
            log.info("agent %d cannot log in yet: %s", agent_id, problem)
            await asyncio.sleep(_TRY_AGAIN_SECONDS)
        else:
            return
