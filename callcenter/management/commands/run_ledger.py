"""`manage.py run_ledger --pbx pbx1`: ships one PBX's own files into calls and figures.

Wiring: lines are the ledger's, calls are built from them, today's figures go to the screens.
Finished recordings and clips leave the same disk, each in a thread of its own.
"""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from reports.statistics.announcing import FiguresAnnouncer
from reports.statistics.keeping import DaysKeeper
from telephony.activity.services import build_new_activity
from telephony.callbacks.keeper import CallbackKeeper
from telephony.calls.services import build_new_calls
from telephony.clips.courier import ClipCourier
from telephony.ledger.reader import Ledger
from telephony.live.selectors import STALE_AFTER_SECONDS, listener_health
from telephony.recordings.shipping import RecordingShipper
from telephony.recordings.storage.choice import recording_store
from telephony.recordings.storage.sealed import BadKeyring


class Command(BaseCommand):
    requires_system_checks = ()  # ./test looks for mistakes; a start should be short
    help = "Ships queue_log and channel events of one PBX into the database, each line once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pbx", default=settings.DEFAULT_PBX)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        pbx = options["pbx"]
        if pbx not in settings.PBXES:
            raise CommandError(f"HELIN_PBXES names no {pbx}.")
        try:
            store = recording_store()
        except BadKeyring as error:
            raise CommandError(f"HELIN_RECORDING_KEY: {error}") from error
        # a few threads need no pool, and a pool waits ever longer before it looks for PostgreSQL again
        connections["default"].settings_dict["OPTIONS"].pop("pool", None)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        announcer = FiguresAnnouncer(stop)
        announcer.start()
        keeper = DaysKeeper(stop)
        keeper.start()
        callbacks = CallbackKeeper(stop)
        callbacks.start()
        shipper = RecordingShipper(pbx, settings.RECORDING_SPOOL, store, stop)
        shipper.start()
        clips = ClipCourier(pbx, settings.RECORDING_SPOOL, stop)
        clips.start()

        def build() -> bool:
            built = build_new_calls(pbx=pbx)
            activity = build_new_activity(pbx=pbx)
            announcer.touch(built.tenant_ids)
            keeper.touch(built.tenant_ids)
            callbacks.touch(built.tenant_ids)
            return built.is_all and activity.is_all

        self.stdout.write(f"Following {settings.ASTERISK_LOG_DIR} of {pbx}.")
        Ledger(pbx, settings.ASTERISK_LOG_DIR, build, lambda: is_link_live(pbx)).run(stop)
        announcer.join(5)
        keeper.join(5)
        callbacks.join(5)
        shipper.join(5)
        clips.join(5)


def is_link_live(pbx: str) -> bool:
    health = listener_health(pbx)
    return (
        health is not None
        and time.time() - health["beat_at"] < STALE_AFTER_SECONDS
        and health.get("link") == "live"
    )
