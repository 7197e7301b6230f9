"""How many bytes one dashboard gets while a storm of callers joins a queue.

    python benchmarks/storm_bytes.py [--seconds 10] [--joins 2000]

The product's own pipeline and broadcaster with a clock that the benchmark turns; nothing is sent
over a network. Each caller joins and leaves a second later. The baseline is one JSON message per
change, as a server without coalescing sends it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.fake_pbx import Call
from benchmarks.stage import table
from telephony.ami.wire import Framer
from telephony.listener.pipeline import Pipeline
from telephony.live.directory import AgentEntry, Directory, QueueEntry, make_directory
from telephony.live.frames import delta_frame, to_text, unpack
from telephony.live.state import Change, Put, is_public
from telephony.live.store import Stored, Write
from telephony.live.streams import TENANT
from telephony.pbx.asterisk_events import translate
from telephony.pbx.events import PbxEvent

STEP_SECONDS = 0.02


class NoStore:
    """Takes every write: what Valkey costs is not what is measured."""

    def __init__(self) -> None:
        self.frames: list[str | bytes] = []

    async def write(self, _tenant_id: int, writes: list[Write]) -> list[bool]:
        self.frames += [write.frame for write in writes if write.stream == TENANT and write.group]
        return [True for _ in writes]

    async def read_many(self, _tenant_id: int, streams: list[str]) -> list[Stored]:
        return [Stored(1, {}) for _ in streams]


class NoLayer:
    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        raise AssertionError(f"{group} is told {message}: frames go with what is written")


def directory() -> Directory:
    agents = [
        AgentEntry(n, f"Agent {n}", n, f"bench-a{n}", f"PJSIP/bench-{1000 + n}",
                   (f"PJSIP/bench-{1000 + n}",), str(1000 + n), (1,))
        for n in range(100)
    ]  # fmt: skip
    return make_directory(
        tenant_id=1, slug="bench", queues=[QueueEntry("bench-sales", 1, 1, "Sales")],
        agents=agents, numbers={"+3726000000": 1},
    )  # fmt: skip


def facts_of(data: bytes) -> list[PbxEvent]:
    found = (translate(message) for message in Framer(expect_banner=False).feed(data))
    return [event for event in found if event is not None]


async def measure(joins: int, seconds: int) -> tuple[list[str | bytes], list[str]]:
    """The frames of the tenant's stream, and one message per change for the baseline."""
    now = [1000.0]
    store = NoStore()
    pipeline = Pipeline(store=store, layer=NoLayer(), clock=lambda: now[0])  # type: ignore[arg-type]
    pipeline.know([directory()], {})
    pipeline.resync([])
    broadcast = pipeline.tenants["bench"].broadcast
    await broadcast.flush(everything=True)
    store.frames.clear()
    singles: list[str] = []
    mark = broadcast.mark

    def mark_and_keep(changes: tuple[Change, ...]) -> None:
        for change in changes:
            if is_public(change.key):
                put = {change.key: to_text(change.entity)} if isinstance(change, Put) else {}
                dropped = () if put else (change.key,)
                singles.append(delta_frame("tenant", len(singles), now[0], put, dropped))
        mark(changes)

    broadcast.mark = mark_and_keep  # type: ignore[method-assign]
    calls = [Call(n, "bench", "bench-sales", ("", "")) for n in range(joins * seconds)]
    per_step = int(joins * STEP_SECONDS)
    for begin in range(0, len(calls) + joins, per_step):
        data = b"".join(call.arrive() + call.join() for call in calls[begin : begin + per_step])
        if begin >= joins:
            gone = calls[begin - joins : begin - joins + per_step]
            data += b"".join(call.leave() for call in gone)
        pipeline.take(facts_of(data))
        now[0] += STEP_SECONDS
        await broadcast.flush()
    return store.frames, singles


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--joins", type=int, default=2000)
    arguments = parser.parse_args()
    frames, singles = asyncio.run(measure(arguments.joins, arguments.seconds))
    texts = [unpack(frame).encode() for frame in frames]
    seconds = arguments.seconds + 1
    callers = arguments.joins * arguments.seconds
    rows = []
    for name, sizes in (
        ("baseline: a message per change", [len(text.encode()) for text in singles]),
        ("coalesced", [len(text) for text in texts]),
        ("coalesced, deflated once (as sent)", [len(frame) for frame in frames]),
    ):
        total = sum(sizes)
        rows.append(
            (name, f"{len(sizes) / seconds:.0f}", f"{total / seconds / 1000:.1f}",
             f"{total / callers:.1f}", f"{sum(len(t.encode()) for t in singles) / total:.1f}")
        )  # fmt: skip
    header = ("what a dashboard gets", "messages/s", "kB/s", "bytes/caller", "times less")
    print(table(f"A storm of {arguments.joins:,} joins/s, {arguments.seconds} s", header, rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
