"""Names that were found, put onto the calls of a moment together."""

from __future__ import annotations

from telephony.live.reducer import name_calls
from telephony.live.state import Document, Entity, apply
from telephony.pbx import events
from tests.telephony.live.replay import acme, events_of, play, start

DIRECTORY = acme()


def two_calls() -> tuple[Document, list[str]]:
    """The same caller twice, both ringing a phone, under different linkedids."""
    document = start(DIRECTORY)
    for event, _ in play(document, DIRECTORY, events_of("01_queue_answered")):
        if isinstance(event, events.AgentCalled):
            break
    (first,) = [key.removeprefix("call:") for key in document if key.startswith("call:")]
    for kind in ("call", "_call", "_legs"):
        document[f"{kind}:second"] = document[f"{kind}:{first}"]
    return document, [first, "second"]


def note(name: str, people: Entity | None = None) -> Entity:
    return {"name": name, "source": "company" if name else "", "people": people or {}}


def test_several_get_their_names_at_once_and_as_one_by_one() -> None:
    document, (first, second) = two_calls()
    notes = {first: note("Erika"), second: note("Max"), "over": note("Nobody")}
    changes = name_calls(document, DIRECTORY, notes, 5.0)
    alone: list[object] = []
    for linkedid, one in notes.items():
        alone += name_calls(document, DIRECTORY, {linkedid: one}, 5.0)
    assert sorted(change.key for change in changes) == sorted(
        f"{kind}:{linkedid}" for kind in ("call", "_name") for linkedid in (first, second)
    )
    assert all(change in alone for change in changes)
    apply(document, changes)
    assert [document[f"call:{one}"]["caller"]["name"] for one in (first, second)] == [
        "Erika",
        "Max",
    ]


def test_whom_nobody_knows_stays_as_the_pbx_says() -> None:
    document, (first, second) = two_calls()
    assert name_calls(document, DIRECTORY, {first: note("")}, 5.0) == ()
    (only,) = name_calls(document, DIRECTORY, {second: note("", {"7": ["Opa", "personal"]})}, 5.0)
    assert only.key == f"_name:{second}"
