"""The directory of one PBX host: Asterisk's configuration, rendered, and what it needs beside it.

Standard library only: `./run` and production's `render_asterisk` both call `render_instance`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from telephony.provisioning import leaving
from telephony.provisioning.emergency import contexts
from telephony.provisioning.music import waiting_music
from telephony.provisioning.rendering import render_all


class BadPbxHost(ValueError):
    """What was said of this host makes no Asterisk; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where Asterisk finds and keeps things. `configuration` is rewritten at every render."""

    configuration: Path
    library: Path
    data: Path
    spool: Path
    run: Path
    log: Path

    @classmethod
    def below(cls, directory: Path) -> Layout:
        """A private instance: everything under one directory."""
        return cls(
            configuration=directory / "etc",
            library=directory / "lib",
            data=directory / "data",
            spool=directory / "spool",
            run=directory / "run",
            log=directory / "log",
        )


@dataclass(frozen=True, slots=True)
class Program:
    """The parts of an installed or unpacked Asterisk that the configuration names."""

    modules: Path
    odbc_driver: Path
    sounds: Path | None = None
    documentation: Path | None = None


@dataclass(frozen=True, slots=True)
class PbxHost:
    """One Asterisk: `name` is its key in HELIN_PBXES, `database_url` its own login's address."""

    name: str
    layout: Layout
    program: Program
    database_url: str = field(repr=False)
    realm: str
    clips: Path
    ami_user: str
    ami_secret: str = field(repr=False)
    ami_port: int = 5038
    ami_address: str = "127.0.0.1"
    ami_permit: str = "127.0.0.1/255.255.255.255"
    sip_address: str = "127.0.0.1"
    sip_port: int = 5060
    http_address: str = "127.0.0.1"
    http_port: int = 8088
    rtp_ports: tuple[int, int] = (10_000, 19_998)
    carrier_address: str = "127.0.0.2"
    carrier_port: int = 5080


def render_instance(host: PbxHost) -> Path:
    """Writes all of it and returns the path of asterisk.conf, for `asterisk -C`.

    What Asterisk itself keeps (registrations, mailboxes, logs) stays. The files hold secrets and
    are readable by their owner only. Raises BadPbxHost, BadTemplate, OSError.
    """
    layout = host.layout
    texts = render_all(_values(host))
    texts["emergency.conf"] = contexts()
    texts["leaving.conf"] = leaving.contexts()
    texts["odbcinst.ini"] = "; The driver is named by its path in odbc.ini.\n"
    for folder in _folders(host):
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        _write(layout.configuration / name, text.encode())
    _keep(layout.data / "moh" / "waiting.wav", waiting_music)
    if host.program.sounds is not None:
        _link(layout.data / "sounds" / "en", host.program.sounds)
    if host.program.documentation is not None:
        _link(layout.data / "documentation", host.program.documentation)
    return layout.configuration / "asterisk.conf"


def environment(host: PbxHost) -> dict[str, str]:
    """What the Asterisk process needs in its environment to find the database."""
    folder = host.layout.configuration
    return {"ODBCSYSINI": str(folder), "ODBCINI": str(folder / "odbc.ini"), "TZ": "UTC"}


def _values(host: PbxHost) -> dict[str, str]:
    layout, program = host.layout, host.program
    database = urlsplit(host.database_url)
    if not database.username or not database.hostname or not database.path.strip("/"):
        raise BadPbxHost("The PBX's database address must be postgresql://user:password@host/name.")
    if not host.ami_secret or host.ami_user in ("", "general"):
        raise BadPbxHost("The PBX needs a manager user and secret (HELIN_PBXES).")
    if not host.name.isalnum():
        raise BadPbxHost(f"A PBX's name is letters and digits only: {host.name!r} is not.")
    options = parse_qs(database.query)
    return {
        "NAME": host.name,
        "ETC": str(layout.configuration),
        "MODULES": str(program.modules),
        "LIB": str(layout.library),
        "DATA": str(layout.data),
        "SPOOL": str(layout.spool),
        "RUN": str(layout.run),
        "LOG": str(layout.log),
        "CLIPS": str(host.clips),
        "REALM": host.realm,
        "ODBC_DRIVER": str(program.odbc_driver),
        "DATABASE_HOST": database.hostname,
        "DATABASE_PORT": str(database.port or 5432),
        "DATABASE_NAME": unquote(database.path.strip("/")),
        "DATABASE_USER": unquote(database.username),
        "DATABASE_PASSWORD": unquote(database.password or ""),
        "DATABASE_SSLMODE": options.get("sslmode", ["prefer"])[0],
        "AMI_ADDRESS": host.ami_address,
        "AMI_PORT": str(host.ami_port),
        "AMI_PERMIT": host.ami_permit,
        "AMI_USER": host.ami_user,
        "AMI_SECRET": host.ami_secret,
        "SIP_ADDRESS": host.sip_address,
        "SIP_PORT": str(host.sip_port),
        "HTTP_ADDRESS": host.http_address,
        "HTTP_PORT": str(host.http_port),
        "RTP_FIRST": str(host.rtp_ports[0]),
        "RTP_LAST": str(host.rtp_ports[1]),
        "CARRIER_ADDRESS": host.carrier_address,
        "CARRIER_PORT": str(host.carrier_port),
    }


def _folders(host: PbxHost) -> tuple[Path, ...]:
    layout = host.layout
    spool = (layout.spool / name for name in ("voicemail", "monitor", "recording", "tmp", "system"))
    return (
        layout.configuration, layout.run, host.clips, *spool,
        layout.library / "keys", layout.library / "cache",
        layout.data / "sounds", layout.data / "agi-bin", layout.data / "moh",
        # CEL lines written before it is there are lost
        layout.log / "cel-custom",
    )  # fmt: skip


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; nobody but the owner reads it."""
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as target:
        target.write(content)
    part.replace(path)


def _keep(path: Path, make: Callable[[], bytes]) -> None:
    if not path.exists():
        _write(path, make())


def _link(path: Path, target: Path) -> None:
    if path.is_symlink():
        path.unlink()
    if not path.exists():
        path.symlink_to(target)
