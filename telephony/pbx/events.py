"""What the PBX tells us, in our own words: past tense, frozen, without any protocol.

Instants (`at`) are epoch seconds by the PBX's clock. Channels are known by `uniqueid`; `linkedid`
is what the channels of one conversation have in common, and may change while a channel lives.
Texts that come from callers are bounded and free of control characters.
"""

from __future__ import annotations

from msgspec import Struct


class Channel(Struct, frozen=True):
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


class Member(Struct, frozen=True):
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


class Event(Struct, frozen=True):
    at: float


class ChannelEvent(Event, frozen=True):
    channel: Channel


# --- channels --------------------------------------------------------------------------------
class ChannelAppeared(ChannelEvent, frozen=True):
    pass


class ChannelChanged(ChannelEvent, frozen=True):
    """State, caller, connected line or account changed: the channel says which."""


class ChannelHungUp(ChannelEvent, frozen=True):
    cause: int


class ChannelHeld(ChannelEvent, frozen=True):
    """The far end of this channel put the other side on hold."""


class ChannelUnheld(ChannelEvent, frozen=True):
    pass


class DialBegan(Event, frozen=True):
    """`caller` is None when the PBX itself dials (an originated call)."""

    caller: Channel | None
    called: Channel


class DialEnded(Event, frozen=True):
    """`outcome`: answer, busy, noanswer, cancel, congestion, chanunavail or another word."""

    caller: Channel | None
    called: Channel
    outcome: str


class BridgeEntered(ChannelEvent, frozen=True):
    bridge: str
    kind: str


class BridgeLeft(ChannelEvent, frozen=True):
    bridge: str


class BlindTransferred(Event, frozen=True):
    succeeded: bool
    transferer: str  # uniqueids
    transferee: str
    exten: str


class AttendedTransferred(Event, frozen=True):
    succeeded: bool
    transferer: str  # uniqueid of the leg towards the first party
    consulting: str  # uniqueid of the leg towards the second
    transferee: str
    target: str


class CallPickedUp(ChannelEvent, frozen=True):
    """`channel` answered in place of `target`."""

    target: Channel


class CallParked(ChannelEvent, frozen=True):
    """`parker`: the interface of the phone that did it, "" if nobody says; listed calls are parked
    for `parked_seconds` already."""

    lot: str
    space: str
    timeout_seconds: int
    parker: str = ""
    parked_seconds: int = 0


class CallUnparked(ChannelEvent, frozen=True):
    """Taken back by `retriever`, or None: it timed out, or the parked party gave up."""

    lot: str
    space: str
    retriever: Channel | None


class OriginateEnded(Event, frozen=True):
    action_id: str
    uniqueid: str
    succeeded: bool


class SpyStarted(Event, frozen=True):
    spyer: Channel
    spied: Channel


class SpyStopped(Event, frozen=True):
    spyer: Channel


# --- queues ----------------------------------------------------------------------------------
class CallerJoinedQueue(ChannelEvent, frozen=True):
    queue: str
    position: int


class CallerLeftQueue(ChannelEvent, frozen=True):
    queue: str


class CallerAbandonedQueue(ChannelEvent, frozen=True):
    """Also sent when the longest wait was reached: only the ledger tells these two apart."""

    queue: str
    waited_seconds: int


class AgentEvent(Event, frozen=True):
    """`caller` and the agent's leg; the leg is None when it was gone before the event."""

    queue: str
    member: str
    interface: str
    caller: Channel
    leg: Channel | None


class AgentCalled(AgentEvent, frozen=True):
    pass


class AgentConnected(AgentEvent, frozen=True):
    held_seconds: int


class AgentCompleted(AgentEvent, frozen=True):
    """`reason`: caller, agent or transfer."""

    reason: str
    talk_seconds: int


class AgentDidNotAnswer(AgentEvent, frozen=True):
    rang_milliseconds: int


class AgentDumped(AgentEvent, frozen=True):
    """The agent hung up while the announcement to him was played; the caller goes on waiting."""


class MemberEvent(Event, frozen=True):
    member: Member


class MemberAdded(MemberEvent, frozen=True):
    pass


class MemberRemoved(MemberEvent, frozen=True):
    pass


class MemberPaused(MemberEvent, frozen=True):
    """Paused or un-paused: `member.paused` says which. An un-pause carries no reason."""


class MemberChanged(MemberEvent, frozen=True):
    """Penalty or device status changed."""


# --- phones ----------------------------------------------------------------------------------
class DeviceStateChanged(Event, frozen=True):
    """`state`: not_inuse, inuse, busy, ringing, ringinuse, onhold, unavailable, invalid, unknown."""

    device: str
    state: str


class ContactChanged(Event, frozen=True):
    """A phone registered, moved or went away. `status` as the PBX writes it, in small letters."""

    endpoint: str
    uri: str
    status: str


# --- the PBX ---------------------------------------------------------------------------------
class PbxBooted(Event, frozen=True):
    pass


class PbxShutDown(Event, frozen=True):
    restarting: bool


# --- answers to "how do things stand?" -------------------------------------------------------
class ChannelListed(ChannelEvent, frozen=True):
    age_seconds: float
    bridge: str
    queue: str  # the queue whose application it is in: waiting in it, or connected by it


class QueueListed(Event, frozen=True):
    queue: str


class MemberListed(MemberEvent, frozen=True):
    pass


class CallerListed(Event, frozen=True):
    queue: str
    uniqueid: str
    position: int
    waited_seconds: float
    priority: int
    caller_number: str
    caller_name: str


class ParkedCallListed(CallParked, frozen=True):
    pass


class BridgeListed(Event, frozen=True):
    bridge: str
    kind: str
    channels: int


PbxEvent = Event
