"""Make the demo's companies where they are missing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from callcenter.demo.services import NotInProduction, seed_demo


class Command(BaseCommand):
    help = "Make the demo's companies where they are missing (development only)."

    def handle(self, **_options: Any) -> None:
        try:
            tenants = seed_demo()
        except NotInProduction as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write("Demo: " + ", ".join(tenant.name for tenant in tenants))
