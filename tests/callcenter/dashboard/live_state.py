"""Live state as the listener leaves it in Valkey, put there without a listener."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from redis import Redis

from telephony.live.store import beat_key, stream_key
from telephony.live.streams import (
    TENANT,
    WALL,
    group_stream,
    is_redacted,
    redacted,
    user_stream,
    wall_stream,
)
from tests.cast import Company


def streams_of_cast(company: Company) -> list[str]:
    own = [user_stream(user.pk) for user in company.people.values()]
    group = company.group.pk
    return [TENANT, WALL, group_stream(group), wall_stream(group), *own]


def put_live(company: Company, entities: Mapping[str, Mapping[str, Any]], version: int = 1) -> None:
    """Into every stream of the company's cast, as heard just now."""
    tenant = company.tenant
    pbx = {"link": "live", "since": time.time() - 60, "simulated": False}
    with Redis.from_url(settings.VALKEY_URL) as client:
        for stream in streams_of_cast(company):
            client.delete(stream_key(tenant.pk, stream))
            client.hset(
                stream_key(tenant.pk, stream),
                mapping={
                    "pbx": json.dumps(pbx),
                    **{
                        key: json.dumps(seen_on(stream, key, entity))
                        for key, entity in entities.items()
                        if belongs(company, stream, key, entity)
                    },
                    "version": str(version),
                },
            )
        client.set(beat_key(tenant.pbx), repr(time.time()))


@contextmanager
def heard(company: Company) -> Iterator[None]:
    """The listener beats all the while, however long a page takes on a busy machine."""
    ends = threading.Event()

    def beat() -> None:
        with Redis.from_url(settings.VALKEY_URL) as client:
            while not ends.wait(0.2):
                client.set(beat_key(company.tenant.pbx), repr(time.time()))

    beating = threading.Thread(target=beat)
    beating.start()
    try:
        yield
    finally:
        ends.set()
        beating.join()


def belongs(company: Company, stream: str, key: str, entity: Mapping[str, Any]) -> bool:
    """A person's own stream has the calls of the own phone only."""
    if not stream.startswith("user:") or not key.startswith("call:"):
        return True
    mine = [agent.pk for agent in company.agents if user_stream(agent.membership.user_id) == stream]
    return bool({*entity.get("ringing", ()), *entity.get("agents", ())} & set(mine))


def seen_on(stream: str, key: str, entity: Mapping[str, Any]) -> Mapping[str, Any]:
    hides = is_redacted(stream) and key.startswith("call:")
    return redacted(key, dict(entity)) if hides else entity


def forget_live() -> None:
    with Redis.from_url(settings.VALKEY_URL) as client:
        client.flushdb()
