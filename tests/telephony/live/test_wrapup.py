"""Wrap-up and pause-after-call: what is ordered, when, and that it stops by itself."""

from __future__ import annotations

from dataclasses import replace

from telephony.live.directory import Directory, make_directory
from telephony.live.reducer import carry_over, decide, settle
from telephony.live.state import Document, apply, public
from telephony.live.wrapup import NOTHING, Plan, plan
from telephony.pbx import events
from telephony.pbx.orders import PauseMember
from tests.telephony.live.replay import acme, agent, events_of, member, play, start

ANSWERED = "01_queue_answered"
WRAP_UP = PauseMember(interface="PJSIP/acme-101", paused=True, reason="wrap-up")
RESUME = PauseMember(interface="PJSIP/acme-101", paused=False)


def at_connect(
    directory: Directory,
) -> tuple[Document, events.AgentConnected, list[events.PbxEvent]]:
    document = start(directory)
    told = events_of(ANSWERED)
    for n, (event, _) in enumerate(play(document, directory, told)):
        if isinstance(event, events.AgentConnected):
            return document, event, told[n + 1 :]
    raise AssertionError("nobody answered")


def paused(document: Document, directory: Directory, at: float, reason: str | None) -> None:
    member = events.Member(
        queue="acme-support",
        name="acme-101",
        interface="PJSIP/acme-101",
        penalty=0,
        paused=reason is not None,
        reason=reason or "",
        status="inuse",
        in_call=True,
        paused_at=at,
    )
    apply(document, decide(document, directory, events.MemberPaused(at, member)))


def finish(document: Document, directory: Directory, rest: list[events.PbxEvent]) -> float:
    """The recorded agent was not paused, so what was told of him as a member is left out."""
    for _ in play(document, directory, [e for e in rest if not isinstance(e, events.MemberEvent)]):
        pass
    return rest[-1].at


def test_the_pause_is_ordered_while_the_agent_still_talks() -> None:
    directory = acme(wrap_up_seconds=10)
    document, event, _ = at_connect(directory)
    assert plan(document, directory, 101, event.at) == Plan(orders=(WRAP_UP,))
    paused(document, directory, event.at, "wrap-up")
    assert document["agent:101"]["state"] == "in_call"
    assert document["agent:101"]["reason"] is None
    assert plan(document, directory, 101, event.at) == NOTHING


def test_wrap_up_lasts_from_the_end_of_the_call() -> None:
    directory = acme(wrap_up_seconds=10)
    document, event, rest = at_connect(directory)
    paused(document, directory, event.at, "wrap-up")
    end = finish(document, directory, rest)
    shown = document["agent:101"]
    assert shown["state"] == "wrapping_up"
    assert shown["wrap_until"] == shown["since"] + 10
    assert plan(document, directory, 101, end) == Plan(until=shown["wrap_until"])
    assert plan(document, directory, 101, shown["wrap_until"]) == Plan(orders=(RESUME,))
    paused(document, directory, end + 10, None)
    assert document["agent:101"]["state"] == "available"
    assert document["agent:101"]["wrap_until"] is None
    assert plan(document, directory, 101, end + 10) == NOTHING


def test_another_reason_is_never_taken_back() -> None:
    directory = acme(wrap_up_seconds=10)
    document, event, rest = at_connect(directory)
    paused(document, directory, event.at, "wrap-up")
    end = finish(document, directory, rest)
    paused(document, directory, end + 1, "lunch")
    assert document["agent:101"]["state"] == "paused"
    assert plan(document, directory, 101, end + 1000) == NOTHING


def test_no_wrap_up_without_seconds_or_without_a_queue() -> None:
    directory = acme(wrap_up_seconds=0)
    document, event, _ = at_connect(directory)
    assert plan(document, directory, 101, event.at) == NOTHING
    directory = acme(wrap_up_seconds=10)
    document = start(directory)
    for event2, _ in play(document, directory, events_of("14_outbound_call_group_callerid")):
        assert plan(document, directory, 101, event2.at).orders == ()


def wishing(reason: str | None) -> Directory:
    base = acme(wrap_up_seconds=10)
    return make_directory(
        tenant_id=1,
        slug="acme",
        queues=base.queues.values(),
        agents=[
            replace(entry, pause_after_call=reason if entry.agent_id == 101 else None)
            for entry in base.agents.values()
        ],
    )


def test_a_wish_to_pause_after_the_call_replaces_wrap_up() -> None:
    directory = wishing("lunch")
    document, event, rest = at_connect(directory)
    assert document["agent:101"]["pause_after_call"] == "lunch"
    ordered = PauseMember(interface="PJSIP/acme-101", paused=True, reason="lunch")
    assert plan(document, directory, 101, event.at) == Plan(orders=(ordered,))
    paused(document, directory, event.at, "lunch")
    assert plan(document, directory, 101, event.at) == NOTHING
    end = finish(document, directory, rest)
    assert document["agent:101"]["state"] == "paused"
    assert plan(document, directory, 101, end) == Plan(fulfilled=True)


def test_a_wish_made_during_wrap_up_pause_of_the_call() -> None:
    before, after = wishing(None), wishing("lunch")
    document, event, _ = at_connect(before)
    paused(document, before, event.at, "wrap-up")
    apply(document, settle(document, after, event.at))
    (order,) = plan(document, after, 101, event.at).orders
    assert order == PauseMember(interface="PJSIP/acme-101", paused=True, reason="lunch")


def test_a_wish_that_came_too_late_still_pauses() -> None:
    directory = wishing("lunch")
    document, _, rest = at_connect(directory)
    end = finish(document, directory, rest)
    (order,) = plan(document, directory, 101, end).orders
    assert order == PauseMember(interface="PJSIP/acme-101", paused=True, reason="lunch")


def test_an_unknown_length_ends_too() -> None:
    """After a restart only the pause is known: the longest wrap-up of the agent's queues is taken."""
    directory = acme(wrap_up_seconds=10)
    document = start(directory)
    apply(
        document,
        decide(document, directory, events.DeviceStateChanged(1.0, "PJSIP/acme-101", "not_inuse")),
    )
    paused(document, directory, 5.0, "wrap-up")
    assert document["agent:101"]["state"] == "wrapping_up"
    assert plan(document, directory, 101, 6.0) == Plan(until=15.0)


def test_another_listener_knows_the_length_by_the_call_that_goes_on() -> None:
    base = acme(wrap_up_seconds=10)
    longer = [replace(one, wrap_up_seconds=60) if "sales" in name else one
              for name, one in base.queues.items()]  # fmt: skip
    directory = make_directory(tenant_id=1, slug="acme", queues=longer, agents=base.agents.values())
    document, event, rest = at_connect(directory)
    apply(
        document,
        decide(document, directory, events.MemberAdded(event.at, member("acme-sales", 101))),
    )
    left = public(document)
    fresh = {key: entity for key, entity in document.items() if key.startswith("_")}
    fresh["_agent:101"] = {
        name: value for name, value in fresh["_agent:101"].items() if name != "wrap_seconds"
    }
    carry_over(left, fresh, directory, event.at)
    paused(fresh, directory, event.at, "wrap-up")
    there = member("acme-sales", 101, paused=True, reason="wrap-up")
    apply(fresh, decide(fresh, directory, events.MemberPaused(event.at, there)))
    finish(fresh, directory, rest)
    shown = fresh["agent:101"]
    assert shown["state"] == "wrapping_up"
    assert shown["wrap_until"] == shown["since"] + 10


def test_an_agent_who_is_logged_out_is_left_alone() -> None:
    directory = acme(agents=(agent(101, pause_after_call="lunch"),))
    assert plan(start(directory), directory, 101, 1.0) == NOTHING
    assert plan(start(directory), directory, 999, 1.0) == NOTHING
