"""The files an Asterisk writes itself: queue_log, and channel events (CEL) as JSON lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

from telephony.pbx.simulator.channels import Channel


class Ledger(Protocol):
    def queue_log(
        self, at: float, call: str, queue: str, member: str, event: str, *data: object
    ) -> None: ...

    def channel_event(
        self, at: float, event: str, channel: Channel, *, peer: str = "", **extra: object
    ) -> None: ...


class NoLedger:
    """Writes nothing."""

    def queue_log(
        self, at: float, call: str, queue: str, member: str, event: str, *data: object
    ) -> None:
        pass

    def channel_event(
        self, at: float, event: str, channel: Channel, *, peer: str = "", **extra: object
    ) -> None:
        pass


class LedgerFiles:
    """Appends to `queue_log` and `cel-custom/cel.jsonl` below a folder; one write per line, so
    that a reader never sees two halves of different lines."""

    def __init__(self, folder: Path, at: float) -> None:
        (folder / "cel-custom").mkdir(parents=True, exist_ok=True)
        self._queue_log = folder / "queue_log"
        self._cel = folder / "cel-custom" / "cel.jsonl"
        self.queue_log(at, "NONE", "NONE", "NONE", "QUEUESTART")

    def queue_log(
        self, at: float, call: str, queue: str, member: str, event: str, *data: object
    ) -> None:
        fields = [str(int(at)), call, queue, member, event, *(str(one) for one in data)]
        if not data:
            fields.append("")
        plain = (field.replace("|", " ").replace("\n", " ").replace("\r", " ") for field in fields)
        _append(self._queue_log, "|".join(plain))

    def channel_event(
        self, at: float, event: str, channel: Channel, *, peer: str = "", **extra: object
    ) -> None:
        started = event == "CHAN_START"
        values = {
            "eventtype": event,
            "userdeftype": "",
            "eventtime": f"{at:.6f}",
            "name": channel.caller_name,
            "num": channel.number,
            "ani": "" if started else channel.number,
            "rdnis": "",
            "dnid": "" if started else channel.dialled,
            "exten": channel.exten,
            "context": channel.context,
            "channame": channel.name,
            "appname": channel.app,
            "appdata": channel.app_data,
            "accountcode": channel.account,
            "uniqueid": channel.uniqueid,
            "linkedid": channel.linkedid,
            "peer": peer,
            "userfield": "",
            "eventextra": json.dumps(extra, separators=(",", ":")) if extra else "",
            "tenantid": "",
        }
        _append(self._cel, json.dumps(values, separators=(",", ":"), ensure_ascii=False))


def _append(path: Path, line: str) -> None:
    # Opened for each line: whoever rotates the file moves it away, as with a reload of Asterisk.
    with path.open("ab", buffering=0) as file:
        file.write(line.encode("utf-8", "replace") + b"\n")
