"""Clips as files on the PBX's disk: `<folder>/<tenant>/<clip id>-<first 8 of its SHA-256>.wav`.

A changed clip is a new file, so a caller who hears the old one hears it to the end. The SQL
function `asterisk.clip_file` names the same file.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SWEEP_AFTER_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, order=True)
class ClipFile:
    tenant: str
    clip_id: int
    sha256: str

    @property
    def name(self) -> str:
        """Below the clip folder, without the ending, as the dialplan plays it."""
        return f"{self.tenant}/{self.clip_id}-{self.sha256[:8]}"

    def path(self, folder: Path) -> Path:
        return folder / f"{self.name}.wav"


def missing_from(folder: Path, wanted: Iterable[ClipFile]) -> list[ClipFile]:
    return [clip for clip in wanted if not clip.path(folder).exists()]


def store(folder: Path, clip: ClipFile, audio: bytes) -> None:
    """Whole or not at all: Asterisk may be about to play it."""
    path = clip.path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(audio)
    part.replace(path)


def sweep(folder: Path, wanted: Iterable[ClipFile], *, now: float | None = None) -> list[Path]:
    """Removes files that are not wanted and lie there for an hour; says which.

    `wanted` is everything of this PBX. Only files of our own making are touched.
    """
    keep = {clip.path(folder) for clip in wanted}
    before = (time.time() if now is None else now) - SWEEP_AFTER_SECONDS
    gone = [
        path
        for path in folder.glob("*/*-????????.wav")
        if path not in keep and path.stat().st_mtime < before
    ]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone
