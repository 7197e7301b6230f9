"""What the headers of one AMI event say, made safe, in our words. Pure."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from telephony.pbx import events
from telephony.pbx.outside import clean

if TYPE_CHECKING:
    from telephony.ami.wire import Message

LONGEST_NAME = 80
LONGEST_NUMBER = 64
LONGEST_WORD = 200
_UNKNOWN = frozenset({"<unknown>", "unknown", "<null>", ""})

_DEVICE_WORDS = "unknown not_inuse inuse busy invalid unavailable ringing ringinuse onhold"
_DEVICE_STATES = dict(zip("012345678", _DEVICE_WORDS.split(), strict=True))
_CHANNEL_WORDS = "down reserved offhook dialing ring ringing up busy dialing ring"
_CHANNEL_STATES = dict(zip("0123456789", _CHANNEL_WORDS.split(), strict=True))
_CHANNEL_HEADERS = (
    "Uniqueid", "Linkedid", "Channel", "ChannelState", "CallerIDNum", "CallerIDName",
    "ConnectedLineNum", "ConnectedLineName", "AccountCode", "Context", "Exten",
)  # fmt: skip
_RECORDING = {f"RECORDING={word}": word for word in ("", "on", "paused")}  # manager.conf


def number(text: str, default: float) -> float:
    try:
        found = float(text)
    except ValueError:
        return default
    return found if math.isfinite(found) else default


def whole(message: Message, header: str, default: int = 0) -> int:
    try:
        return int(message.get(header))
    except ValueError:
        return default


def known(text: str, longest: int) -> str:
    return "" if text in _UNKNOWN else clean(text, longest)


def word(message: Message, header: str) -> str:
    """A name given by ourselves: a queue, a bridge, a member."""
    return clean(message.get(header), LONGEST_WORD)


def required(message: Message, header: str) -> str:
    value = word(message, header)
    if not value:
        raise ValueError(header)
    return value


def channel(message: Message, prefix: str = "") -> events.Channel:
    """The channel that the headers with `prefix` describe. Raises ValueError without one."""
    (
        uniqueid, linkedid, name, state, caller_number, caller_name, connected_number,
        connected_name, account, context, exten,
    ) = message.read(_channel_headers(prefix))  # fmt: skip
    uniqueid = clean(uniqueid, LONGEST_WORD)
    if not uniqueid:
        raise ValueError(f"{prefix}Uniqueid")
    return events.Channel(
        uniqueid,
        clean(linkedid, LONGEST_WORD) or uniqueid,
        clean(name, LONGEST_WORD),
        _CHANNEL_STATES.get(state, "unknown"),
        known(caller_number, LONGEST_NUMBER),
        known(caller_name, LONGEST_NAME),
        known(connected_number, LONGEST_NUMBER),
        known(connected_name, LONGEST_NAME),
        clean(account, LONGEST_WORD),
        clean(context, LONGEST_WORD),
        known(exten, LONGEST_NUMBER),
        _RECORDING.get(message.get(f"{prefix}ChanVariable")),
    )


@cache
def _channel_headers(prefix: str) -> tuple[str, ...]:
    return tuple(prefix + header for header in _CHANNEL_HEADERS)


def maybe_channel(message: Message, prefix: str) -> events.Channel | None:
    return channel(message, prefix) if message.get(f"{prefix}Uniqueid") else None


def member(
    message: Message, name: str = "MemberName", interface: str = "Interface"
) -> events.Member:
    found = required(message, interface)
    paused_at = number(message.get("LastPause"), 0.0)
    return events.Member(
        queue=required(message, "Queue"),
        name=word(message, name) or found,  # empty: as the interface
        interface=found,
        penalty=whole(message, "Penalty"),
        paused=message.get("Paused") == "1",
        reason=word(message, "PausedReason"),
        status=_DEVICE_STATES.get(message.get("Status"), "unknown"),
        in_call=message.get("InCall") == "1",
        paused_at=paused_at or None,
    )
