"""What a checkout's running Helin leaves in its data folder: the lock, ports, secrets, environment.

Standard library only: `manage.py` reads the environment before anything else is set up.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from callcenter.runtime import processes
from callcenter.runtime.folders import data_folder

SECRETS = ("secret_key", "ami")


class AlreadyRuns(Exception):
    """Another ./run holds this data folder; the text says where it is to be found."""


class Instance:
    """The data folder, held for this process alone until it ends."""

    def __init__(self, folder: Path) -> None:
        """Raises AlreadyRuns."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for private in ("run", "log"):
            (folder / private).mkdir(exist_ok=True, mode=0o700)
        self._lock = _hold(folder)

    @property
    def token(self) -> str:
        """Marks every process of this folder's Helin, over all its runs."""
        return self.token_of(self.folder)

    @staticmethod
    def token_of(folder: Path) -> str:
        return hashlib.sha256(str(folder).encode()).hexdigest()[:16]

    def end_orphans(self) -> int:
        """End what a killed predecessor left running; we hold the lock, so nobody owns it."""
        orphans = processes.carriers_of(self.token)
        processes.end_all(orphans)
        return len(orphans)

    def recall(self) -> dict[str, Any]:
        """What the last run noted (ports, address)."""
        try:
            return dict(json.loads((self.folder / "runtime.json").read_text()))
        except (OSError, ValueError):
            return {}

    def note(self, **facts: Any) -> None:
        """For the next run, and for scripts that look for this one."""
        _write_private(
            self.folder / "runtime.json", json.dumps({**self.recall(), **facts}, indent=1)
        )

    def secrets(self) -> dict[str, str]:
        """Made at the first start, and kept."""
        file = self.folder / "secrets.json"
        try:
            kept = dict(json.loads(file.read_text()))
        except (OSError, ValueError):
            kept = {}
        if missing := [name for name in SECRETS if name not in kept]:
            kept |= {name: secrets.token_urlsafe(48) for name in missing}
            _write_private(file, json.dumps(kept, indent=1))
        return kept

    def write_environment(self, environment: Mapping[str, str]) -> None:
        """So that `manage.py` works on the running Helin from any shell."""
        _write_private(self.folder / "environment.json", json.dumps(dict(environment), indent=1))

    def forget_environment(self) -> None:
        (self.folder / "environment.json").unlink(missing_ok=True)


def adopt_environment() -> None:
    """Give this process the environment of the checkout's own Helin, unless it has one already."""
    if "DATABASE_URL" in os.environ or "DATABASE_URL_FILE" in os.environ:
        return
    if os.environ.get("HELIN_ENV") == "production":
        return
    try:
        kept = json.loads((data_folder() / "environment.json").read_text())
    except (OSError, ValueError):
        return
    for name, value in kept.items():
        os.environ.setdefault(name, value)


def _hold(folder: Path) -> TextIO:
    lock = (folder / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        try:
            known = json.loads((folder / "runtime.json").read_text())
        except (OSError, ValueError):
            known = {}
        where = known.get("url") or "its address will be printed there"
        raise AlreadyRuns(
            f"Helin already runs from this checkout: {where} (process {known.get('pid', 'unknown')}). "
            "Stop it with Ctrl-C in its terminal first."
        ) from None
    return lock


def _write_private(file: Path, text: str) -> None:
    """Whole or not at all, and readable by us only."""
    part = file.with_name(f".{file.name}.part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as target:
        target.write(text)
    part.replace(file)
