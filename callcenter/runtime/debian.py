"""Programs from Debian's archive, unpacked into a private folder: no root, nothing installed.

apt-get resolves, downloads and verifies with directories of its own; dpkg-deb unpacks. The mirror
is the one that the machine's own apt uses (or $DEBIAN_MIRROR). Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NEEDED = ("apt-get", "dpkg-deb", "tar")
STATUS = Path("/var/lib/dpkg/status")
MANIFEST = "PACKAGES.sha256"
UNWANTED = (
    "./usr/share/doc", "./usr/share/man", "./usr/share/locale", "./usr/share/info",
    "./usr/share/perl*", "./usr/lib/*/perl*", "./usr/lib/*/gconv", "./usr/share/snmp",
    "./usr/share/lintian", "./usr/share/bug",
)  # fmt: skip


class FetchFailed(Exception):
    """The packages could not be had; the text says at which step and why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch.

    `suite` None means the machine's own release and everything it lacks (the result needs the
    machine's libc); a named suite means all dependencies down to libc, from that suite.
    """

    packages: Sequence[str]
    suite: str | None = None


def fetch(
    wanted: Wanted, destination: Path, *, finish: Callable[[Path], None], seconds: float = 600
) -> None:
    """Unpack `wanted` into `destination`, all or nothing.

    `finish` gets the unpacked folder before it is put in place, and raises if it is no good.
    Raises FetchFailed; never takes longer than `seconds`.
    """
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        raise FetchFailed(f"This machine has no {' and no '.join(missing)}.")
    deadline = time.monotonic() + seconds
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=destination.parent) as name:
        work = Path(name)
        archives = _download(wanted, work, deadline)
        root = work / "root"
        root.mkdir()
        for archive in archives:
            _unpack(archive, root, deadline)
        (root / MANIFEST).write_text(
            "".join(f"{_digest(file)}  {file.name}\n" for file in archives)
        )
        finish(root)
        if destination.exists():
            shutil.rmtree(destination)
        root.rename(destination)


def _download(wanted: Wanted, work: Path, deadline: float) -> list[Path]:
    for folder in ("lists/partial", "archives/partial"):
        (work / folder).mkdir(parents=True)
    apt = ["apt-get", "-qq", *_options(wanted, work)]
    problem = None
    try:
        _run([*apt, "update"], "reading the package lists", deadline)
    except FetchFailed as reason:
        # of the machine's several archives one may be unreachable; the others may do
        problem = reason
    install = [*apt, "-y", "--download-only", "--no-remove", "install", *wanted.packages]
    try:
        _run(install, "downloading the packages", deadline)
    except FetchFailed as reason:
        raise FetchFailed("; ".join(str(each) for each in (problem, reason) if each)) from reason
    archives = sorted((work / "archives").glob("*.deb"))
    if not archives:
        raise FetchFailed(f"{', '.join(wanted.packages)}: nothing was downloaded.")
    return archives


def _options(wanted: Wanted, work: Path) -> list[str]:
    """apt with its own state, so that it needs no rights and changes nothing of the machine's."""
    values = {
        "Dir::State": work,
        "Dir::State::lists": work / "lists",
        "Dir::Cache": work,
        "Dir::Cache::archives": work / "archives",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",  # do not change to a user who cannot read this folder
        "Debug::NoLocking": "true",
        "Acquire::Languages": "none",
        "Acquire::Check-Valid-Until": "false",  # a mirror that lags is still signed
        "Acquire::Retries": "3",
        "Acquire::http::Timeout": "30",
        "Acquire::https::Timeout": "30",
    }
    if wanted.suite:
        sources = work / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {mirror()} {wanted.suite} main\n")
        (work / "status").touch()
        values |= {
            "Dir::State::status": work / "status",
            "Dir::Etc::sourcelist": sources,
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
        }
    else:
        values["Dir::State::status"] = STATUS
    return [part for name, value in values.items() for part in ("-o", f"{name}={value}")]


def mirror(etc: Path = Path("/etc/apt")) -> str:
    """The archive that this machine's apt uses. Raises FetchFailed if it uses none."""
    if given := os.environ.get("DEBIAN_MIRROR"):
        return given
    for file in _source_files(etc):
        for line in file.read_text(errors="replace").splitlines():
            if (line.startswith(("deb ", "URIs:"))) and (
                found := re.search(r"(?:https?|file|copy|mirror\+file):\S+", line)
            ):
                return found.group()
    raise FetchFailed("This machine's apt names no archive (set DEBIAN_MIRROR).")


def _source_files(etc: Path) -> Iterable[Path]:
    """Debian's own list first: a vendor's extra archive must not be taken for it."""
    parts = etc / "sources.list.d"
    own = [etc / "sources.list", parts / "debian.sources"]
    others = [*sorted(parts.glob("*.sources")), *sorted(parts.glob("*.list"))]
    return [file for file in (*own, *others) if file.is_file()]


def _unpack(archive: Path, root: Path, deadline: float) -> None:
    """Files are ours and keep their relative places; what only people read is left out."""
    content = archive.with_suffix(".tar")
    with content.open("wb") as target:
        _run(
            ["dpkg-deb", "--fsys-tarfile", str(archive)],
            f"opening {archive.name}",
            deadline,
            target,
        )
    excludes = [f"--exclude={pattern}" for pattern in UNWANTED]
    extract = ["tar", "-x", "-f", str(content), "-C", str(root), "--no-same-owner", *excludes]
    _run(extract, f"unpacking {archive.name}", deadline)
    content.unlink()


def _run(command: list[str], doing: str, deadline: float, output: object = None) -> None:
    remaining = deadline - time.monotonic()
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,  # type: ignore[call-overload]
            stderr=subprocess.PIPE,
            timeout=max(remaining, 0.1),
            check=False,
            env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        )
    except subprocess.TimeoutExpired as error:
        raise FetchFailed(f"{doing} took too long.") from error
    if result.returncode:
        words = result.stderr.decode(errors="replace").strip().splitlines()
        raise FetchFailed(f"{doing} failed: {'; '.join(words[-3:]) or result.returncode}")


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
