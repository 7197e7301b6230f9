"""The PBX of a one-machine Helin: a private Asterisk, or the built-in simulator."""

from __future__ import annotations

import sys
from pathlib import Path

from callcenter.runtime import probes
from callcenter.runtime.asterisk import Asterisk
from callcenter.runtime.fleet import PBX, Shape
from callcenter.runtime.folders import ROOT
from callcenter.runtime.programs import Program

GREETING = b"Asterisk Call Manager"


def simulator(shape: Shape) -> Program:
    """It reads its own address from HELIN_PBXES and speaks AMI there."""
    return Program(
        "pbx",
        (sys.executable, str(ROOT / "manage.py"), "run_simulator", "--pbx", PBX),
        probes.listens(shape.ports.ami, greeting=GREETING),
        folder=str(ROOT),
    )


def asterisk(shape: Shape, found: Asterisk) -> Program:
    """A private Asterisk with everything it writes under the data folder."""
    directory = shape.folder / "asterisk"
    configuration = directory / "etc" / "asterisk.conf"
    return Program(
        "pbx",
        (*found.command, "-C", str(configuration), "-f", "-n"),
        probes.listens(shape.ports.ami, greeting=GREETING),
        environment={
            "ODBCSYSINI": str(directory / "etc"),
            "ODBCINI": str(directory / "etc" / "odbc.ini"),
            "TZ": "UTC",
        },
        before=lambda: _clear_remains(directory),
    )


def _clear_remains(directory: Path) -> None:
    for name in ("asterisk.pid", "asterisk.ctl"):
        (directory / "run" / name).unlink(missing_ok=True)
