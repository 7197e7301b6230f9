"""Skip a slow step whose inputs have not changed since it was last done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from callcenter.runtime.folders import ROOT

APPS = ("callcenter", "phonebook", "telephony", "reports")


def of_files(files: Iterable[Path]) -> str:
    """Changes with any file's name or content."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def of_migrations() -> str:
    """Of everything that shapes the database, the installed packages' migrations included."""
    own = [
        file
        for app in APPS
        for pattern in ("**/migrations/*.py", "**/*.sql")
        for file in (ROOT / app).glob(pattern)
    ]
    return of_files([*own, ROOT / "requirements.lock"])


def of_static_files() -> str:
    files = [file for file in (ROOT / "static").rglob("*") if file.is_file()]
    return of_files([*files, ROOT / "requirements.lock"])


def is_done(stamp: Path, fingerprint: str) -> bool:
    return stamp.is_file() and stamp.read_text() == fingerprint


def mark_done(stamp: Path, fingerprint: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(fingerprint)
