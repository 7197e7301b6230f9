"""The live documents in Valkey, so that any web node reads a snapshot: one hash per stream.

Every write names the version that it follows, so a write after a restart of Valkey, or beside
another listener's, is refused instead of leaving half a document. What tells the screens goes out
with what is written, in the same step: one round trip, and neither without the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from channels.layers import get_channel_layer
from redis.asyncio import Redis

VERSION = "version"
_WRITE = """
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
local put, dropped = tonumber(ARGV[3]), tonumber(ARGV[4])
local at = 7
while put > 0 do
  local n = math.min(put, 1000)
  redis.call('HSET', KEYS[1], unpack(ARGV, at, at + 2 * n - 1))
  at = at + 2 * n
  put = put - n
end
while dropped > 0 do
  local n = math.min(dropped, 1000)
  redis.call('HDEL', KEYS[1], unpack(ARGV, at, at + n - 1))
  at = at + n
  dropped = dropped - n
end
redis.call('HSET', KEYS[1], 'version', ARGV[2])
if ARGV[5] ~= '' then redis.call('PUBLISH', ARGV[5], ARGV[6]) end
return 1
"""


_KEEP = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True)
class Write:
    """From version `before` (None: the stream is not there) to `after`.

    `frame` goes to the channel layer's `group` when it is written; to nobody without a group.
    """

    stream: str
    before: int | None
    after: int
    put: Mapping[str, str]
    dropped: Sequence[str]
    group: str = ""
    frame: str | bytes = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """A stream as it stands: entities as JSON text; version None when it is not there."""

    version: int | None
    entities: dict[str, str]


def stream_key(tenant_id: int, stream: str) -> str:
    return f"live:{tenant_id}:{stream}"


def beat_key(pbx: str) -> str:
    return f"live:beat:{pbx}"


def health_key(pbx: str) -> str:
    return f"live:listener:{pbx}"


def owner_key(pbx: str) -> str:
    return f"live:owner:{pbx}"


def _envelope(write: Write) -> tuple[str, bytes]:
    """What the channel layer's `group_send` would publish, and where."""
    if not write.group:
        return "", b""
    layer = get_channel_layer()
    message = {"type": "live.frame", "frame": write.frame}
    return layer._get_group_channel_name(write.group), layer.serialize(message)


def to_stored(found: Mapping[str, str]) -> Stored:
    entities = dict(found)
    version = entities.pop(VERSION, None)
    return Stored(int(version) if version else None, entities)


class LiveStore:
    """Writes and reads streams. Every method may raise redis.RedisError or OSError."""

    def __init__(self, client: Redis) -> None:
        """`client` must decode responses."""
        self.client = client

    async def take(self, pbx: str, token: str) -> None:
        """The PBX is this listener's, whoever had it: for the one that holds the lock."""
        await self.client.set(owner_key(pbx), token)

    async def keep(self, pbx: str, token: str) -> bool:
        """False when another took the PBX: it stays the other's. In one step, as both may write."""
        return bool(await self.client.eval(_KEEP, 1, owner_key(pbx), token))  # type: ignore[misc]

    async def write(self, tenant_id: int, writes: Iterable[Write]) -> list[bool]:
        """All in one round trip. False where the stored version was another: nothing was written."""
        async with self.client.pipeline(transaction=False) as pipeline:
            for one in writes:
                channel, message = _envelope(one)
                arguments: list[str | int | bytes] = [
                    "" if one.before is None else one.before,
                    one.after,
                    len(one.put),
                    len(one.dropped),
                    channel,
                    message,
                ]
                for key, text in one.put.items():
                    arguments += (key, text)
                arguments += one.dropped
                # its text each time: a registered script is asked for first, a round trip more
                pipeline.eval(_WRITE, 1, stream_key(tenant_id, one.stream), *arguments)
            return [bool(result) for result in await pipeline.execute()]

    async def read_many(self, tenant_id: int, streams: Sequence[str]) -> list[Stored]:
        async with self.client.pipeline(transaction=False) as pipeline:
            for stream in streams:
                pipeline.hgetall(stream_key(tenant_id, stream))
            return [to_stored(found) for found in await pipeline.execute()]

    async def version(self, tenant_id: int, stream: str) -> int | None:
        (found,) = await self.client.hmget(stream_key(tenant_id, stream), [VERSION])  # type: ignore[misc]
        return int(found) if found else None

    async def read_with_beat(
        self, tenant_id: int, streams: Sequence[str], pbx: str
    ) -> tuple[list[Stored], float]:
        """Snapshots, and when the listener was last heard (epoch seconds; 0: never)."""
        async with self.client.pipeline(transaction=False) as pipeline:
            for stream in streams:
                pipeline.hgetall(stream_key(tenant_id, stream))
            pipeline.get(beat_key(pbx))
            *found, beat = await pipeline.execute()
        return [to_stored(one) for one in found], float(beat or 0)

    async def forget(self, tenant_id: int, stream: str) -> None:
        await self.client.delete(stream_key(tenant_id, stream))

    async def streams(self, tenant_id: int) -> list[str]:
        prefix = stream_key(tenant_id, "")
        found = [key async for key in self.client.scan_iter(match=f"{prefix}*", count=1000)]
        return [key.removeprefix(prefix) for key in found]
