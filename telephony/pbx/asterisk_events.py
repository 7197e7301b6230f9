"""Asterisk's AMI events (20 and later) in our words. Pure; what is not understood is None."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from telephony.pbx import events
from telephony.pbx.asterisk_fields import (
    LONGEST_NAME,
    LONGEST_NUMBER,
    LONGEST_WORD,
    channel,
    known,
    maybe_channel,
    member,
    number,
    required,
    whole,
    word,
)
from telephony.pbx.asterisk_ignored import IGNORED

if TYPE_CHECKING:
    from telephony.ami.wire import Message

Translator = Callable[["Message", float], events.Event]


def translate(message: Message, *, received_at: float = 0.0) -> events.PbxEvent | None:
    """The event in our words, or None. Never raises: what is broken is not understood.

    `received_at` (epoch seconds) stands in where the PBX sends no Timestamp.
    """
    translator = _TRANSLATORS.get(message.event)
    if translator is None:
        return None
    try:
        return translator(message, number(message.get("Timestamp"), received_at))
    except (KeyError, ValueError, OverflowError):
        return None


def is_known(name: str) -> bool:
    """True for what is understood or knowingly left aside; False is worth counting."""
    return name in _TRANSLATORS or name in IGNORED or name.endswith("Complete")


def _of_channel(kind: type[events.ChannelEvent]) -> Translator:
    return lambda message, at: kind(at, channel(message))


def _of_member(kind: type[events.MemberEvent]) -> Translator:
    return lambda message, at: kind(at, member(message))


# --- channels --------------------------------------------------------------------------------
def _hung_up(message: Message, at: float) -> events.Event:
    return events.ChannelHungUp(at, channel(message), whole(message, "Cause"))


def _dial_began(message: Message, at: float) -> events.Event:
    return events.DialBegan(at, maybe_channel(message, ""), channel(message, "Dest"))


def _dial_ended(message: Message, at: float) -> events.Event:
    return events.DialEnded(
        at,
        maybe_channel(message, ""),
        channel(message, "Dest"),
        word(message, "DialStatus").lower(),
    )


def _bridge_entered(message: Message, at: float) -> events.Event:
    bridge = required(message, "BridgeUniqueid")
    return events.BridgeEntered(at, channel(message), bridge, word(message, "BridgeType"))


def _bridge_left(message: Message, at: float) -> events.Event:
    return events.BridgeLeft(at, channel(message), required(message, "BridgeUniqueid"))


def _blind_transferred(message: Message, at: float) -> events.Event:
    return events.BlindTransferred(
        at,
        message.get("Result") == "Success",
        required(message, "TransfererUniqueid"),
        word(message, "TransfereeUniqueid"),
        known(message.get("Extension"), LONGEST_NUMBER),
    )


def _attended_transferred(message: Message, at: float) -> events.Event:
    return events.AttendedTransferred(
        at,
        message.get("Result") == "Success",
        required(message, "OrigTransfererUniqueid"),
        word(message, "SecondTransfererUniqueid"),
        word(message, "TransfereeUniqueid"),
        word(message, "TransferTargetUniqueid"),
    )


def _picked_up(message: Message, at: float) -> events.Event:
    return events.CallPickedUp(at, channel(message), channel(message, "Target"))


def _parked(message: Message, at: float) -> events.Event:
    kind = events.ParkedCallListed if message.get("ActionID") else events.CallParked
    return kind(
        at,
        channel(message, "Parkee"),
        word(message, "Parkinglot"),
        word(message, "ParkingSpace"),
        whole(message, "ParkingTimeout"),
        word(message, "ParkerDialString"),
        whole(message, "ParkingDuration"),
    )


def _unparked(message: Message, at: float) -> events.Event:
    return events.CallUnparked(
        at,
        channel(message, "Parkee"),
        word(message, "Parkinglot"),
        word(message, "ParkingSpace"),
        maybe_channel(message, "Retriever"),
    )


def _originate_ended(message: Message, at: float) -> events.Event:
    return events.OriginateEnded(
        at,
        word(message, "ActionID"),
        known(message.get("Uniqueid"), LONGEST_WORD),
        message.get("Response") == "Success",
    )


def _spy_started(message: Message, at: float) -> events.Event:
    return events.SpyStarted(at, channel(message, "Spyer"), channel(message, "Spyee"))


def _spy_stopped(message: Message, at: float) -> events.Event:
    return events.SpyStopped(at, channel(message, "Spyer"))


# --- queues ----------------------------------------------------------------------------------
def _joined(message: Message, at: float) -> events.Event:
    queue = required(message, "Queue")
    return events.CallerJoinedQueue(at, channel(message), queue, whole(message, "Position"))


def _left(message: Message, at: float) -> events.Event:
    return events.CallerLeftQueue(at, channel(message), required(message, "Queue"))


def _abandoned(message: Message, at: float) -> events.Event:
    queue = required(message, "Queue")
    return events.CallerAbandonedQueue(at, channel(message), queue, whole(message, "HoldTime"))


_Agent = tuple[float, str, str, str, events.Channel, events.Channel | None]


def _agent(message: Message, at: float) -> _Agent:
    return (
        at,
        required(message, "Queue"),
        word(message, "MemberName"),
        word(message, "Interface"),
        channel(message),
        maybe_channel(message, "Dest"),
    )


def _agent_called(message: Message, at: float) -> events.Event:
    return events.AgentCalled(*_agent(message, at))


def _agent_connected(message: Message, at: float) -> events.Event:
    return events.AgentConnected(*_agent(message, at), whole(message, "HoldTime"))


def _agent_completed(message: Message, at: float) -> events.Event:
    return events.AgentCompleted(
        *_agent(message, at), word(message, "Reason").lower(), whole(message, "TalkTime")
    )


def _agent_did_not_answer(message: Message, at: float) -> events.Event:
    return events.AgentDidNotAnswer(*_agent(message, at), whole(message, "RingTime"))


def _agent_dumped(message: Message, at: float) -> events.Event:
    return events.AgentDumped(*_agent(message, at))


# --- phones and the PBX ----------------------------------------------------------------------
def _device_changed(message: Message, at: float) -> events.Event:
    return events.DeviceStateChanged(
        at, required(message, "Device"), required(message, "State").lower()
    )


def _contact_changed(message: Message, at: float) -> events.Event:
    return events.ContactChanged(
        at,
        word(message, "EndpointName") or required(message, "AOR"),
        word(message, "URI"),
        required(message, "ContactStatus").lower(),
    )


def _booted(_message: Message, at: float) -> events.Event:
    return events.PbxBooted(at)


def _shut_down(message: Message, at: float) -> events.Event:
    return events.PbxShutDown(at, message.get("Restart") == "True")


# --- lists -----------------------------------------------------------------------------------
def _age(text: str) -> float:
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return float(hours * 3600 + minutes * 60 + seconds)


def _channel_listed(message: Message, at: float) -> events.Event:
    in_queue = message.get("Application") == "Queue"
    queue = message.get("ApplicationData").partition(",")[0] if in_queue else ""
    age = message.get("Duration")
    return events.ChannelListed(
        at, channel(message), _age(age) if age else 0.0, word(message, "BridgeId"), queue
    )


def _queue_listed(message: Message, at: float) -> events.Event:
    return events.QueueListed(at, required(message, "Queue"))


def _member_listed(message: Message, at: float) -> events.Event:
    return events.MemberListed(at, member(message, name="Name", interface="Location"))


def _caller_listed(message: Message, at: float) -> events.Event:
    return events.CallerListed(
        at,
        required(message, "Queue"),
        required(message, "Uniqueid"),
        whole(message, "Position"),
        number(message.get("Wait"), 0.0),
        whole(message, "Priority"),
        known(message.get("CallerIDNum"), LONGEST_NUMBER),
        known(message.get("CallerIDName"), LONGEST_NAME),
    )


def _bridge_listed(message: Message, at: float) -> events.Event:
    return events.BridgeListed(
        at,
        required(message, "BridgeUniqueid"),
        word(message, "BridgeType"),
        whole(message, "BridgeNumChannels"),
    )


_TRANSLATORS: dict[str, Translator] = {
    "Newchannel": _of_channel(events.ChannelAppeared),
    "Newstate": _of_channel(events.ChannelChanged),
    "NewCallerid": _of_channel(events.ChannelChanged),
    "NewConnectedLine": _of_channel(events.ChannelChanged),
    "NewAccountCode": _of_channel(events.ChannelChanged),
    "MixMonitorStart": _of_channel(events.ChannelChanged),
    "MixMonitorMute": _of_channel(events.ChannelChanged),
    "MixMonitorStop": _of_channel(events.ChannelChanged),
    "Hangup": _hung_up,
    "Hold": _of_channel(events.ChannelHeld),
    "Unhold": _of_channel(events.ChannelUnheld),
    "DialBegin": _dial_began,
    "DialEnd": _dial_ended,
    "BridgeEnter": _bridge_entered,
    "BridgeLeave": _bridge_left,
    "BlindTransfer": _blind_transferred,
    "AttendedTransfer": _attended_transferred,
    "Pickup": _picked_up,
    "ParkedCall": _parked,
    "UnParkedCall": _unparked,
    "ParkedCallTimeOut": _unparked,
    "ParkedCallGiveUp": _unparked,
    "OriginateResponse": _originate_ended,
    "ChanSpyStart": _spy_started,
    "ChanSpyStop": _spy_stopped,
    "QueueCallerJoin": _joined,
    "QueueCallerLeave": _left,
    "QueueCallerAbandon": _abandoned,
    "AgentCalled": _agent_called,
    "AgentConnect": _agent_connected,
    "AgentComplete": _agent_completed,
    "AgentRingNoAnswer": _agent_did_not_answer,
    "AgentDump": _agent_dumped,
    "QueueMemberAdded": _of_member(events.MemberAdded),
    "QueueMemberRemoved": _of_member(events.MemberRemoved),
    "QueueMemberPause": _of_member(events.MemberPaused),
    "QueueMemberStatus": _of_member(events.MemberChanged),
    "QueueMemberPenalty": _of_member(events.MemberChanged),
    "DeviceStateChange": _device_changed,
    "ContactStatus": _contact_changed,
    "FullyBooted": _booted,
    "Shutdown": _shut_down,
    "CoreShowChannel": _channel_listed,
    "QueueParams": _queue_listed,
    "QueueMember": _member_listed,
    "QueueEntry": _caller_listed,
    "BridgeListItem": _bridge_listed,
}
