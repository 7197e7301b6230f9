"""`manage.py import_queue_log FILE... --tenant SLUG --timezone ZONE`: another PBX's queue history."""

from __future__ import annotations

from callcenter.management.importing import ImportCommand
from telephony.ledger.models import Source


class Command(ImportCommand):
    help = "Imports queue_log files of another Asterisk, each line once; compressed ones too."
    source = Source.QUEUE_LOG
