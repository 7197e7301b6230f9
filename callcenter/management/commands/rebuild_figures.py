"""`manage.py rebuild_figures [--tenant SLUG]`: everything derived, dropped and made anew.

The lines of the ledger are what has happened; calls, visits, agents' time and sums of days are made
of them and can be made again. While it runs, pages show what is built so far.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope
from reports.statistics.services import forget_days, sum_days
from telephony.activity.services import build_all_activity, forget_activity
from telephony.calls.history import build_history
from telephony.calls.services import build_new_calls, forget_calls
from telephony.calls.unended import end_what_went_on
from telephony.ledger.owners import import_pbx


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Drops calls, visits, agents' time and sums of days, and makes them again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--tenant",
            metavar="SLUG",
            help="this company's; those that share its PBX are built again with it",
        )

    def handle(self, **options: Any) -> None:
        chosen = Tenant.objects.all()
        if options["tenant"]:
            chosen = chosen.filter(slug=options["tenant"])
            if not chosen.exists():
                raise CommandError(f"There is no company {options['tenant']}.")
        pbxes = sorted(set(chosen.values_list("pbx", flat=True)))
        everybody = Tenant.objects.filter(pbx__in=pbxes)
        with system_scope("a PBX's lines tell of all its companies"):
            for pbx in pbxes:
                forget_activity(pbx=pbx)
                forget_calls(pbx=pbx)
                while not build_new_calls(pbx=pbx).is_all:
                    pass
                build_all_activity(pbx=pbx)
                self.stdout.write(f"{pbx}: calls, visits and agents' time are built again.")
            for tenant in chosen:
                self._rebuild_history(tenant)
        for tenant in everybody:
            forget_days(tenant_id=tenant.pk)
            sum_days(tenant_id=tenant.pk, at=timezone.now())
        self.stdout.write("Sums of days are made again.")

    def _rebuild_history(self, tenant: Tenant) -> None:
        pbx = import_pbx(tenant.slug)
        forget_activity(pbx=pbx)
        forget_calls(pbx=pbx)
        calls = 0
        while not (built := build_history(tenant=tenant)).is_all:
            calls += built.calls
        end_what_went_on(pbx=pbx)
        build_all_activity(pbx=pbx)
        if calls:
            self.stdout.write(f"{tenant.slug}: {calls} imported calls are built again.")
