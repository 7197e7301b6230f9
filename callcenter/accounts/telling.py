"""Telling somebody something at once, in every tab that he has open."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def channel_of_user(tenant_id: int, user_id: int) -> str:
    """The group that a person's sockets join; telephony/live/streams.py names it the same."""
    return f"live.{tenant_id}.user.{user_id}"


def tell_user(*, tenant_id: int, user_id: int, frame: Mapping[str, Any]) -> None:
    """Sent when the transaction is; lost if no tab is open, so there must be a row to find it by."""
    text = json.dumps(frame, ensure_ascii=False)

    def send() -> None:
        try:
            async_to_sync(get_channel_layer().group_send)(
                channel_of_user(tenant_id, user_id), {"type": "live.frame", "frame": text}
            )
        except (RedisError, OSError) as error:
            log.warning("Nobody was told: %s", error)

    transaction.on_commit(send)
