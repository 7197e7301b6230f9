"""`manage.py run_simulator --pbx pbx1`: a PBX where no Asterisk can be had."""

from __future__ import annotations

import asyncio
import logging
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from telephony.pbx.port import Address
from telephony.pbx.simulator.company import Decision, SimulatedCompany
from telephony.pbx.simulator.exchange import Exchange
from telephony.pbx.simulator.ledger_files import LedgerFiles
from telephony.pbx.simulator.scripts import InventedPeople, Traffic, run_traffic
from telephony.pbx.simulator.server import SimulatorServer
from telephony.pbx.simulator.switchboard import Switchboard
from telephony.pbx.simulator.timeline import RealTimeline
from telephony.provisioning.simulated_company import DatabaseCompanies

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Play a PBX: it speaks AMI and writes an Asterisk's files, but no phone can reach it."
    requires_system_checks = ()  # a PBX stands on its own: no page's mistake keeps it from starting

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pbx", default=settings.DEFAULT_PBX, help="a name in HELIN_PBXES")
        parser.add_argument("--seed", type=int, default=1, help="of the people at its phones")
        parser.add_argument(
            "--calls-per-minute",
            type=float,
            default=0.0,
            help="invented callers from outside, all companies together (default: none)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        address = settings.PBXES.get(options["pbx"])
        if address is None:
            raise CommandError(f"HELIN_PBXES names no PBX {options['pbx']!r}.")
        if not address.simulated:
            raise CommandError(f"{options['pbx']} is not a simulator:// address in HELIN_PBXES.")
        if options["calls_per_minute"] < 0:
            raise CommandError("--calls-per-minute must not be negative.")
        asyncio.run(
            _play(
                options["pbx"],
                address,
                Path(settings.ASTERISK_LOG_DIR),
                seed=options["seed"],
                calls_per_minute=options["calls_per_minute"],
            )
        )


class _FromThreads:
    """Asked from the event loop's worker threads: no connection stays behind in one."""

    def __init__(self, companies: DatabaseCompanies) -> None:
        self._companies = companies

    def read(self) -> SimulatedCompany:
        close_old_connections()
        try:
            return self._companies.read()
        finally:
            close_old_connections()

    def decide(self, number: str, caller_number: str) -> Decision:
        close_old_connections()
        try:
            return self._companies.decide(number, caller_number)
        finally:
            close_old_connections()


async def _play(
    pbx: str, address: Address, folder: Path, *, seed: int, calls_per_minute: float
) -> None:
    """Until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    source = _FromThreads(DatabaseCompanies(pbx))
    timeline = RealTimeline()
    company = await asyncio.to_thread(source.read)
    ledger = LedgerFiles(folder, timeline.now())
    exchange = Exchange(timeline, company, ledger=ledger, seed=seed)
    board = Switchboard(exchange, InventedPeople(seed))
    server = SimulatorServer(board, source, user=address.user, secret=address.secret)
    port = await server.start(address.host, address.port)
    log.info("The simulator %s speaks AMI on %s:%d.", pbx, address.host, port)
    traffic = None
    if calls_per_minute:
        invented = Traffic(seed, calls_per_minute)
        traffic = asyncio.create_task(run_traffic(server, exchange, board, invented))
    await stopped.wait()
    if traffic:
        traffic.cancel()
    await server.stop()
