"""Company data that changes, and events that are about nobody of ours."""

from __future__ import annotations

from telephony.live.reducer import decide, settle
from telephony.live.state import apply
from telephony.pbx import events
from tests.telephony.live.replay import (
    CALL,
    acme,
    agent,
    events_of,
    member,
    play,
    start,
)


def test_company_data_that_changed() -> None:
    before = acme()
    document = start(before)
    for event, _ in play(document, before, events_of("01_queue_answered")):
        if isinstance(event, events.AgentConnected):
            break
    renamed = acme(agents=(agent(102), agent(7, name="Zoë", interfaces=("PJSIP/acme-101",))))
    apply(document, settle(document, renamed, event.at))
    assert "agent:101" not in document
    assert document["agent:7"]["state"] == "in_call"
    (call,) = [entity for key, entity in document.items() if key.startswith(CALL)]
    assert call["agents"] == [7]


def test_events_about_others_change_nothing() -> None:
    directory = acme()
    document = start(directory)
    stranger = member(number=999, queue="acme-support", name="nobody")
    for event in (
        events.MemberAdded(1.0, stranger),
        events.DeviceStateChanged(1.0, "PJSIP/globex-101", "inuse"),
        events.PbxBooted(1.0),
        events.ContactChanged(1.0, "acme-101", "sip:x", "reachable"),
    ):
        assert decide(document, directory, event) == ()
