"""The PBX's facts over AMI, in our words: the one live link of a listener."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from telephony.ami.actions import Action
from telephony.ami.client import AmiClient, connect
from telephony.ami.session import AmiFailure, LoginRefused, NotSent
from telephony.ami.wire import Message
from telephony.pbx.asterisk_events import is_known, translate
from telephony.pbx.asterisk_ignored import is_wanted
from telephony.pbx.control import perform_over
from telephony.pbx.events import PbxEvent
from telephony.pbx.orders import Order
from telephony.pbx.port import Address, FeedLost, FeedRefused, Result

# Channels before queues, so that a waiting caller's channel is known when the queue names it.
_SNAPSHOT = ("CoreShowChannels", "BridgeList", "QueueStatus", "ParkedCalls", "DeviceStateList")


class AsteriskFeed:
    """See `PbxFeed`. Made by `connect_feed`."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client
        self._unknown = 0

    async def snapshot(self) -> tuple[PbxEvent, ...]:
        """One list after the other; the PBX goes on meanwhile."""
        events: list[PbxEvent] = []
        for name in _SNAPSHOT:
            try:
                reply = await self._client.ask(Action(name), within=30.0)
            except AmiFailure as error:
                raise FeedLost(f"{name}: {error}") from error
            events += self._translated(list(reply.items))
        return tuple(events)

    async def batches(self) -> AsyncIterator[list[PbxEvent]]:
        async for batch in self._client.batches():
            events = self._translated(batch)
            if events:
                yield events

    async def perform(self, order: Order) -> Result:
        return await perform_over(self._client, order)

    async def close(self) -> None:
        await self._client.close()

    @property
    def why_closed(self) -> str:
        return self._client.why_closed

    @property
    def unknown_events(self) -> int:
        return self._unknown

    def _translated(self, messages: list[Message]) -> list[PbxEvent]:
        now = time.time()
        events = []
        for message in messages:
            event = translate(message, received_at=now)
            if event is not None:
                events.append(event)
            elif not is_known(message.event):
                self._unknown += 1
        return events


async def connect_feed(address: Address, *, within: float = 5.0) -> AsteriskFeed:
    """A link that is up and logged in. Raises FeedRefused (wrong secret) or FeedLost.

    Asterisk says FullyBooted right after the login, or when its start is complete: a caller that
    sees PbxBooted in `batches` takes a new snapshot.
    """
    try:
        client = await connect(
            host=address.host,
            port=address.port,
            user=address.user,
            secret=address.secret,
            wanted=is_wanted,
            within=within,
        )
    except LoginRefused as error:
        raise FeedRefused(str(error)) from error
    except NotSent as error:
        raise FeedLost(str(error)) from error
    return AsteriskFeed(client)
