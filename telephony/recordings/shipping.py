"""The watch over one PBX's recordings: a thread of the process that ships its ledger.

It needs nothing on the PBX's host but that process: a file is finished when the ledger says that
its channel is gone, and the ledger comes from the same disk.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from telephony.calls.models import CallLeg
from telephony.ledger.beside import take_turns
from telephony.recordings.files import read_name
from telephony.recordings.services import arrival
from telephony.recordings.storage.port import StorageFailed
from telephony.recordings.storage.sealed import SealedStore

POLL_SECONDS = 1.0
SETTLED = timedelta(seconds=1)  # the PBX closes the file 0.3 s after the end of the channel
# of a channel that the ledger does not know: no call lasts longer without a sound
FORGOTTEN = timedelta(hours=6)
LOOK_FOR_MISSING_SECONDS = 60.0
FILES_AT_ONCE = 5000


class RecordingShipper(threading.Thread):
    def __init__(self, pbx: str, folder: Path, store: SealedStore, stop: threading.Event) -> None:
        super().__init__(name="recordings", daemon=True)
        self._pbx = pbx
        self._folder = folder
        self._store = store
        self._stop_asked = stop
        self._looked_at = -LOOK_FOR_MISSING_SECONDS

    def run(self) -> None:
        """Until `stop` is set. PostgreSQL and the storage may be away: the files wait."""
        take_turns(
            self.turn,
            what="Recordings",
            every=POLL_SECONDS,
            stop=self._stop_asked,
            reason="a PBX records for all its tenants",
            away=(StorageFailed,),
        )

    def turn(self, at: datetime) -> int:
        """One look; returns how many files were fetched. In a system scope."""
        while arrival.notice_begun(pbx=self._pbx) == arrival.LINES_AT_ONCE:
            pass
        fetched = 0
        for name in self._finished(at):
            fetched += arrival.receive_file(
                pbx=self._pbx, folder=self._folder, name=name, store=self._store, at=at
            )
            if self._stop_asked.is_set():
                break
        tick = time.monotonic()
        if tick - self._looked_at >= LOOK_FOR_MISSING_SECONDS:
            self._looked_at = tick
            arrival.find_missing(pbx=self._pbx, at=at)
        return fetched

    def _finished(self, at: datetime) -> Sequence[str]:
        names: dict[str, tuple[str, float]] = {}
        for path in self._folder.glob("*/*.raw"):
            name = f"{path.parent.name}/{path.name}"
            file = read_name(name)
            if file is not None:
                names[name] = (file.uniqueid, path.stat().st_mtime)
            if len(names) >= FILES_AT_ONCE:
                break
        if not names:
            return []
        uniqueids = {uniqueid for uniqueid, _ in names.values()}
        gone = CallLeg.objects.filter(uniqueid__in=uniqueids, ended_at__lt=at - SETTLED)
        ended = set(gone.values_list("uniqueid", flat=True))
        now = at.timestamp()
        return [
            name
            for name, (uniqueid, modified) in names.items()
            if now - modified > FORGOTTEN.total_seconds()
            or (uniqueid in ended and now - modified > SETTLED.total_seconds())
        ]
