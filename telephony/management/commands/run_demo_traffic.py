"""`manage.py run_demo_traffic`: invented callers and agents, so that the demo's screens live."""

from __future__ import annotations

import asyncio
import io
import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from telephony.traffic.company import Company, Wish
from telephony.traffic.demo_description import BadDescription, Demo, read_demo
from telephony.traffic.simulated_day import run_simulated_day

log = logging.getLogger(__name__)


class Command(BaseCommand):
    requires_system_checks = ()  # ./test looks for mistakes; a start should be short
    help = (
        "Keep the demo busy: invented people call its numbers, invented agents answer. The first "
        "two agents of each company are left for you to play."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        usual = Wish()
        parser.add_argument(
            "--calls-per-hour",
            type=float,
            default=usual.calls_per_hour,
            help="per company in its rush hour (default: %(default)s)",
        )
        parser.add_argument(
            "--most-calls",
            type=int,
            default=usual.most_calls,
            help="running at once, of all companies together (default: %(default)s)",
        )
        parser.add_argument(
            "--leave",
            action="append",
            default=[],
            metavar="EXTENSION",
            help="a phone that is yours: it is not touched; may be given several times",
        )
        parser.add_argument("--seed", type=int, help="the same seed gives the same day")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["calls_per_hour"] < 0 or options["most_calls"] < 1:
            raise CommandError("--calls-per-hour must not be negative, --most-calls at least 1.")
        wish = Wish(
            calls_per_hour=options["calls_per_hour"],
            most_calls=options["most_calls"],
            left_alone=frozenset(options["leave"]),
            seed=options["seed"],
        )
        asyncio.run(_until_told_to_stop(described_demo(), wish))


def described_demo() -> Demo:
    said = io.StringIO()
    call_command("describe_demo", "--json", stdout=said)
    try:
        return read_demo(said.getvalue())
    except BadDescription as problem:
        raise CommandError(str(problem)) from problem


async def _until_told_to_stop(demo: Demo, wish: Wish) -> None:
    now = timezone.localtime()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    work = asyncio.ensure_future(_work(demo, wish, (now - midnight).total_seconds()))
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        log.info("Stopped.")


async def _work(demo: Demo, wish: Wish, seconds_from_midnight: float) -> None:
    if demo.simulated:
        await run_simulated_day(demo, wish, settings.PBXES[settings.DEFAULT_PBX])
        return
    await Company(demo, wish, seconds_from_midnight=seconds_from_midnight).run()
