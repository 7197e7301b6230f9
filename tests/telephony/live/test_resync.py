"""The state after a reconnect, from what the PBX lists."""

from __future__ import annotations

from telephony.live.state import public
from telephony.pbx import events
from tests.telephony.live.replay import (
    CALL,
    acme,
    events_of,
    play,
    rebuild,
    start,
)


def test_a_snapshot_gives_what_the_events_gave() -> None:
    """Recorded calls go on while the lists are taken: both ways lead to one state."""
    told = events_of("17_snapshot_after_reconnect")
    first = next(n for n, e in enumerate(told) if isinstance(e, events.ChannelListed))
    directory = acme()
    document = start(directory)
    for _ in play(document, directory, told[:first]):
        pass
    lists = [e for e in told[first:] if type(e).__name__.endswith("Listed")]
    lists += [e for e in told[first:] if isinstance(e, events.DeviceStateChanged)]
    fresh = rebuild(document, directory, lists, told[-1].at)
    waits = {key: entity["priority"] for key, entity in document.items() if key.startswith(CALL)}
    shown, kept = public(document), public(fresh)
    assert set(waits) == {key for key in fresh if key.startswith(CALL)}
    for key, entity in shown.items():
        if key.startswith(CALL):
            assert kept[key] == entity
    assert kept["agent:101"] == shown["agent:101"]


def test_a_snapshot_from_nothing_finds_callers_and_talkers() -> None:
    told = events_of("17_snapshot_after_reconnect")
    lists = [e for e in told if type(e).__name__.endswith("Listed")]
    lists += [e for e in told if isinstance(e, events.DeviceStateChanged)]
    fresh = rebuild({}, acme(), lists, told[-1].at)
    calls = {e["caller"]["number"]: e for k, e in fresh.items() if k.startswith(CALL)}
    assert {number: call["state"] for number, call in calls.items()} == {
        "4915112345": "talking",
        "4915199999": "waiting",
        "4915188888": "waiting",
    }
    assert calls["4915112345"]["agents"] == [101]
    assert calls["4915112345"]["queue"] == "acme-support"
    assert fresh["agent:101"]["state"] == "in_call"
    assert fresh["agent:102"]["state"] == "unreachable"


def test_what_the_pbx_no_longer_knows_is_gone_after_a_snapshot() -> None:
    directory = acme()
    document = start(directory)
    for event, _ in play(document, directory, events_of("01_queue_answered")):
        if isinstance(event, events.AgentConnected):
            break
    fresh = rebuild(document, directory, [], event.at)
    assert not [key for key in fresh if key.startswith(CALL)]
    assert fresh["agent:101"]["state"] == "logged_out"
