"""The same orders and the same feed against a real Asterisk: what it says is what we expect."""

from __future__ import annotations

import asyncio

import pytest

from telephony.pbx import events, orders
from telephony.pbx.control import BlockingControl
from telephony.pbx.feed import AsteriskFeed, connect_feed
from telephony.pbx.port import Done, FeedRefused, Refused, Result, Unreachable
from tests.telephony.companies import MakeCompany
from tests.telephony.private_pbx import Pbx

pytestmark = [pytest.mark.asterisk]


async def until(feed: AsteriskFeed, kind: type[events.PbxEvent]) -> list[events.PbxEvent]:
    seen: list[events.PbxEvent] = []
    async with asyncio.timeout(15):
        async for batch in feed.batches():
            seen += batch
            if any(isinstance(event, kind) for event in batch):
                return seen
    raise AssertionError(f"the feed ended: {feed.why_closed}")


def test_orders_and_what_asterisk_says_when_it_refuses(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    control = BlockingControl(pbx.address)
    queue, alice = acme.pbx_queue, acme.interface("Alice")
    nowhere = "PJSIP/acme-101-ffffffff"

    def words(order: orders.Order) -> str:
        result = control.perform(order)
        assert isinstance(result, Refused), (order, result)
        return result.words

    add = acme.add_member("Alice")
    done: list[orders.Order] = [
        add,
        add,
        orders.PauseMember(alice, True, reason="Mittag, spät"),
        orders.PauseMember(alice, False, queue=queue),
        orders.SetPenalty(alice, 4, queue),
        orders.StoreRoute("3726000001", queue),
        orders.ForgetRoute("3726000001"),
        orders.ForgetRoute("3726000001"),
        orders.SetDeviceState("DNDacme-101", "busy"),
        orders.SetDeviceState("DNDacme-101", "not_inuse"),
        orders.HangUp(nowhere),
        orders.ReloadQueues(),
        orders.ReloadParking(),
        orders.RefreshPhones((acme.endpoint("Alice"),)),
        orders.RemoveMember(queue, alice),
        orders.RemoveMember(queue, alice),
        orders.RemoveMember("acme-nowhere", alice),
    ]
    results: list[tuple[orders.Order, Result]] = [(one, control.perform(one)) for one in done]
    assert [pair for pair in results if pair[1] != Done()] == []
    logged_out = "This phone is not logged in to the group."
    over = "This call is over."
    assert words(orders.PauseMember(alice, True)) == logged_out
    assert words(orders.SetPenalty(alice, 4, queue)) == logged_out
    assert "queue yet" in words(orders.AddMember("acme-nowhere", alice, "acme-a1"))
    assert words(orders.Redirect(nowhere, "agents", "102")) == over
    assert words(orders.TransferBlind(nowhere, "agents", "102")) == over
    assert words(orders.TransferAttended(nowhere, "agents", "102")) == over
    assert words(orders.Park(nowhere, nowhere, "acme")) == over
    assert words(orders.MoveCaller(queue, nowhere, 5)) == "This caller is not waiting now."


async def test_the_feed_tells_a_login_and_a_snapshot(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    feed = await connect_feed(pbx.address)
    await until(feed, events.PbxBooted)
    add = acme.add_member("Alice", penalty=3)
    assert await feed.perform(add) == Done()
    seen = await until(feed, events.MemberAdded)
    (added,) = [event.member for event in seen if isinstance(event, events.MemberAdded)]
    assert (added.queue, added.name, added.penalty) == (acme.pbx_queue, add.member_name, 3)
    pause = orders.PauseMember(acme.interface("Alice"), True, reason="lunch")
    assert await feed.perform(pause) == Done()
    snapshot = await feed.snapshot()
    (listed,) = [event.member for event in snapshot if isinstance(event, events.MemberListed)]
    assert (listed.paused, listed.reason) == (True, "lunch")
    assert acme.pbx_queue in {e.queue for e in snapshot if isinstance(e, events.QueueListed)}
    assert feed.unknown_events == 0
    await feed.close()


async def test_a_phone_rung_by_an_order_and_not_answered(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    async with acme.phone("Alice") as alice:
        await alice.register()
        feed = await connect_feed(pbx.address)
        call = orders.Originate(
            acme.interface("Alice"), "agents", "102", "c2c-real-1", acme.slug,
            shown_number="102", shown_name='Bob "the, best"', timeout_seconds=2, auto_answer=True,
        )  # fmt: skip
        assert await feed.perform(call) == Done()
        ringing = await alice.next_call()
        assert ringing.caller_number == "102"
        seen = await until(feed, events.OriginateEnded)
        ended = [event for event in seen if isinstance(event, events.OriginateEnded)][-1]
        assert (ended.uniqueid, ended.succeeded) == ("c2c-real-1", False)
        await feed.close()


async def test_who_is_not_let_in(pbx: Pbx) -> None:
    class Stranger:
        host, port, user, secret = "127.0.0.1", pbx.address.port, "helin", "wrong"

    with pytest.raises(FeedRefused):
        await connect_feed(Stranger())
    result = await asyncio.to_thread(BlockingControl(Stranger()).perform, orders.ReloadQueues())
    assert isinstance(result, Unreachable)
    assert "let Helin in" in result.words
