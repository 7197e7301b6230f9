"""Calls into a running simulator from another process: what a script of the demo needs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import NoReturn

from telephony.ami.actions import Action
from telephony.ami.client import backoff, connect
from telephony.ami.session import AmiFailure
from telephony.pbx.port import Address
from telephony.pbx.simulator.reactions import Caller
from telephony.pbx.simulator.scripts import Traffic

log = logging.getLogger(__name__)


def call_action(number: str, caller: Caller) -> Action:
    """`number` as dialled, with or without a plus."""
    headers = [("Number", number), ("CallerIDNum", caller.number), ("CallerIDName", caller.name)]
    if caller.patience_seconds is not None:
        headers.append(("Patience", str(max(1, round(caller.patience_seconds)))))
    if caller.talks_seconds is not None:
        headers.append(("Talk", str(max(1, round(caller.talks_seconds)))))
    return Action("SimulateCall", tuple(headers))


async def keep_calling(address: Address, numbers: Sequence[str], traffic: Traffic) -> NoReturn:
    """Invented callers until it is cancelled; a simulator that is away is waited for."""
    waits = backoff()
    while True:
        try:
            client = await connect(
                host=address.host,
                port=address.port,
                user=address.user,
                secret=address.secret,
                wanted=lambda _name: False,
            )
            waits = backoff()
            while True:
                await asyncio.sleep(traffic.wait())
                await client.ask(call_action(traffic.choose(numbers), traffic.caller()))
        except AmiFailure as problem:
            log.warning("the simulator is away: %s", problem)
            await asyncio.sleep(next(waits))
