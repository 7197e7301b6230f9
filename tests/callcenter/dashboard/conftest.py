"""Fixtures of the live socket's tests."""

from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connections
from redis.asyncio import Redis

from telephony.listener.selectors import directory_of
from telephony.live.broadcast import TenantBroadcast
from telephony.live.reducer import settle
from telephony.live.state import apply
from telephony.live.store import LiveStore, beat_key
from tests.callcenter.dashboard.sockets import World
from tests.cast import make_company


@pytest.fixture
async def world() -> AsyncIterator[World]:
    found = World()
    found.alice = await sync_to_async(make_company)("alice", number="+372600100")
    found.bob = await sync_to_async(make_company)("bob", number="+372600200")
    found.client = Redis.from_url(settings.VALKEY_URL, decode_responses=True)
    await found.client.flushdb()
    await found.client.set(beat_key(found.alice.tenant.pbx), "1000.5")
    directory = await sync_to_async(directory_of)(found.alice.tenant)
    found.document = {}
    apply(found.document, settle(found.document, directory, 1.0))
    layer = get_channel_layer()
    assert layer is not None
    found.broadcast = TenantBroadcast(
        directory, found.document, store=LiveStore(found.client), layer=layer
    )
    await found.broadcast.flush(everything=True)
    yield found
    await found.client.aclose()
    await sync_to_async(connections.close_all)()  # of the thread that asked for the tests
