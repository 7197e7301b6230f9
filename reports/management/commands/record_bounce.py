"""For a mail server's pipe: reads a mail that came back from standard input."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.mail.bounces import NoBounce, read_bounce
from reports.schedules.services import record_bounce

DATA_ERROR = 65  # EX_DATAERR of sysexits.h, which mail servers understand
LARGEST = 10 * 1024 * 1024


class Command(BaseCommand):
    help = "Reads a delivery status notification (RFC 3464) and marks the report's delivery."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        try:
            delivery = record_bounce(bounce=read_bounce(sys.stdin.buffer.read(LARGEST)))
        except NoBounce as error:
            raise CommandError(str(error), returncode=DATA_ERROR) from error
        self.stdout.write(f"{delivery.address}: {delivery.state}, {delivery.words}")
