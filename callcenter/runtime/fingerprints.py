"""Skip a slow step whose inputs have not changed since it was last done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file that says for which fingerprint a step was last done."""

    file: Path
    fingerprint: str

    def is_set(self) -> bool:
        return self.file.is_file() and self.file.read_text() == self.fingerprint

    def set(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(self.fingerprint)
