"""`manage.py import_cel FILE... --tenant SLUG --timezone ZONE`: another PBX's channel events."""

from __future__ import annotations

from callcenter.management.importing import ImportCommand
from telephony.ledger.models import Source


class Command(ImportCommand):
    help = "Imports channel events of another Asterisk: CSV whose first line names the columns."
    source = Source.CEL
