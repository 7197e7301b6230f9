"""The PBX of a one-machine Helin: a private Asterisk, or the built-in simulator."""

from __future__ import annotations

import os
import sys
import zlib
from pathlib import Path

from callcenter.runtime import processes
from callcenter.runtime.asterisk import Asterisk
from callcenter.runtime.fleet import AMI_USER, CARRIER, PBX, Shape
from callcenter.runtime.folders import ROOT
from callcenter.runtime.probes import listens
from callcenter.runtime.programs import Program
from telephony.provisioning import host as hosts

GREETING = b"Asterisk Call Manager"


class NoDatabaseForPbx(Exception):
    """A database of one's own was named, but not how Asterisk reads it."""


def simulator(shape: Shape) -> Program:
    """It reads its own address from HELIN_PBXES and speaks AMI there."""
    command = (sys.executable, str(ROOT / "manage.py"), "run_simulator", "--pbx", PBX)
    return Program("pbx", command, listens(shape.ports.ami, greeting=GREETING), folder=str(ROOT))


def asterisk(shape: Shape, found: Asterisk) -> Program:
    """A private Asterisk with everything it reads and writes under the data folder.

    Raises NoDatabaseForPbx.
    """
    host = _host(shape, found)
    configuration = hosts.render_instance(host)
    return Program(
        "pbx",
        (*found.command, "-C", str(configuration), "-f", "-n"),
        listens(shape.ports.ami, greeting=GREETING),
        environment=hosts.environment(host),
        before=lambda: _clear_remains(host.layout.run),
        folder=str(shape.folder),
    )


def _host(shape: Shape, found: Asterisk) -> hosts.PbxHost:
    # a block of its own for each checkout, so that two beside each other rarely contend
    first_rtp = 10_000 + 1_000 * (zlib.crc32(str(shape.folder).encode()) % 10)
    return hosts.PbxHost(
        name=PBX,
        layout=hosts.Layout.below(shape.folder / "asterisk"),
        program=hosts.Program(found.modules, found.odbc_driver, found.sounds, found.documentation),
        database_url=_database_url(shape),
        realm=os.environ.get("HELIN_SIP_REALM") or "helin",
        clips=Path(os.environ.get("HELIN_CLIP_DIR") or shape.folder / "clips"),
        ami_user=AMI_USER,
        ami_secret=shape.secrets["ami"],
        ami_port=shape.ports.ami,
        sip_address=shape.bind,
        sip_port=shape.ports.sip,
        http_port=shape.ports.asterisk_http,
        rtp_ports=(first_rtp, first_rtp + 998),
        carrier_address=CARRIER,
        carrier_port=shape.ports.carrier,
    )


def _database_url(shape: Shape) -> str:
    if shape.cluster:
        return shape.cluster.urls().asterisk
    if given := os.environ.get("DATABASE_ASTERISK_URL"):
        return given
    raise NoDatabaseForPbx(
        "DATABASE_URL names a database of your own; say in DATABASE_ASTERISK_URL how the role "
        "asterisk reads it, or start with --simulator."
    )


def _clear_remains(folder: Path) -> None:
    """Of a killed one; its pid file keeps nothing from starting, its socket only confuses."""
    try:
        pid = int((folder / "asterisk.pid").read_text())
        if processes.is_alive(pid) and b"asterisk" in Path(f"/proc/{pid}/cmdline").read_bytes():
            processes.end_all([pid], seconds=2)
    except (OSError, ValueError):
        pass
    for name in ("asterisk.pid", "asterisk.ctl"):
        (folder / name).unlink(missing_ok=True)
