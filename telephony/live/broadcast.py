"""From changes to what dashboards get: streams, versions, and as few messages as will do.

A stream's first change goes out at once, then one message per interval with the last word on
everything that changed meanwhile. Personal streams are not held back. Without this a web process
falls behind at a few hundred queue joins per second (benchmarks/event_to_browser.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from redis.exceptions import RedisError

from telephony.live.directory import Directory
from telephony.live.frames import delta_frame, pack, to_text
from telephony.live.naming import name_for, note_key
from telephony.live.private import is_private
from telephony.live.state import Change, Document, Put
from telephony.live.store import LiveStore, Stored, Write
from telephony.live.streams import (
    LEGS,
    TENANT,
    beat_group,
    channel_group,
    is_personal,
    is_redacted,
    redacted,
    streams_of,
    streams_of_tenant,
    user_of,
)

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.1
RETRY_SECONDS = 0.5
BEAT_REMEMBERS_SECONDS = 60.0
_FAILURES = (RedisError, OSError)


class Layer(Protocol):
    async def group_send(self, group: str, message: dict[str, Any]) -> None: ...


@dataclass(slots=True)
class Stream:
    """`version` is that of the store; `sure` is False while the store may hold anything else.

    `dirty`: keys with news, and whether they (still) belong to the stream.
    """

    name: str
    version: int | None = None
    sure: bool = False
    due_at: float = 0.0
    changed_at: float = 0.0
    keys: set[str] = field(default_factory=set)
    dirty: dict[str, bool] = field(default_factory=dict)


class TenantBroadcast:
    """One tenant's streams. Reads the document that its owner keeps; never changes it."""

    def __init__(
        self,
        directory: Directory,
        document: Document,
        *,
        store: LiveStore,
        layer: Layer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.directory = directory
        self.document = document
        self._store = store
        self._layer = layer
        self._clock = clock
        self._streams: dict[str, Stream] = {}
        self._pending: dict[str, Stream] = {}
        self._wake = asyncio.Event()
        self._make_streams()

    # --- what changed -------------------------------------------------------------------------
    def mark(self, changes: tuple[Change, ...]) -> None:
        """To be called before the changes are applied: an entity may leave streams."""
        for change in changes:
            key = change.key
            if key == "pbx":
                for stream in self._streams.values():
                    if stream.name != LEGS:
                        self._mark(stream.name, key, True)
                continue
            if key[0] == "_" and not key.startswith("_legs:"):
                continue
            before = self.document.get(key)
            if before is not None:
                for name in streams_of(key, before, self.directory):
                    self._mark(name, key, False)
            if isinstance(change, Put):
                for name in streams_of(key, change.entity, self.directory):
                    self._mark(name, key, True)
        if self._pending:
            self._wake.set()

    def _mark(self, name: str, key: str, belongs: bool) -> None:
        stream = self._streams.get(name)
        if stream is not None:
            stream.dirty[key] = belongs
            self._pending[name] = stream

    def replace(self, document: Document, directory: Directory) -> None:
        """Another document or directory altogether: every stream is compared with the store."""
        self.document = document
        self.directory = directory
        self._make_streams()
        for stream in self._streams.values():
            stream.sure = False
            stream.due_at = 0.0
        self._pending = dict(self._streams)
        self._wake.set()

    def _make_streams(self) -> None:
        wanted = set(streams_of_tenant(self.directory))
        for name in wanted:
            self._streams.setdefault(name, Stream(name))
        for name in self._streams.keys() - wanted:
            del self._streams[name]
        self._pending = dict(self._streams)

    def versions(self) -> dict[str, int]:
        """Of the streams that a heartbeat tells about: what is personal only while it is news."""
        since = self._clock() - BEAT_REMEMBERS_SECONDS
        return {
            stream.name: stream.version
            for stream in self._streams.values()
            if stream.version is not None
            and stream.name != LEGS
            and (stream.changed_at > since or not is_personal(stream.name))
        }

    # --- sending ------------------------------------------------------------------------------
    async def run(self) -> None:
        """Sends for ever; survives Valkey's absence."""
        while True:
            wait = self._seconds_to_next()
            if wait == 0:
                await self.flush()
                continue
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                # not wait_for, which in Python 3.11 may lose a cancellation
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    def _seconds_to_next(self) -> float | None:
        """Until a stream with news may send; None when nothing waits."""
        if not self._pending:
            return None
        return max(0.0, min(s.due_at for s in self._pending.values()) - self._clock())

    async def flush(self, *, everything: bool = False) -> None:
        """Sends what is due (or everything that changed)."""
        now = self._clock()
        due = [s for s in self._pending.values() if everything or s.due_at <= now]
        for stream in due:
            del self._pending[stream.name]
        try:
            unsure = [stream for stream in due if not stream.sure]
            if unsure:
                await self._compare(unsure, now)
            await self._send([stream for stream in due if stream.dirty and stream.sure], now)
        except _FAILURES as error:
            log.warning("Valkey cannot be reached, trying again: %s", error)
            for stream in due:
                self._doubt(stream, now + RETRY_SECONDS)

    def _doubt(self, stream: Stream, due_at: float) -> None:
        stream.sure = False
        stream.due_at = due_at
        if stream.name in self._streams:
            self._pending[stream.name] = stream

    async def _compare(self, streams: list[Stream], now: float) -> None:
        """Finds out what the store holds, and marks what differs from our document."""
        tenant_id = self.directory.tenant_id
        found = await self._store.read_many(tenant_id, [stream.name for stream in streams])
        wanted = self._keys_by_stream()
        texts: dict[tuple[bool, str], str] = {}
        lost: list[tuple[Stream, Write]] = []
        for stream, stored in zip(streams, found, strict=True):
            keys = wanted.get(stream.name, [])
            stream.dirty = dict.fromkeys(stored.entities.keys() - set(keys), False)
            for key in keys:
                if stored.entities.get(key) != self._text(stream, key, texts):
                    stream.dirty[key] = True
            stream.keys = set(stored.entities)
            known, stream.version, stream.sure = stream.version, stored.version, True
            if stored.version is None or (known is not None and known > stored.version):
                lost.append((stream, self._start_over(stream, stored, known, now)))
        written = await self._store.write(tenant_id, [write for _, write in lost])
        for (stream, write), done in zip(lost, written, strict=True):
            stream.version = write.after
            if not done:
                self._doubt(stream, now)

    @staticmethod
    def _start_over(stream: Stream, stored: Stored, known: int | None, now: float) -> Write:
        """The store was lost: a version far from any that a browser holds makes it ask again.

        Counting starts at the clock, so that not even the loss of Valkey and of this process
        together leads back to a version that was used before.
        """
        version = max(int(now * 1000), (known or 0) + 2, (stored.version or 0) + 2)
        return Write(stream.name, stored.version, version, {}, ())

    def _keys_by_stream(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key, entity in self.document.items():
            names = (
                [name for name in self._streams if name != LEGS]
                if key == "pbx"
                else streams_of(key, entity, self.directory)
            )
            for name in names:
                found.setdefault(name, []).append(key)
        return found

    async def _send(self, streams: list[Stream], now: float) -> None:
        tenant_id = self.directory.tenant_id
        texts: dict[tuple[bool, str], str] = {}
        taken = [(stream, self._take(stream, texts, now)) for stream in streams]
        taken = [(stream, write) for stream, write in taken if write.put or write.dropped]
        written = await self._store.write(tenant_id, [write for _, write in taken])
        for (stream, write), done in zip(taken, written, strict=True):
            if not done:
                self._doubt(stream, now)
                continue
            stream.version = write.after
            stream.changed_at = now
            stream.keys.update(write.put)
            stream.keys.difference_update(write.dropped)

    def _take(self, stream: Stream, texts: dict[tuple[bool, str], str], now: float) -> Write:
        """What the stream has to say. News that come while it is being sent are for next time."""
        put: dict[str, str] = {}
        dropped: list[str] = []
        for key, belongs in stream.dirty.items():
            if belongs and key in self.document:
                put[key] = self._text(stream, key, texts)
            elif key in stream.keys:
                dropped.append(key)
        stream.dirty = {}
        stream.due_at = self._clock() + (0 if is_personal(stream.name) else INTERVAL_SECONDS)
        before = stream.version
        after = (before or 0) + 1
        if stream.name == LEGS or not (put or dropped):
            return Write(stream.name, before, after, put, dropped)
        group = channel_group(self.directory.tenant_id, stream.name)
        frame = pack(delta_frame(stream.name, after, now, put, dropped))
        return Write(stream.name, before, after, put, dropped, group, frame)

    def _text(self, stream: Stream, key: str, texts: dict[tuple[bool, str], str]) -> str:
        if key.startswith("call:") and (user_id := user_of(stream.name)):
            note = self.document.get(note_key(key.removeprefix("call:")))
            if note is not None and user_id in note["people"]:
                return to_text(name_for(note, self.document[key], user_id))
        hides = key.startswith("call:") and (
            is_redacted(stream.name)
            or (is_private(key.removeprefix("call:")) and not is_personal(stream.name))
        )
        text = texts.get((hides, key))
        if text is None:
            entity = self.document[key]
            text = texts[hides, key] = to_text(redacted(key, entity) if hides else entity)
        return text

    async def beat(self, now: float) -> None:
        """Says that we are alive, and looks whether the store still holds what we wrote."""
        tenant = self._streams[TENANT]
        known = tenant.version
        if tenant.sure and known is not None:
            version = await self._store.version(self.directory.tenant_id, TENANT)
            if version is None or version < known:
                log.warning("Valkey has lost the live state; writing it again.")
                for stream in list(self._streams.values()):
                    self._doubt(stream, now)
                self._wake.set()
        await self._group_send(
            beat_group(self.directory.tenant_id),
            {"type": "live.beat", "at": now, "versions": self.versions()},
        )

    async def _group_send(self, group: str, message: Mapping[str, Any]) -> None:
        """Once more if it fails: after a restart of Valkey the first send finds a dead connection."""
        try:
            await self._layer.group_send(group, dict(message))
        except _FAILURES:
            await self._layer.group_send(group, dict(message))
