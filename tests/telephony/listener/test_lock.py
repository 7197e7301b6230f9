"""One listener per PBX, held by a real PostgreSQL; and its connection's death."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest

from telephony.listener import lock as locks
from telephony.listener.hooks import Notice
from telephony.listener.lock import LockTaken, PbxLock, connection_parameters

pytestmark = pytest.mark.django_db(transaction=True)


class Holder:
    def __init__(self) -> None:
        self.notices: list[list[Notice]] = []
        self.lock = PbxLock("pbx1", self.notices.append)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(locks, "_PROBE_SECONDS", 0.1)


@pytest.fixture
async def holders() -> AsyncIterator[tuple[Holder, Holder]]:
    found = Holder(), Holder()
    yield found
    for holder in found:
        await holder.lock.close()


async def until(what: Callable[[], object], seconds: float = 5.0) -> None:
    for _ in range(int(seconds / 0.02)):
        if what():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


async def execute(sql: str) -> None:
    async with await psycopg.AsyncConnection.connect(
        **as_owner(connection_parameters()), autocommit=True
    ) as link:
        await link.execute(sql)


def as_owner(parameters: dict[str, Any]) -> dict[str, Any]:
    """Without the role that the tests act in: it may not end others' connections."""
    return {**parameters, "options": ""}


async def end_backend_of(lock: PbxLock) -> None:
    """As a restart of PostgreSQL does to the connection."""
    link = lock._connection
    assert link is not None
    await execute(f"SELECT pg_terminate_backend({link.info.backend_pid})")


async def test_only_one_holds_it(holders: tuple[Holder, Holder]) -> None:
    first, second = (holder.lock for holder in holders)
    assert await first.take()
    assert not await second.take()
    assert await PbxLock("pbx2", lambda _: None).take()


async def test_a_standby_takes_over_when_the_holder_goes(holders: tuple[Holder, Holder]) -> None:
    first, second = (holder.lock for holder in holders)
    await first.wait_for_it()
    standby = asyncio.create_task(second.wait_for_it())
    await asyncio.sleep(0.2)
    assert not standby.done()
    await first.close()
    await asyncio.wait_for(standby, 20)
    assert second.is_held


async def test_notices_are_handed_on(holders: tuple[Holder, Holder]) -> None:
    holder = holders[0]
    await holder.lock.wait_for_it()
    assert holder.notices == [[]]  # anything may have changed before
    keeping = asyncio.create_task(holder.lock.keep())
    await asyncio.sleep(0.2)
    await execute("NOTIFY helin_config, '12:callcenter_queue'")
    await until(lambda: [Notice(12, "callcenter_queue")] in holder.notices)
    await execute("NOTIFY helin_config, 'nonsense'")
    await execute("NOTIFY helin_config, '13:callcenter_device'")
    await until(lambda: [Notice(13, "callcenter_device")] in holder.notices)
    keeping.cancel()


async def test_the_holder_takes_it_again_after_its_connection_died(
    holders: tuple[Holder, Holder],
) -> None:
    holder = holders[0]
    await holder.lock.wait_for_it()
    keeping = asyncio.create_task(holder.lock.keep())
    await asyncio.sleep(0.15)
    await end_backend_of(holder.lock)
    await until(lambda: len(holder.notices) == 2)
    assert holder.lock.is_held
    assert not keeping.done()
    keeping.cancel()


async def test_the_holder_yields_when_another_was_quicker(
    holders: tuple[Holder, Holder], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (holder.lock for holder in holders)
    await first.wait_for_it()
    keeping = asyncio.create_task(first.keep())
    await asyncio.sleep(0.15)
    take = first.take

    async def too_late() -> bool:
        await second.wait_for_it()
        return await take()

    monkeypatch.setattr(first, "take", too_late)
    await end_backend_of(first)
    with pytest.raises(LockTaken):
        await asyncio.wait_for(keeping, 20)
    assert not first.is_held
    assert second.is_held


async def test_the_holder_goes_on_while_postgresql_is_away(
    holders: tuple[Holder, Holder], monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = holders[0]
    await holder.lock.wait_for_it()
    keeping = asyncio.create_task(holder.lock.keep())
    await asyncio.sleep(0.15)
    pid = holder.lock._connection.info.backend_pid  # type: ignore[union-attr]
    real = locks.connection_parameters()
    monkeypatch.setattr(
        locks, "connection_parameters", lambda: {**real, "host": "127.0.0.1", "port": "1"}
    )
    async with await psycopg.AsyncConnection.connect(**as_owner(real), autocommit=True) as link:
        await link.execute(f"SELECT pg_terminate_backend({pid})")
    await until(lambda: not holder.lock.is_held)
    await asyncio.sleep(0.3)
    assert not keeping.done()
    monkeypatch.setattr(locks, "connection_parameters", lambda: real)
    await until(lambda: holder.lock.is_held)
    keeping.cancel()
