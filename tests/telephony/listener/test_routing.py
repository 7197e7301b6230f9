"""Whose a fact is: by names, by the dialled number, by the account; never another tenant's."""

from __future__ import annotations

import pytest

from telephony.listener.routing import MOST_IN_LOBBY, Router
from telephony.live.directory import QueueEntry, make_directory
from telephony.pbx import events
from telephony.pbx.events import Channel
from tests.telephony.live.replay import NAMES, acme, events_of


@pytest.fixture
def router() -> Router:
    found = Router()
    globex = make_directory(
        tenant_id=2,
        slug="globex",
        queues=[QueueEntry("globex-support", 9, 90, "Support")],
        numbers={"+44 20 7000 0099": 90},
    )
    found.know([acme(), globex])
    return found


def trunk(uniqueid: str, exten: str, account: str = "", linkedid: str = "") -> Channel:
    return Channel(
        uniqueid, linkedid or uniqueid, f"PJSIP/carrier-{uniqueid}", "ring", exten=exten,
        account=account,
    )  # fmt: skip


def slugs(router: Router, event: events.PbxEvent) -> list[str]:
    return [slug for slug, _ in router.route(event)]


@pytest.mark.parametrize("name", NAMES)
def test_all_that_was_recorded_of_one_tenant_goes_to_that_tenant(name: str, router: Router) -> None:
    """The lab's only other tenant shows up in lists, as phones and a queue of its own."""
    for event in events_of(name):
        for slug, fact in router.route(event):
            text = repr(fact)
            assert slug == ("globex" if "globex" in text and "acme" not in text else "acme")


def test_a_call_from_outside_belongs_to_whom_the_number_belongs(router: Router) -> None:
    assert slugs(router, events.ChannelAppeared(1.0, trunk("c.1", "442070000099"))) == ["globex"]
    assert slugs(router, events.ChannelAppeared(1.0, trunk("c.2", "4420700001"))) == ["acme"]
    assert slugs(router, events.ChannelHungUp(2.0, trunk("c.1", "h"), 16)) == ["globex"]


def test_an_unknown_caller_waits_until_the_dialplan_says_whose_it_is(router: Router) -> None:
    first = events.ChannelAppeared(1.0, trunk("c.1", "999"))
    assert router.route(first) == []
    known = events.ChannelChanged(2.0, trunk("c.1", "999", account="globex"))
    assert router.route(known) == [("globex", first), ("globex", known)]
    assert slugs(router, events.ChannelChanged(3.0, trunk("c.1", "h"))) == ["globex"]


def test_nobodys_channel_is_forgotten_when_it_hangs_up(router: Router) -> None:
    router.route(events.ChannelAppeared(1.0, trunk("c.1", "999")))
    assert router.route(events.ChannelHungUp(2.0, trunk("c.1", "999"), 16)) == []
    late = events.ChannelChanged(3.0, trunk("c.1", "999", account="acme"))
    assert router.route(late) == [("acme", late)]


def test_the_lobby_is_bounded(router: Router) -> None:
    for number in range(MOST_IN_LOBBY + 500):
        router.route(events.ChannelAppeared(1.0, trunk(f"c.{number}", "999")))
    assert len(router._lobby) == MOST_IN_LOBBY


def test_legs_follow_the_call(router: Router) -> None:
    router.route(events.ChannelAppeared(1.0, trunk("c.1", "442070000099")))
    leg = events.ChannelAppeared(2.0, trunk("c.2", "s", linkedid="c.1"))
    assert slugs(router, leg) == ["globex"]


def test_names_decide_before_anything_else(router: Router) -> None:
    phone = Channel("p.1", "p.1", "PJSIP/acme-101-00000001", "ring", account="globex", exten="103")
    assert slugs(router, events.ChannelAppeared(1.0, phone)) == ["acme"]


@pytest.mark.parametrize("device", ["PJSIP/carrier", "Queue:acme-support", "PJSIP/nobody-101"])
def test_what_is_nobodys(router: Router, device: str) -> None:
    assert router.route(events.DeviceStateChanged(1.0, device, "inuse")) == []


def test_memory_of_channels_does_not_grow(router: Router) -> None:
    for number in range(50):
        channel = trunk(f"c.{number}", "4420700001")
        router.route(events.ChannelAppeared(1.0, channel))
        router.route(events.ChannelHungUp(2.0, channel, 16))
    assert not router._channels
    assert not router._calls


def test_a_snapshot_by_tenant(router: Router) -> None:
    told = events_of("17_snapshot_after_reconnect")
    lists = [e for e in told if type(e).__name__.endswith("Listed")]
    found = router.route_snapshot(lists)
    assert set(found) == {"acme", "globex"}
    channels = [e for e in found["acme"] if isinstance(e, events.ChannelListed)]
    assert len(channels) == 4
    assert not [e for e in found["globex"] if isinstance(e, events.ChannelListed)]
    kinds = [type(e) for e in found["acme"]]
    assert kinds.index(events.BridgeListed) < kinds.index(events.ChannelListed)
