"""The live document as a page, the API or a service reads it, blocking.

Written by the listener alone (broadcast.py); read here from Valkey, so that any web node can.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

from telephony.live.state import Document
from telephony.live.store import beat_key, health_key, stream_key, to_stored

# the listener beats every two seconds; after this long it is not to be believed any more
STALE_AFTER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class LiveSnapshot:
    """`heard_at`: when the listener last said anything (epoch seconds), None if never.

    `is_live` is False when the listener is silent or has lost its PBX: the document is then what
    was last known, and must be shown as stale.
    """

    document: Document = field(default_factory=dict)
    version: int | None = None
    heard_at: float | None = None
    is_live: bool = False


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.VALKEY_URL, decode_responses=True, socket_timeout=2, socket_connect_timeout=2
    )


def live_snapshot(tenant_id: int, streams: Iterable[str], pbx: str) -> LiveSnapshot:
    """The entities of these streams together. A Valkey that is away gives an empty stale one."""
    names = list(streams)
    try:
        with _client().pipeline(transaction=False) as pipeline:
            for stream in names:
                pipeline.hgetall(stream_key(tenant_id, stream))
            pipeline.get(beat_key(pbx))
            *found, beat = pipeline.execute()
    except redis.RedisError:
        return LiveSnapshot()
    document: Document = {}
    version: int | None = None
    for one in found:
        stored = to_stored(one)
        version = stored.version if stored.version is not None else version
        document.update({key: json.loads(text) for key, text in stored.entities.items()})
    heard_at = float(beat) if beat else None
    link = document.get("pbx", {}).get("link")
    fresh = heard_at is not None and time.time() - heard_at < STALE_AFTER_SECONDS
    return LiveSnapshot(document, version, heard_at, is_live=fresh and link == "live")


def listener_health(pbx: str) -> dict[str, Any] | None:
    """The listener's counters as of its last heartbeat (`beat_at`); None: never, or not known."""
    try:
        text: Any = _client().get(health_key(pbx))
    except redis.RedisError:
        return None
    health: dict[str, Any] | None = json.loads(text) if text else None
    return health
