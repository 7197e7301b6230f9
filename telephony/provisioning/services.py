"""Brings the PBX host's disk in line with the tables."""

from __future__ import annotations

from pathlib import Path

from telephony.provisioning import clips
from telephony.provisioning.selectors import audio_of, clips_of

_OF_CLIPS = {"callcenter_clip", "callcenter_tenant"}


def concerns_clips(table: str) -> bool:
    """Whether a change of this table may change the files."""
    return table in _OF_CLIPS


def sync_clips(*, pbx: str, folder: Path) -> int:
    """Writes the clips that are not on this disk yet, sweeps old ones; says how many were written.

    Raises OSError when the disk is full or not ours.
    """
    wanted = clips_of(pbx)
    written = 0
    for clip in clips.missing_from(folder, wanted):
        audio = audio_of(clip)
        if audio is not None:
            clips.store(folder, clip, audio)
            written += 1
    clips.sweep(folder, wanted)
    return written
