"""`manage.py normalise_numbers --tenant SLUG`: reads all numbers of a company's phonebooks again."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import phonenumbers
from django.core.management.base import BaseCommand, CommandError

from callcenter.audit.services import HELIN_ITSELF
from callcenter.formats.spreadsheets import csv_text
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope
from phonebook.contacts.models import ContactNumber
from phonebook.contacts.services import normalise_contacts

HEADINGS = ("contact", "name", "company", "phonebook", "type", "number")


class Command(BaseCommand):
    requires_system_checks = ()  # ./test looks for mistakes; a start should be short
    help = (
        "Read all numbers of a company's phonebooks again, so that callers are recognised however "
        "their numbers were written down. Doing it twice changes nothing. What could not be read is "
        "told as CSV."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the company's slug")
        parser.add_argument("--dry-run", action="store_true", help="change nothing, only tell")
        parser.add_argument(
            "--country", default="", help="of national numbers, as EE; otherwise the company's own"
        )
        parser.add_argument("--report", default="-", help="the CSV file; - is standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        country = options["country"].upper()
        if country and country not in phonenumbers.SUPPORTED_REGIONS:
            raise CommandError(f"{options['country']} is no country.")
        with system_scope("the command line names a company"):
            tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no company {options['tenant']!r}.")
        with ExitStack() as opened:
            write: Callable[[str], object] = partial(self.stdout.write, ending="")
            if options["report"] != "-":
                write = opened.enter_context(_opened(options["report"])).write
            self._read(tenant, country, write, writes=not options["dry_run"])

    def _read(
        self, tenant: Tenant, country: str, write: Callable[[str], object], *, writes: bool
    ) -> None:
        def tell(number: ContactNumber) -> None:
            write(csv_text([_line(number)]))

        write(csv_text([HEADINGS]))
        with tenant_scope(tenant.pk):
            found = normalise_contacts(
                by=HELIN_ITSELF, country=country, writes=writes, tell_unread=tell
            )
        changed = "kept otherwise now" if writes else "would be kept otherwise"
        self.stderr.write(
            f"{found.contacts} contacts read: {found.changed} {changed}, "
            f"{found.unread} numbers could not be read."
        )


def _opened(path: str) -> TextIO:
    try:
        return Path(path).open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise CommandError(f"The report cannot be written: {error}") from error


def _line(number: ContactNumber) -> list[str]:
    contact = number.contact
    return [
        str(contact.pk), contact.name, contact.company, str(contact.book), number.type, number.entered,
    ]  # fmt: skip
