"""A thread of the ledger's process, which stands on the PBX's host: it follows the takes that are
going on, and brings what was kept from the PBX's disk into the clip."""

from __future__ import annotations

import json
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from callcenter.groups.audio import MOST_BYTES
from telephony.clips.models import ClipTake, TakeState
from telephony.clips.progress import EVENTS, state_after
from telephony.clips.services import follow_take, keep_take
from telephony.commands.models import CommandStatus, PbxCommand
from telephony.ledger.beside import take_turns
from telephony.ledger.models import CelLine

POLL_SECONDS = 0.5
SWEEP_SECONDS = 300.0
# ringing, two minutes and the playing back, many times over; then the ledger has lost the end
LONGEST = timedelta(minutes=30)
FILE_MISSING = timedelta(seconds=30)
UNHEARD_OF = timedelta(seconds=25)  # the ledger tells of a channel within seconds
KEPT_FOR = timedelta(days=7)
_NOT_SENT = (CommandStatus.REFUSED, CommandStatus.UNREACHABLE, CommandStatus.EXPIRED)


class ClipCourier(threading.Thread):
    def __init__(self, pbx: str, folder: Path, stop: threading.Event) -> None:
        super().__init__(name="clips", daemon=True)
        self._pbx = pbx
        self._folder = folder
        self._stop_asked = stop
        self._swept_at = -SWEEP_SECONDS

    def run(self) -> None:
        """Until `stop` is set. Whatever is away: the file waits on the PBX's disk."""
        take_turns(
            self.turn,
            what="Clips",
            every=POLL_SECONDS,
            stop=self._stop_asked,
            reason="a PBX records for all its tenants",
        )

    def turn(self, at: datetime) -> None:
        """One look, in a system scope."""
        takes = ClipTake.objects.filter(pbx=self._pbx, ended_at=None)
        for take in takes.select_related("command", "tenant"):
            self._look_at(take, at)
        if time.monotonic() - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            self._sweep(at)

    def _look_at(self, take: ClipTake, at: datetime) -> None:
        lines = CelLine.objects.filter(
            tenant_id=take.tenant.pk, linkedid=take.call_id, event__in=EVENTS
        )
        told = list(lines.order_by("pk").values_list("event", "extra", "at"))
        state = state_after((event, _said(extra)) for event, extra, _ in told)
        file = self.file_of(take)
        if state is TakeState.KEPT:
            # the PBX has closed the file before it asked what to do with it
            if file.is_file():
                with file.open("rb") as source:
                    data = source.read(MOST_BYTES + 1)
                keep_take(take=take, data=data, at=at)
                file.unlink(missing_ok=True)
                return
            if at - told[-1][2] > FILE_MISSING:
                state = TakeState.LOST
        elif not told and _never_rang(take.command, at):
            state = TakeState.NOT_CALLED
        elif at - take.requested_at > LONGEST:
            state = TakeState.LOST
        if state != take.state:
            follow_take(take=take, state=state, at=at)
        if not ClipTake(state=state).is_going_on:
            file.unlink(missing_ok=True)

    def file_of(self, take: ClipTake) -> Path:
        return self._folder / take.tenant.slug / "clips" / f"{take.id.hex}.wav"

    def _sweep(self, at: datetime) -> None:
        """Old takes, and files that no take waits for: we were stopped before they were removed."""
        ClipTake.objects.filter(pbx=self._pbx, ended_at__lt=at - KEPT_FOR).delete()
        oldest = (at - LONGEST).timestamp()
        wanted = {
            self.file_of(take)
            for take in ClipTake.objects.filter(pbx=self._pbx, ended_at=None).select_related(
                "tenant"
            )
        }
        for path in self._folder.glob("*/clips/*.wav"):
            if path not in wanted and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)


def _never_rang(command: PbxCommand, at: datetime) -> bool:
    """Refused; or taken, but for a phone that is not connected there is no channel to tell of."""
    if command.status in _NOT_SENT:
        return True
    return command.finished_at is not None and at - command.finished_at > UNHEARD_OF


def _said(extra: str) -> str:
    try:
        found = json.loads(extra)
    except ValueError:
        return ""
    return str(found.get("extra", "")) if isinstance(found, dict) else ""
