"""What UDP loses is said again, and what is said again happens once."""

import asyncio

import pytest

from telephony.traffic.sip_phone import Phone

from .conftest import FAST_T1, LossyRelay


@pytest.mark.parametrize("lost", [set(), {0}, {0, 1}, {1, 2}, {2}, {3}, {3, 4, 5}, {0, 2, 4, 6}])
async def test_a_call_survives_lost_datagrams(lost: set[int]) -> None:
    loop = asyncio.get_running_loop()
    async with Phone("bob", server=("127.0.0.1", 1), t1=FAST_T1) as bob:
        relay = LossyRelay(bob.address, lost)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: relay, local_addr=("127.0.0.1", 0)
        )
        async with Phone(
            "alice", server=transport.get_extra_info("sockname")[:2], t1=FAST_T1
        ) as alice:
            mine = await alice.call("bob")
            theirs = await bob.next_call()
            await theirs.answer()
            await mine.wait_talking()
            await theirs.wait_for(lambda call: call.confirmed)
            assert len(bob.calls) == 1, "an INVITE that is sent again rings once"
            await mine.hang_up()
            await theirs.wait_ended()
            assert all(number < relay.seen for number in lost), "they were really lost"
        transport.close()


async def test_an_answer_that_nobody_acknowledges_ends_the_call() -> None:
    async with (
        Phone("bob", server=("127.0.0.1", 1), t1=0.005) as bob,
        Phone("alice", server=("127.0.0.1", 1), t1=FAST_T1) as alice,
    ):
        alice.server = bob.address
        await alice.call("bob")
        theirs = await bob.next_call()
        alice.drop()
        await theirs.answer()
        assert (await theirs.wait_ended()).by == "us"
