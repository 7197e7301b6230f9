"""What holds in every stream that was recorded of a real Asterisk, at every event."""

from __future__ import annotations

import copy
import random

import pytest

from telephony.live.reducer import decide, decide_all, settle
from telephony.live.shapes import FIELDS
from telephony.live.state import apply, public
from telephony.pbx import events
from tests.telephony.live.replay import (
    NAMES,
    acme,
    events_of,
    play,
    start,
    timeless,
)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_when_all_have_hung_up(name: str) -> None:
    directory = acme()
    document = start(directory)
    told = events_of(name)
    for _ in play(document, directory, told):
        pass
    listed = {e.channel.uniqueid for e in told if isinstance(e, events.ChannelListed)}
    appeared = {e.channel.uniqueid for e in told if isinstance(e, events.ChannelAppeared)}
    gone = {e.channel.uniqueid for e in told if isinstance(e, events.ChannelHungUp)}
    alive = (listed | appeared) - gone
    left = {key.removeprefix("_channel:") for key in document if key.startswith("_channel:")}
    assert left <= alive
    assert not left or name == "17_snapshot_after_reconnect"
    if not left:
        assert not [key for key in document if key.startswith(("call:", "_call:", "_legs:"))]
        assert not [key for key in document if key.startswith("_bridge:")] or "snapshot" in name


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_follows_from_the_notes_alone(name: str) -> None:
    """Deriving everything anew changes nothing: no public entity depends on the order of events."""
    directory = acme()
    document = start(directory)
    for event, _ in play(document, directory, events_of(name)):
        assert settle(document, directory, event.at) == ()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent_has_the_agreed_fields(name: str) -> None:
    directory = acme()
    document = start(directory)
    for _ in play(document, directory, events_of(name)):
        for key, entity in public(document).items():
            assert entity.keys() == FIELDS[key.partition(":")[0]]


@pytest.mark.parametrize("name", NAMES)
def test_deciding_changes_nothing_by_itself(name: str) -> None:
    directory = acme()
    document = start(directory)
    for event in events_of(name):
        before = copy.deepcopy(document)
        changes = decide(document, directory, event)
        assert document == before
        apply(document, changes)


@pytest.mark.parametrize("name", ["01_queue_answered", "05d_attended_transfer_ami_atxfer"])
@pytest.mark.parametrize("seed", range(5))
def test_floating_topics_lead_to_the_same_end(name: str, seed: int) -> None:
    """Device and member states come on a topic of their own, before or after the channels'."""
    told = events_of(name)
    floating = (events.DeviceStateChanged, events.MemberChanged)
    channels = [e for e in told if not isinstance(e, floating)]
    others = [e for e in told if isinstance(e, floating)]
    turns = [True] * len(channels) + [False] * len(others)
    random.Random(seed).shuffle(turns)
    mixed = [channels.pop(0) if turn else others.pop(0) for turn in turns]
    directory = acme()
    ends = []
    for sequence in (told, mixed):
        document = start(directory)
        for _ in play(document, directory, sequence):
            pass
        ends.append(timeless(document))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(3))
def test_events_taken_together_lead_to_the_same_end(name: str, seed: int) -> None:
    told = events_of(name)
    directory = acme()
    single = start(directory)
    for _ in play(single, directory, told):
        pass
    together = start(directory)
    cuts = random.Random(seed)
    while told:
        size = cuts.randint(1, 40)
        apply(together, decide_all(together, directory, told[:size]))
        told = told[size:]
    assert timeless(together) == timeless(single)


@pytest.mark.parametrize("name", NAMES)
def test_every_event_is_idempotent(name: str) -> None:
    """The facts told while a snapshot is taken may be in it already, and are told again."""
    directory = acme()
    document = start(directory)
    for event, _ in play(document, directory, events_of(name)):
        assert decide(document, directory, event) == (), event
