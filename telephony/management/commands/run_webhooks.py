"""`manage.py run_webhooks`: sends events to the receivers that companies named. Several may run."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

from django.core.management.base import BaseCommand

from telephony.subscriptions.courier import Courier
from telephony.subscriptions.tasks import tell_of_webhook

log = logging.getLogger(__name__)


class Command(BaseCommand):
    requires_system_checks = ()  # ./test looks for mistakes; a start should be short
    help = "Deliver events to webhooks."

    def handle(self, *_args: Any, **_options: Any) -> None:
        # a line for each delivery, with its address, in which receivers keep secrets
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        asyncio.run(deliver())


async def deliver() -> None:
    """Until SIGTERM or SIGINT."""
    courier = Courier(tell=_tell)
    work = asyncio.ensure_future(courier.run())
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, work.cancel)
    log.info("Delivering.")
    try:
        await work
    except asyncio.CancelledError:
        log.info("Stopped.")


def _tell(tenant_id: int, webhook_id: int) -> None:
    tell_of_webhook.delay(tenant_id=tenant_id, webhook_id=webhook_id)
