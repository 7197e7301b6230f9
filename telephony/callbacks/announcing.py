"""Pages that show promises hear that some changed; they ask for what they may see themselves."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from telephony.live.frames import pack, to_text
from telephony.live.streams import TENANT, channel_group, group_stream

log = logging.getLogger(__name__)


def announce(*, tenant_id: int, group_ids: Iterable[int], at: float) -> None:
    """`at`: epoch seconds. Pages ask by themselves now and then, so one that is lost is not missed."""
    frame = pack(to_text({"type": "callbacks", "at": at}))
    streams = [TENANT, *(group_stream(one) for one in sorted(set(group_ids)))]
    try:
        async_to_sync(_send)(tenant_id, streams, frame)
    except (RedisError, OSError) as error:
        log.warning("Changed callbacks of tenant %s were not announced: %s", tenant_id, error)


async def _send(tenant_id: int, streams: list[str], frame: bytes | str) -> None:
    layer = get_channel_layer()
    for stream in streams:
        await layer.group_send(
            channel_group(tenant_id, stream), {"type": "live.frame", "frame": frame}
        )
