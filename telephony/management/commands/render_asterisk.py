"""`manage.py render_asterisk DIR`: writes the configuration of one PBX host."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from callcenter.environment import BadEnvironment, read, read_int
from callcenter.runtime.asterisk import AsteriskUnavailable, find_installed
from telephony.provisioning.host import BadPbxHost, Layout, PbxHost, Program, render_instance
from telephony.provisioning.rendering import BadTemplate


class Command(BaseCommand):
    help = (
        "Write Asterisk's configuration into DIR (as /etc/asterisk), from HELIN_PBXES and the "
        "HELIN_ASTERISK_* environment of this PBX host. See docs/asterisk.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument("--pbx", default=settings.DEFAULT_PBX, help="a name in HELIN_PBXES")
        parser.add_argument(
            "--private",
            action="store_true",
            help="everything below DIR, for an Asterisk of one's own beside an installed one",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            host = _host(options["pbx"], options["directory"].resolve(), options["private"])
            written = render_instance(host)
        except (BadEnvironment, BadPbxHost, BadTemplate, AsteriskUnavailable, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{host.name}: {written}")


def _host(pbx: str, directory: Path, private: bool) -> PbxHost:
    if pbx not in settings.PBXES:
        raise CommandError(f"HELIN_PBXES names no PBX {pbx!r}.")
    address = settings.PBXES[pbx]
    asterisk = find_installed()
    if asterisk.odbc_driver is None:
        raise CommandError("The ODBC driver for PostgreSQL is missing (Debian: odbc-postgresql).")
    layout = Layout.below(directory) if private else _system_layout(directory)
    sip_address, _, sip_port = read("HELIN_ASTERISK_SIP_BIND", "0.0.0.0:5060").rpartition(":")
    carrier, _, carrier_port = read("HELIN_ASTERISK_CARRIER", settings.DEMO_CARRIER).rpartition(":")
    return PbxHost(
        name=pbx,
        layout=layout,
        program=Program(
            asterisk.modules, asterisk.odbc_driver, asterisk.sounds, asterisk.documentation
        ),
        database_url=read("DATABASE_ASTERISK_URL"),
        realm=settings.SIP_REALM,
        clips=settings.CLIP_DIR,
        ami_user=address.user,
        ami_secret=address.secret,
        ami_port=address.port,
        ami_address=read("HELIN_ASTERISK_AMI_BIND", "127.0.0.1"),
        ami_permit=read("HELIN_ASTERISK_AMI_PERMIT", "127.0.0.1/255.255.255.255"),
        sip_address=sip_address,
        sip_port=int(sip_port),
        http_port=read_int("HELIN_ASTERISK_HTTP_PORT", 8088),
        rtp_ports=(
            read_int("HELIN_ASTERISK_RTP_FIRST", 10_000),
            read_int("HELIN_ASTERISK_RTP_LAST", 19_998),
        ),
        carrier_address=carrier,
        carrier_port=int(carrier_port),
    )


def _system_layout(configuration: Path) -> Layout:
    """Debian's places. The log folder is the one that the ledger reads."""
    return Layout(
        configuration=configuration,
        library=Path("/var/lib/asterisk"),
        data=Path("/var/lib/asterisk/helin"),
        spool=Path("/var/spool/asterisk"),
        run=Path("/run/asterisk"),
        log=settings.ASTERISK_LOG_DIR,
    )
