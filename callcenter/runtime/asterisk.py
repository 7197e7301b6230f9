"""An Asterisk 20 or newer: the machine's own, else Debian's, unpacked privately without root.

The unpacked one runs through its own dynamic loader, so that its newer libc touches nothing else:
no chroot, no LD_LIBRARY_PATH that its children would inherit.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from callcenter.runtime import debian
from callcenter.runtime.folders import cache_folder
from callcenter.runtime.progress import step

OLDEST_MAJOR = 20
PACKAGES = ("asterisk", "odbc-postgresql")
SUITES = ("testing", "sid")


class AsteriskUnavailable(Exception):
    """There is no Asterisk here and none could be fetched; the text says why."""


@dataclass(frozen=True, slots=True)
class Asterisk:
    """How to run an Asterisk, and where its parts lie.

    `command` starts the server (arguments are appended); `tree` is the root of an unpacked one,
    `/` for the machine's own.
    """

    command: tuple[str, ...]
    version: str
    tree: Path
    modules: Path
    odbc_driver: Path

    @property
    def documentation(self) -> Path | None:
        folder = self.tree / "usr/share/asterisk/documentation"
        return folder if folder.is_dir() else None

    @property
    def sounds(self) -> Path | None:
        """The folder of English prompts, if the prompts are there."""
        share = self.tree / "usr/share/asterisk/sounds"
        for folder in (
            share / "en_US_f_Allison",
            share / "en",
            self.tree / "var/lib/asterisk/sounds/en",
        ):
            if folder.is_dir():
                return folder
        return None


def find_or_fetch() -> Asterisk:
    """ASTERISK_BIN, an installed one, the cached one, else fetched. Raises AsteriskUnavailable."""
    if installed := _installed():
        return installed
    destination = cache_folder() / f"asterisk-{_libraries()}"
    if (destination / debian.MANIFEST).exists():
        return _unpacked(destination)
    if sys.platform != "linux" or shutil.which("apt-get") is None:
        raise AsteriskUnavailable(
            "Asterisk is not installed, and only a Debian-like machine can fetch it. "
            "Install Asterisk 20 or newer, or set ASTERISK_BIN."
        )
    reasons = []
    for suite in SUITES:
        try:
            with step("fetching Asterisk (80 MB, once)"):
                debian.fetch(
                    debian.Wanted(PACKAGES, suite),
                    destination,
                    finish=lambda root: _check(_unpacked(root)),
                    seconds=420,
                )
        except (debian.FetchFailed, OSError, AsteriskUnavailable) as reason:
            reasons.append(f"{suite}: {reason}")
        else:
            return _unpacked(destination)
    raise AsteriskUnavailable(f"Asterisk could not be fetched ({'; '.join(reasons)}).")


def find_installed() -> Asterisk:
    """ASTERISK_BIN or the machine's own, as production runs it. Raises AsteriskUnavailable."""
    if installed := _installed():
        return installed
    raise AsteriskUnavailable(
        "There is no Asterisk 20 or newer on this machine. Install one, or set ASTERISK_BIN."
    )


def _installed() -> Asterisk | None:
    given = os.environ.get("ASTERISK_BIN")
    program = given or shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin")
    if program is None:
        return None
    try:
        version = _version((program,))
        modules = _first(
            "/usr/lib/*/asterisk/modules",
            "/usr/lib/asterisk/modules",
            "/usr/lib64/asterisk/modules",
        )
        driver = _first(
            "/usr/lib/*/odbc/psqlodbcw.so", "/usr/lib/odbc/psqlodbcw.so", "/usr/lib64/psqlodbcw.so"
        )
        if _major(version) < OLDEST_MAJOR or modules is None:
            raise AsteriskUnavailable(f"{program} is Asterisk {version}; 20 or newer is needed.")
        if driver is None:
            raise AsteriskUnavailable(f"{program} lacks PostgreSQL's ODBC driver (psqlodbcw.so).")
    except AsteriskUnavailable:
        if given:
            raise
        return None
    return Asterisk((program,), version, Path("/"), modules, driver)


def _unpacked(tree: Path) -> Asterisk:
    libraries = tree / "usr/lib" / _libraries()
    loader = next(iter(sorted(libraries.glob("ld-linux*.so.*"))), libraries / "ld-linux.so")
    command = (
        str(loader), "--library-path", f"{libraries}:{libraries / 'odbc'}", "--argv0", "asterisk",
        str(tree / "usr/sbin/asterisk"),
    )  # fmt: skip
    version = (tree / "VERSION").read_text() if (tree / "VERSION").exists() else "unknown"
    driver = libraries / "odbc" / "psqlodbcw.so"
    return Asterisk(command, version, tree, libraries / "asterisk/modules", driver)


def _check(asterisk: Asterisk) -> None:
    version = _version(asterisk.command)
    if _major(version) < OLDEST_MAJOR:
        raise AsteriskUnavailable(f"the archive has Asterisk {version} only.")
    (asterisk.tree / "VERSION").write_text(version)


def _version(command: tuple[str, ...]) -> str:
    try:
        said = subprocess.run(
            [*command, "-V"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AsteriskUnavailable(f"{command[-1]} does not run: {error}.") from error
    found = re.search(r"Asterisk (?:certified/)?(\S+)", said.stdout)
    if said.returncode or found is None:
        raise AsteriskUnavailable(f"{command[-1]} -V says: {(said.stdout + said.stderr).strip()}")
    return found.group(1)


def _major(version: str) -> int:
    found = re.match(r"\d+", version)
    return int(found.group()) if found else 0


def _libraries() -> str:
    return f"{os.uname().machine}-linux-gnu"


def _first(*patterns: str) -> Path | None:
    for pattern in patterns:
        for path in sorted(Path("/").glob(pattern.removeprefix("/"))):
            return path
    return None


def main() -> int:
    """`python -m callcenter.runtime.asterisk`: have one, and say where."""
    try:
        asterisk = find_or_fetch()
    except AsteriskUnavailable as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"Asterisk {asterisk.version} in {asterisk.tree}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
