"""What the PBX tells us, in our own words: past tense, frozen, without any protocol.

Instants (`at`) are epoch seconds by the PBX's clock. Channels are known by `uniqueid`; `linkedid`
is what the channels of one conversation have in common, and may change while a channel lives.
Texts that come from callers are bounded and free of control characters.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """What any event about a channel says of it. Empty text: not known."""

    uniqueid: str
    linkedid: str
    name: str
    state: str  # down, ring (it calls), ringing (it is called), up, busy, or another word
    caller_number: str = ""
    caller_name: str = ""
    connected_number: str = ""
    connected_name: str = ""
    account: str = ""
    context: str = ""
    exten: str = ""
    recording: str | None = None  # on, paused, "" for not recorded; None: not said


@dataclass(frozen=True, slots=True)
class Member:
    """A place in a queue, as the PBX has it now. `status` is one of device state's words."""

    queue: str
    name: str
    interface: str
    penalty: int
    paused: bool
    reason: str
    status: str
    in_call: bool
    paused_at: float | None


@dataclass(frozen=True, slots=True)
class Event:
    at: float


@dataclass(frozen=True, slots=True)
class ChannelEvent(Event):
    channel: Channel


# --- channels --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ChannelAppeared(ChannelEvent):
    pass


@dataclass(frozen=True, slots=True)
class ChannelChanged(ChannelEvent):
    """State, caller, connected line or account changed: the channel says which."""


@dataclass(frozen=True, slots=True)
class ChannelHungUp(ChannelEvent):
    cause: int


@dataclass(frozen=True, slots=True)
class ChannelHeld(ChannelEvent):
    """The far end of this channel put the other side on hold."""


@dataclass(frozen=True, slots=True)
class ChannelUnheld(ChannelEvent):
    pass


@dataclass(frozen=True, slots=True)
class DialBegan(Event):
    """`caller` is None when the PBX itself dials (an originated call)."""

    caller: Channel | None
    called: Channel


@dataclass(frozen=True, slots=True)
class DialEnded(Event):
    """`outcome`: answer, busy, noanswer, cancel, congestion, chanunavail or another word."""

    caller: Channel | None
    called: Channel
    outcome: str


@dataclass(frozen=True, slots=True)
class BridgeEntered(ChannelEvent):
    bridge: str
    kind: str


@dataclass(frozen=True, slots=True)
class BridgeLeft(ChannelEvent):
    bridge: str


@dataclass(frozen=True, slots=True)
class BlindTransferred(Event):
    succeeded: bool
    transferer: str  # uniqueids
    transferee: str
    exten: str


@dataclass(frozen=True, slots=True)
class AttendedTransferred(Event):
    succeeded: bool
    transferer: str  # uniqueid of the leg towards the first party
    consulting: str  # uniqueid of the leg towards the second
    transferee: str
    target: str


@dataclass(frozen=True, slots=True)
class CallPickedUp(ChannelEvent):
    """`channel` answered in place of `target`."""

    target: Channel


@dataclass(frozen=True, slots=True)
class CallParked(ChannelEvent):
    """`parker`: the interface of the phone that did it, "" if nobody says; listed calls are parked
    for `parked_seconds` already."""

    lot: str
    space: str
    timeout_seconds: int
    parker: str = ""
    parked_seconds: int = 0


@dataclass(frozen=True, slots=True)
class CallUnparked(ChannelEvent):
    """Taken back by `retriever`, or None: it timed out, or the parked party gave up."""

    lot: str
    space: str
    retriever: Channel | None


@dataclass(frozen=True, slots=True)
class OriginateEnded(Event):
    action_id: str
    uniqueid: str
    succeeded: bool


@dataclass(frozen=True, slots=True)
class SpyStarted(Event):
    spyer: Channel
    spied: Channel


@dataclass(frozen=True, slots=True)
class SpyStopped(Event):
    spyer: Channel


# --- queues ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class CallerJoinedQueue(ChannelEvent):
    queue: str
    position: int


@dataclass(frozen=True, slots=True)
class CallerLeftQueue(ChannelEvent):
    queue: str


@dataclass(frozen=True, slots=True)
class CallerAbandonedQueue(ChannelEvent):
    """Also sent when the longest wait was reached: only the ledger tells these two apart."""

    queue: str
    waited_seconds: int


@dataclass(frozen=True, slots=True)
class AgentEvent(Event):
    """`caller` and the agent's leg; the leg is None when it was gone before the event."""

    queue: str
    member: str
    interface: str
    caller: Channel
    leg: Channel | None


@dataclass(frozen=True, slots=True)
class AgentCalled(AgentEvent):
    pass


@dataclass(frozen=True, slots=True)
class AgentConnected(AgentEvent):
    held_seconds: int


@dataclass(frozen=True, slots=True)
class AgentCompleted(AgentEvent):
    """`reason`: caller, agent or transfer."""

    reason: str
    talk_seconds: int


@dataclass(frozen=True, slots=True)
class AgentDidNotAnswer(AgentEvent):
    rang_milliseconds: int


@dataclass(frozen=True, slots=True)
class AgentDumped(AgentEvent):
    """The agent hung up while the announcement to him was played; the caller goes on waiting."""


@dataclass(frozen=True, slots=True)
class MemberEvent(Event):
    member: Member


@dataclass(frozen=True, slots=True)
class MemberAdded(MemberEvent):
    pass


@dataclass(frozen=True, slots=True)
class MemberRemoved(MemberEvent):
    pass


@dataclass(frozen=True, slots=True)
class MemberPaused(MemberEvent):
    """Paused or un-paused: `member.paused` says which. An un-pause carries no reason."""


@dataclass(frozen=True, slots=True)
class MemberChanged(MemberEvent):
    """Penalty or device status changed."""


# --- phones ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class DeviceStateChanged(Event):
    """`state`: not_inuse, inuse, busy, ringing, ringinuse, onhold, unavailable, invalid, unknown."""

    device: str
    state: str


@dataclass(frozen=True, slots=True)
class ContactChanged(Event):
    """A phone registered, moved or went away. `status` as the PBX writes it, in small letters."""

    endpoint: str
    uri: str
    status: str


# --- the PBX ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PbxBooted(Event):
    pass


@dataclass(frozen=True, slots=True)
class PbxShutDown(Event):
    restarting: bool


# --- answers to "how do things stand?" -------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ChannelListed(ChannelEvent):
    age_seconds: float
    bridge: str
    queue: str  # the queue whose application it is in: waiting in it, or connected by it


@dataclass(frozen=True, slots=True)
class QueueListed(Event):
    queue: str


@dataclass(frozen=True, slots=True)
class MemberListed(MemberEvent):
    pass


@dataclass(frozen=True, slots=True)
class CallerListed(Event):
    queue: str
    uniqueid: str
    position: int
    waited_seconds: float
    priority: int
    caller_number: str
    caller_name: str


@dataclass(frozen=True, slots=True)
class ParkedCallListed(CallParked):
    pass


@dataclass(frozen=True, slots=True)
class BridgeListed(Event):
    bridge: str
    kind: str
    channels: int


PbxEvent = Event
