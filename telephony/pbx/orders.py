"""What Helin may ask of the PBX, in our own words: imperative, frozen, without any protocol.

`interface` is how a phone is dialled (`PJSIP/acme-101`), `channel` one leg of a call by its name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

ListenMode = Literal["spy", "whisper", "barge"]
DeviceState = Literal["not_inuse", "inuse", "busy", "ringing", "onhold", "unavailable", "unknown"]


class BadOrder(ValueError):
    """The order holds something the PBX would read as more or other than one plain value."""


@dataclass(frozen=True, slots=True)
class Order:
    """Any order. One with `rings` set makes a phone ring and is never sent twice."""

    rings: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class AddMember(Order):
    """Log a phone in to a queue; being in it already is as good."""

    queue: str
    interface: str
    member_name: str
    penalty: int = 0
    paused: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RemoveMember(Order):
    """Log a phone out of a queue; not being in it is as good. A call it has goes on."""

    queue: str
    interface: str


@dataclass(frozen=True, slots=True)
class PauseMember(Order):
    """Pause or un-pause a phone in one queue, or in all it is in (`queue` None)."""

    interface: str
    paused: bool
    queue: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetPenalty(Order):
    """A member with a lower penalty is called first. In all its queues when `queue` is None."""

    interface: str
    penalty: int
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class HangUp(Order):
    """End one leg; that it is gone already is as good."""

    channel: str
    cause: int = 16


@dataclass(frozen=True, slots=True)
class Originate(Order):
    """Ring the agent's phone first, then send it on to `extension` in `context`.

    `call_id` becomes the uniqueid of the agent's leg, so that its events are recognised. The
    agent's phone shows `shown_number`; the far end sees `caller_number`. With `auto_answer` the
    phone is asked to pick up by itself. Done means queued: OriginateEnded tells how it went.
    """

    rings: ClassVar[bool] = True

    interface: str
    context: str
    extension: str
    call_id: str
    tenant: str
    shown_number: str = ""
    shown_name: str = ""
    caller_number: str = ""
    timeout_seconds: int = 20
    auto_answer: bool = False
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Redirect(Order):
    """Take one leg out of its call and send it on; the other leg is let go."""

    rings: ClassVar[bool] = True

    channel: str
    context: str
    extension: str


@dataclass(frozen=True, slots=True)
class TransferBlind(Order):
    """Give whom the agent's leg `channel` talks to on to `extension`."""

    rings: ClassVar[bool] = True

    channel: str
    context: str
    extension: str


@dataclass(frozen=True, slots=True)
class TransferAttended(Order):
    """Let the agent's leg ask `extension` first; hanging up then completes the transfer."""

    rings: ClassVar[bool] = True

    channel: str
    context: str
    extension: str


@dataclass(frozen=True, slots=True)
class CancelTransfer(Order):
    """End the asking back, and return to the caller."""

    channel: str


@dataclass(frozen=True, slots=True)
class Park(Order):
    """Park the caller's leg. The agent's leg `timeout_channel` stays up until it is hung up."""

    channel: str
    timeout_channel: str
    lot: str
    timeout_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Listen(Order):
    """Ring the supervisor's phone and let it hear an agent's leg; whisper: only the agent hears
    the supervisor; barge: both do."""

    rings: ClassVar[bool] = True

    interface: str
    agent_channel: str
    mode: ListenMode
    call_id: str
    shown_name: str = ""
    timeout_seconds: int = 20


@dataclass(frozen=True, slots=True)
class MoveCaller(Order):
    """Give a waiting caller another priority; a higher one is served first."""

    queue: str
    channel: str
    priority: int


@dataclass(frozen=True, slots=True)
class NameCaller(Order):
    """From now on the PBX calls who is on this leg by that name: on phones, and in its records."""

    channel: str
    name: str


@dataclass(frozen=True, slots=True)
class PauseRecording(Order):
    """Silence in the recording that follows this leg, until it is resumed."""

    channel: str


@dataclass(frozen=True, slots=True)
class ResumeRecording(Order):
    """Sound in the recording again."""

    channel: str


@dataclass(frozen=True, slots=True)
class SetDeviceState(Order):
    """Set one of our own lamps (`DNDacme-101`)."""

    device: str
    state: DeviceState


@dataclass(frozen=True, slots=True)
class NoteReachability(Order):
    """Have it written into the queue log whether an agent's phone can be reached, which Asterisk
    itself does not say there."""

    member_name: str
    is_reachable: bool


@dataclass(frozen=True, slots=True)
class CheckDatabase(Order):
    """Refused while the PBX cannot read our database. Ask before RefreshPhones: a PBX that reads
    its phones again while its database is away has none afterwards."""


@dataclass(frozen=True, slots=True)
class AskNoDatabase(Order):
    """Until then (epoch seconds, by the PBX's clock) no call asks the database: it hangs. 0: ask
    again."""

    until: float


@dataclass(frozen=True, slots=True)
class LoadQueues(Order):
    """Start queues and parking, which a PBX that was started without its database does not have;
    having them is as good."""


@dataclass(frozen=True, slots=True)
class ReloadQueues(Order):
    """Read the queues' settings again. Callers, members and pauses stay."""


@dataclass(frozen=True, slots=True)
class ReloadParking(Order):
    """Read the parking lots again."""


@dataclass(frozen=True, slots=True)
class RefreshPhones(Order):
    """Read all phones again, and ask these for a sign of life (endpoint ids): the new ones, or
    all, with `everyone`, where it is not known which are new."""

    ids: tuple[str, ...] = ()
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class StoreRoute(Order):
    """Remember in the PBX to which queue a number leads, for when the database is away, and the
    clip that greets there (its name below the PBX's clip folder)."""

    number: str
    queue: str
    greeting: str = ""


@dataclass(frozen=True, slots=True)
class ForgetRoute(Order):
    """Forget it again; not knowing it is as good."""

    number: str


_KINDS: dict[str, type[Order]] = {
    kind.__name__: kind
    for kind in (
        *(AddMember, RemoveMember, PauseMember, SetPenalty, HangUp, Originate, Redirect),
        *(TransferBlind, TransferAttended, CancelTransfer, Park, Listen, MoveCaller),
        *(
            NameCaller,
            PauseRecording,
            ResumeRecording,
            SetDeviceState,
            NoteReachability,
            CheckDatabase,
            AskNoDatabase,
            LoadQueues,
            ReloadQueues,
            ReloadParking,
            RefreshPhones,
            StoreRoute,
            ForgetRoute,
        ),
    )
}


def to_json(order: Order) -> dict[str, Any]:
    """The order as JSON-able values, for a command's row: `{"order": "HangUp", "channel": ...}`."""
    return {"order": type(order).__name__, **dataclasses.asdict(order)}


def from_json(values: Mapping[str, Any]) -> Order:
    """The order that `to_json` wrote. Raises BadOrder for anything else."""
    fields = dict(values)
    kind = _KINDS.get(str(fields.pop("order", "")))
    if kind is None:
        raise BadOrder("no such order")
    if "variables" in fields:
        fields["variables"] = tuple((str(n), str(v)) for n, v in fields["variables"])
    if "ids" in fields:
        fields["ids"] = tuple(fields["ids"])
    if "mode" in fields and fields["mode"] not in get_args(ListenMode):
        raise BadOrder(f"no such way to listen: {fields['mode']!r}")
    try:
        return kind(**fields)
    except TypeError as error:
        raise BadOrder(str(error)) from error
