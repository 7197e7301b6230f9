"""Asterisk's AMI events (20 and later) in our words. Pure; what is not understood is None."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from telephony.pbx import events
from telephony.pbx.asterisk_ignored import IGNORED
from telephony.pbx.outside import clean

if TYPE_CHECKING:
    from telephony.ami.wire import Message

Translator = Callable[["Message", float], events.Event]

LONGEST_NAME = 80
LONGEST_NUMBER = 64
LONGEST_WORD = 200
# C0 and C1 controls, line and paragraph separators, and the characters that turn the direction of
# all text after them: a caller's name must not reorder the screen it is shown on.
_UNKNOWN = frozenset({"<unknown>", "unknown", "<null>", ""})

_DEVICE_WORDS = "unknown not_inuse inuse busy invalid unavailable ringing ringinuse onhold"
_DEVICE_STATES = dict(zip("012345678", _DEVICE_WORDS.split(), strict=True))
_CHANNEL_WORDS = "down reserved offhook dialing ring ringing up busy dialing ring"
_CHANNEL_STATES = dict(zip("0123456789", _CHANNEL_WORDS.split(), strict=True))
_RECORDING = {f"RECORDING={word}": word for word in ("", "on", "paused")}  # manager.conf


def translate(message: Message, *, received_at: float = 0.0) -> events.PbxEvent | None:
    """The event in our words, or None. Never raises: what is broken is not understood.

    `received_at` (epoch seconds) stands in where the PBX sends no Timestamp.
    """
    translator = _TRANSLATORS.get(message.event)
    if translator is None:
        return None
    try:
        return translator(message, _number(message.get("Timestamp"), received_at))
    except (KeyError, ValueError, OverflowError):
        return None


def is_known(name: str) -> bool:
    """True for what is understood or knowingly left aside; False is worth counting."""
    return name in _TRANSLATORS or name in IGNORED or name.endswith("Complete")


def _number(text: str, default: float) -> float:
    try:
        number = float(text)
    except ValueError:
        return default
    return number if math.isfinite(number) else default


def _whole(message: Message, header: str, default: int = 0) -> int:
    try:
        return int(message.get(header))
    except ValueError:
        return default


def _known(text: str, longest: int) -> str:
    return "" if text in _UNKNOWN else clean(text, longest)


def _word(message: Message, header: str) -> str:
    """A name given by ourselves: a queue, a bridge, a member."""
    return clean(message.get(header), LONGEST_WORD)


def _required(message: Message, header: str) -> str:
    value = _word(message, header)
    if not value:
        raise ValueError(header)
    return value


def _channel(message: Message, prefix: str = "") -> events.Channel:
    """The channel that the headers with `prefix` describe. Raises ValueError without one."""
    get = message.get
    uniqueid = _required(message, f"{prefix}Uniqueid")
    return events.Channel(
        uniqueid,
        _word(message, f"{prefix}Linkedid") or uniqueid,
        _word(message, f"{prefix}Channel"),
        _CHANNEL_STATES.get(get(f"{prefix}ChannelState"), "unknown"),
        _known(get(f"{prefix}CallerIDNum"), LONGEST_NUMBER),
        _known(get(f"{prefix}CallerIDName"), LONGEST_NAME),
        _known(get(f"{prefix}ConnectedLineNum"), LONGEST_NUMBER),
        _known(get(f"{prefix}ConnectedLineName"), LONGEST_NAME),
        _word(message, f"{prefix}AccountCode"),
        _word(message, f"{prefix}Context"),
        _known(get(f"{prefix}Exten"), LONGEST_NUMBER),
        _RECORDING.get(get(f"{prefix}ChanVariable")),
    )


def _maybe_channel(message: Message, prefix: str) -> events.Channel | None:
    return _channel(message, prefix) if message.get(f"{prefix}Uniqueid") else None


def _member(
    message: Message, name: str = "MemberName", interface: str = "Interface"
) -> events.Member:
    found = _required(message, interface)
    paused_at = _number(message.get("LastPause"), 0.0)
    return events.Member(
        queue=_required(message, "Queue"),
        name=_word(message, name) or found,  # empty: as the interface
        interface=found,
        penalty=_whole(message, "Penalty"),
        paused=message.get("Paused") == "1",
        reason=_word(message, "PausedReason"),
        status=_DEVICE_STATES.get(message.get("Status"), "unknown"),
        in_call=message.get("InCall") == "1",
        paused_at=paused_at or None,
    )


def _of_channel(kind: type[events.ChannelEvent]) -> Translator:
    return lambda message, at: kind(at, _channel(message))


def _of_member(kind: type[events.MemberEvent]) -> Translator:
    return lambda message, at: kind(at, _member(message))


# --- channels --------------------------------------------------------------------------------
def _hung_up(message: Message, at: float) -> events.Event:
    return events.ChannelHungUp(at, _channel(message), _whole(message, "Cause"))


def _dial_began(message: Message, at: float) -> events.Event:
    return events.DialBegan(at, _maybe_channel(message, ""), _channel(message, "Dest"))


def _dial_ended(message: Message, at: float) -> events.Event:
    return events.DialEnded(
        at,
        _maybe_channel(message, ""),
        _channel(message, "Dest"),
        _word(message, "DialStatus").lower(),
    )


def _bridge_entered(message: Message, at: float) -> events.Event:
    bridge = _required(message, "BridgeUniqueid")
    return events.BridgeEntered(at, _channel(message), bridge, _word(message, "BridgeType"))


def _bridge_left(message: Message, at: float) -> events.Event:
    return events.BridgeLeft(at, _channel(message), _required(message, "BridgeUniqueid"))


def _blind_transferred(message: Message, at: float) -> events.Event:
    return events.BlindTransferred(
        at,
        message.get("Result") == "Success",
        _required(message, "TransfererUniqueid"),
        _word(message, "TransfereeUniqueid"),
        _known(message.get("Extension"), LONGEST_NUMBER),
    )


def _attended_transferred(message: Message, at: float) -> events.Event:
    return events.AttendedTransferred(
        at,
        message.get("Result") == "Success",
        _required(message, "OrigTransfererUniqueid"),
        _word(message, "SecondTransfererUniqueid"),
        _word(message, "TransfereeUniqueid"),
        _word(message, "TransferTargetUniqueid"),
    )


def _picked_up(message: Message, at: float) -> events.Event:
    return events.CallPickedUp(at, _channel(message), _channel(message, "Target"))


def _parked(message: Message, at: float) -> events.Event:
    kind = events.ParkedCallListed if message.get("ActionID") else events.CallParked
    return kind(
        at,
        _channel(message, "Parkee"),
        _word(message, "Parkinglot"),
        _word(message, "ParkingSpace"),
        _whole(message, "ParkingTimeout"),
        _word(message, "ParkerDialString"),
        _whole(message, "ParkingDuration"),
    )


def _unparked(message: Message, at: float) -> events.Event:
    return events.CallUnparked(
        at,
        _channel(message, "Parkee"),
        _word(message, "Parkinglot"),
        _word(message, "ParkingSpace"),
        _maybe_channel(message, "Retriever"),
    )


def _originate_ended(message: Message, at: float) -> events.Event:
    return events.OriginateEnded(
        at,
        _word(message, "ActionID"),
        _known(message.get("Uniqueid"), LONGEST_WORD),
        message.get("Response") == "Success",
    )


def _spy_started(message: Message, at: float) -> events.Event:
    return events.SpyStarted(at, _channel(message, "Spyer"), _channel(message, "Spyee"))


def _spy_stopped(message: Message, at: float) -> events.Event:
    return events.SpyStopped(at, _channel(message, "Spyer"))


# --- queues ----------------------------------------------------------------------------------
def _joined(message: Message, at: float) -> events.Event:
    queue = _required(message, "Queue")
    return events.CallerJoinedQueue(at, _channel(message), queue, _whole(message, "Position"))


def _left(message: Message, at: float) -> events.Event:
    return events.CallerLeftQueue(at, _channel(message), _required(message, "Queue"))


def _abandoned(message: Message, at: float) -> events.Event:
    queue = _required(message, "Queue")
    return events.CallerAbandonedQueue(at, _channel(message), queue, _whole(message, "HoldTime"))


_Agent = tuple[float, str, str, str, events.Channel, events.Channel | None]


def _agent(message: Message, at: float) -> _Agent:
    return (
        at,
        _required(message, "Queue"),
        _word(message, "MemberName"),
        _word(message, "Interface"),
        _channel(message),
        _maybe_channel(message, "Dest"),
    )


def _agent_called(message: Message, at: float) -> events.Event:
    return events.AgentCalled(*_agent(message, at))


def _agent_connected(message: Message, at: float) -> events.Event:
    return events.AgentConnected(*_agent(message, at), _whole(message, "HoldTime"))


def _agent_completed(message: Message, at: float) -> events.Event:
    return events.AgentCompleted(
        *_agent(message, at), _word(message, "Reason").lower(), _whole(message, "TalkTime")
    )


def _agent_did_not_answer(message: Message, at: float) -> events.Event:
    return events.AgentDidNotAnswer(*_agent(message, at), _whole(message, "RingTime"))


def _agent_dumped(message: Message, at: float) -> events.Event:
    return events.AgentDumped(*_agent(message, at))


# --- phones and the PBX ----------------------------------------------------------------------
def _device_changed(message: Message, at: float) -> events.Event:
    return events.DeviceStateChanged(
        at, _required(message, "Device"), _required(message, "State").lower()
    )


def _contact_changed(message: Message, at: float) -> events.Event:
    return events.ContactChanged(
        at,
        _word(message, "EndpointName") or _required(message, "AOR"),
        _word(message, "URI"),
        _required(message, "ContactStatus").lower(),
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
        at, _channel(message), _age(age) if age else 0.0, _word(message, "BridgeId"), queue
    )


def _queue_listed(message: Message, at: float) -> events.Event:
    return events.QueueListed(at, _required(message, "Queue"))


def _member_listed(message: Message, at: float) -> events.Event:
    return events.MemberListed(at, _member(message, name="Name", interface="Location"))


def _caller_listed(message: Message, at: float) -> events.Event:
    return events.CallerListed(
        at,
        _required(message, "Queue"),
        _required(message, "Uniqueid"),
        _whole(message, "Position"),
        _number(message.get("Wait"), 0.0),
        _whole(message, "Priority"),
        _known(message.get("CallerIDNum"), LONGEST_NUMBER),
        _known(message.get("CallerIDName"), LONGEST_NAME),
    )


def _bridge_listed(message: Message, at: float) -> events.Event:
    return events.BridgeListed(
        at,
        _required(message, "BridgeUniqueid"),
        _word(message, "BridgeType"),
        _whole(message, "BridgeNumChannels"),
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
