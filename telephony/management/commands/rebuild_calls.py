"""`manage.py rebuild_calls`: drops what was built from the ledger and builds it again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from callcenter.tenants.scope import system_scope
from telephony.activity.services import build_all_activity, forget_activity
from telephony.calls.services import build_new_calls, forget_calls
from telephony.ledger.models import LedgerFile


class Command(BaseCommand):
    help = "Drops calls, legs, queue visits and agents' time, and builds them again from the ledger's lines."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pbx", help="only this PBX's; every PBX's if left out")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        known = LedgerFile.objects.order_by("pbx").values_list("pbx", flat=True).distinct()
        for pbx in [options["pbx"]] if options["pbx"] else list(known):
            with system_scope("a PBX's lines tell of all its tenants"):
                forget_calls(pbx=pbx)
                calls = 0
                while True:
                    built = build_new_calls(pbx=pbx)
                    calls += built.calls
                    if built.is_all:
                        break
                    self.stdout.write(f"{pbx}: {calls} calls so far")
                forget_activity(pbx=pbx)
                self.stdout.write(f"{pbx}: agents' time is being built")
                build_all_activity(pbx=pbx)
            self.stdout.write(f"{pbx}: {calls} calls built")
