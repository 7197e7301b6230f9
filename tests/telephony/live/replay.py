"""Recorded streams played to the reducer, for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from telephony.ami.wire import Framer
from telephony.live.directory import AgentEntry, Directory, QueueEntry, make_directory
from telephony.live.reducer import carry_over, decide, decide_all, settle
from telephony.live.state import Change, Document, apply
from telephony.pbx import events
from telephony.pbx.asterisk_events import translate
from telephony.pbx.events import PbxEvent

CALL = "call:"
TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
NAMES = sorted(path.stem for path in TRANSCRIPTS.glob("*.ami"))
SUPPORT, SALES = 11, 12


def agent(number: int, **more: object) -> AgentEntry:
    interface = f"PJSIP/acme-{number}"
    fields: dict[str, object] = {
        "agent_id": number,
        "name": f"Agent {number}",
        "user_id": number + 1000,
        "member_name": f"acme-{number}",
        "interface": interface,
        "interfaces": (interface,),
        "extension": str(number),
        "group_ids": (SUPPORT, SALES),
        **more,
    }
    return AgentEntry(**fields)  # type: ignore[arg-type]


def acme(*, wrap_up_seconds: int = 10, agents: tuple[AgentEntry, ...] | None = None) -> Directory:
    numbers = (101, 102, 103, 104, 105, 201, 202)
    return make_directory(
        tenant_id=1,
        slug="acme",
        queues=[
            QueueEntry("acme-support", 1, SUPPORT, "Support", wrap_up_seconds),
            QueueEntry("acme-sales", 2, SALES, "Sales", 0),
        ],
        agents=agents or tuple(agent(number) for number in numbers),
        extensions={str(number): f"Phone {number}" for number in numbers},
        numbers={"+4420700001": SUPPORT},
    )


def events_of(name: str) -> list[PbxEvent]:
    framer = Framer(expect_banner=False)
    messages = framer.feed((TRANSCRIPTS / f"{name}.ami").read_bytes())
    last = 0.0
    found = []
    for message in messages:
        event = translate(message, received_at=last)
        if event is not None:
            last = event.at
            found.append(event)
    return found


def start(directory: Directory, at: float = 0.0) -> Document:
    document: Document = {}
    apply(document, settle(document, directory, at))
    return document


def play(
    document: Document, directory: Directory, told: list[PbxEvent]
) -> Iterator[tuple[PbxEvent, tuple[Change, ...]]]:
    """Each event with its changes, which are already applied."""
    for event in told:
        changes = decide(document, directory, event)
        apply(document, changes)
        yield event, changes


def states_of(
    name: str, key: str, field: str = "state", directory: Directory | None = None
) -> list[object]:
    """What a field of one entity (a call: the prefix `call:`) became, one after the other."""
    directory = directory or acme()
    document = start(directory)
    seen: list[object] = []
    for _, changes in play(document, directory, events_of(name)):
        for change in changes:
            if change.key.startswith(key):
                value = document[change.key][field] if change.key in document else "gone"
                if not seen or seen[-1] != value:
                    seen.append(value)
    return seen


def member(queue: str = "acme-support", number: int = 101, **more: object) -> events.Member:
    fields: dict[str, object] = {
        "queue": queue,
        "name": f"acme-{number}",
        "interface": f"PJSIP/acme-{number}",
        "penalty": 0,
        "paused": False,
        "reason": "",
        "status": "not_inuse",
        "in_call": False,
        "paused_at": None,
        **more,
    }
    return events.Member(**fields)  # type: ignore[arg-type]


def timeless(document: Document) -> Document:
    """Without the instants of what came and went unseen."""
    unseen = {"since", "answered_at"}
    return {k: {f: v for f, v in e.items() if f not in unseen} for k, e in document.items()}


def rebuild(before: Document, directory: Directory, told: list[PbxEvent], at: float) -> Document:
    """The state from nothing but what the PBX lists, as after a reconnect."""
    fresh: Document = {}
    apply(fresh, decide_all(fresh, directory, told))
    return carry_over(before, fresh, directory, at)
