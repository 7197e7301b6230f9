"""Live state as the listener leaves it in Valkey, put there without a listener."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from redis import Redis

from telephony.live.store import beat_key, stream_key
from telephony.live.streams import TENANT, WALL, group_stream, user_stream
from tests.cast import Company


def streams_of_cast(company: Company) -> list[str]:
    own = [user_stream(user.pk) for user in company.people.values()]
    return [TENANT, WALL, group_stream(company.group.pk), *own]


def put_live(company: Company, entities: Mapping[str, Mapping[str, Any]], version: int = 1) -> None:
    """Into every stream of the company's cast, as heard just now."""
    tenant = company.tenant
    texts = {
        "pbx": json.dumps({"link": "live", "since": time.time() - 60, "simulated": False}),
        **{key: json.dumps(entity) for key, entity in entities.items()},
        "version": str(version),
    }
    with Redis.from_url(settings.VALKEY_URL) as client:
        for stream in streams_of_cast(company):
            client.delete(stream_key(tenant.pk, stream))
            client.hset(stream_key(tenant.pk, stream), mapping=texts)
        client.set(beat_key(tenant.pbx), repr(time.time()))


def forget_live() -> None:
    with Redis.from_url(settings.VALKEY_URL) as client:
        client.flushdb()
