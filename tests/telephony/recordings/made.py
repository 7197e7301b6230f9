"""Recordings for tests: sounds of known tones, calls that the ledger knows, rows and objects."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from telephony.calls.models import Call, CallLeg
from telephony.recordings import sound
from telephony.recordings.models import Recording, RecordingState
from telephony.recordings.samples import RATE
from telephony.recordings.storage.port import key_of
from telephony.recordings.storage.sealed import SealedStore

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LEFT, RIGHT = 440, 1000
_number = count(1)


def samples(seconds: float, left: int = LEFT, right: int = RIGHT) -> bytes:
    """As the PBX writes: both sides in turn."""
    time = np.arange(round(seconds * RATE)) / RATE
    sides = [np.sin(2 * np.pi * hertz * time) * 12000 for hertz in (left, right)]
    return np.stack(sides, axis=1).astype("<i2").tobytes()


def pbx_file(
    folder: Path, uniqueid: str, content: bytes, *, slug: str = "acme", group: int
) -> Path:
    path = folder / slug / f"{uniqueid}_1_in_{group}.raw"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def ended_call(
    uniqueid: str, *, talked: float = 2.0, at: datetime = NOW, agents: tuple[int, ...] = ()
) -> Call:
    """In the tenant's scope."""
    began = at - timedelta(seconds=talked + 30)
    call = Call.objects.create(
        pbx="pbx1", linkedid=uniqueid, direction="in", caller_number="+4915112345",
        dialled="+3726000001", party_digits="4915112345", agent_ids=list(agents),
        started_at=began, answered_at=began + timedelta(seconds=5) if talked else None,
        ended_at=at - timedelta(seconds=20), talk_seconds=talked,
        outcome="answered" if talked else "abandoned",
    )  # fmt: skip
    CallLeg.objects.create(
        call=call, position=1, uniqueid=uniqueid, channel="PJSIP/carrier-1", is_caller=True,
        started_at=began, ended_at=call.ended_at,
    )  # fmt: skip
    return call


def recording(
    store: SealedStore | None = None, *, seconds: float = 3.0, at: datetime = NOW, **values: Any
) -> Recording:
    """Ready to be heard if a store is given. In the tenant's scope."""
    number = next(_number)
    uniqueid = values.pop("uniqueid", f"pbx1-{1_795_000_000 + number}.{number}")
    row = Recording(
        pbx="pbx1", name=f"x/{uniqueid}_1_in_1.raw", uniqueid=uniqueid, direction="in",
        state=RecordingState.READY, started_at=at, seconds=seconds, talk_seconds=seconds,
        party_number="+4915112345", party_digits="4915112345", own_number="+3726000001",
        arrived_at=at,
    )  # fmt: skip
    for name, value in values.items():
        setattr(row, name, value)
    if store is not None:
        raw = samples(seconds)
        made = sound.encode([raw], len(raw))
        row.peaks, row.media_bytes = made.peaks, len(made.opus)
        row.media_sha256 = hashlib.sha256(made.opus).hexdigest()
    row.save()
    if store is not None:
        store.write(key_of(row.tenant_id, row.secret, "opus"), [made.opus])
    return row
