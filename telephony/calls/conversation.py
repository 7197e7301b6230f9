"""From the channel events of one linkedid to who was in the call, when, and why not. Pure.

Bridges say who talked with whom: two members at least, waiting in a parking lot does not count. A
channel may join from another call (transfer, pickup, park retrieval): it is then known only by its
bridge, or by its name as somebody's peer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

_ZOMBIE = "<ZOMBIE>"
_SHORTEST_CONFERENCE = timedelta(seconds=1)
_PARKED_BY_TRANSFER = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class CelRow:
    """One channel event, as kept in the ledger."""

    at: datetime
    event: str
    uniqueid: str
    channel: str
    name: str = ""
    number: str = ""
    exten: str = ""
    context: str = ""
    application: str = ""
    application_data: str = ""
    peer: str = ""
    extra: str = ""
    place: int | None = None  # among imported lines; their times may be whole seconds

    @property
    def order(self) -> tuple[int, datetime]:
        return self.place or 0, self.at


@dataclass(slots=True)
class Channel:
    """One channel's part. Seconds are floats; `cause` is Asterisk's hangup cause, -1: not known."""

    uniqueid: str
    name: str
    first_at: datetime
    is_native: bool  # it began in this call
    last_at: datetime | None = None
    names: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    extens: list[str] = field(default_factory=list)
    applications: set[str] = field(default_factory=set)
    answered_at: datetime | None = None
    talked_at: datetime | None = None
    ended_at: datetime | None = None
    talk_seconds: float = 0.0
    talking_since: datetime | None = None  # still, when the events end
    cause: int = -1
    hung_up_by: str = ""
    dial_status: str = ""

    @property
    def is_local(self) -> bool:
        return self.name.startswith("Local/")

    @property
    def rang_by_queue(self) -> bool:
        return "AppQueue" in self.applications


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that was done to the call: `by` and `to` are channel names, "" where not known.

    `kind` is one of transferred, consulted (an attended transfer), parked, fetched, park_ended (nobody
    fetched it in time), park_left (given up), picked_up, three_way, forwarded. `exten`: as dialled.
    """

    kind: str
    at: datetime
    by: str = ""
    to: str = ""
    exten: str = ""


@dataclass(slots=True)
class Conversation:
    """Everything that the events of one linkedid say, before anybody is named."""

    linkedid: str
    channels: list[Channel] = field(default_factory=list)
    started_at: datetime | None = None
    last_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_seconds: float = 0.0
    talking_since: datetime | None = None  # still, when the events end
    absorbed: set[str] = field(default_factory=set)  # channels that came from other calls
    marks: set[str] = field(default_factory=set)  # what the dialplan noted
    moments: list[Moment] = field(default_factory=list)

    @property
    def originator(self) -> Channel | None:
        """Who began it; made-up channels count only through the phone behind them."""
        real = [channel for channel in self.channels if not channel.is_local]
        for channel in real:
            if channel.uniqueid == self.linkedid:
                return channel
        return min(real, key=lambda channel: channel.first_at, default=None)

    def cut_off(self, at: datetime) -> None:
        """The PBX died: whoever was still there was there until then."""
        self.ended_at = at
        if self.talking_since is not None:
            self.talk_seconds += _seconds(self.talking_since, at)
        for channel in self.channels:
            if channel.talking_since is not None:
                channel.talk_seconds += _seconds(channel.talking_since, at)
            channel.ended_at = channel.ended_at or at


def follow(linkedid: str, rows: Iterable[CelRow]) -> Conversation:
    """`rows` in the order in which they were written."""
    return _Follower(linkedid).follow(rows)


class _Follower:
    def __init__(self, linkedid: str) -> None:
        self.call = Conversation(linkedid)
        self._by_id: dict[str, Channel] = {}
        self._by_name: dict[str, Channel] = {}
        self._bridges: dict[str, dict[str, datetime]] = {}  # bridge -> channel name -> since
        self._changed_at: dict[str, datetime] = {}  # when a bridge's members last changed
        self._holding: set[str] = set()
        self._threes: dict[str, tuple[datetime, str]] = {}  # bridge -> since, who came third
        self._talking_since: datetime | None = None
        self._linkedid_ended_at: datetime | None = None

    def follow(self, rows: Iterable[CelRow]) -> Conversation:
        for row in rows:
            call = self.call
            call.started_at = min(call.started_at or row.at, row.at)
            call.last_at = row.at
            if row.event == "LINKEDID_END":
                self._linkedid_ended_at = row.at
                continue
            self._take(row, self._channel(row))
            moment = moment_of(row)
            if moment is not None:
                self.call.moments.append(moment)
        self.call.moments = _told_once(self.call.moments)
        self.call.channels.sort(key=lambda channel: channel.first_at)
        self.call.ended_at = self._ended_at()
        self.call.talking_since = self._talking_since
        for members in self._bridges.values():
            for name, since in members.items() if len(members) >= 2 else ():
                self._by_name[name].talking_since = since
        return self.call

    def _channel(self, row: CelRow) -> Channel:
        name = row.channel.removesuffix(_ZOMBIE)
        channel = self._by_id.get(row.uniqueid)
        if channel is None:
            channel = self._by_name.get(name)
            if channel is None or channel.uniqueid:
                channel = self._new_channel(row.uniqueid, name, row.at, row.event == "CHAN_START")
            else:
                channel.uniqueid = row.uniqueid  # known so far as somebody's peer only
            self._by_id[row.uniqueid] = channel
            if not channel.is_native and row.uniqueid != self.call.linkedid:
                self.call.absorbed.add(row.uniqueid)
        channel.last_at = row.at
        return channel

    def _new_channel(self, uniqueid: str, name: str, at: datetime, is_native: bool) -> Channel:
        channel = Channel(uniqueid, name, at, is_native)
        self._by_name[name] = channel
        self.call.channels.append(channel)
        return channel

    def _take(self, row: CelRow, channel: Channel) -> None:
        for text, known in (
            (row.name, channel.names),
            (row.number, channel.numbers),
            (row.exten, channel.extens),
        ):
            if text and text not in known:
                known.append(text)
        if row.application:
            channel.applications.add(row.application)
        if row.event.startswith("HELIN_"):
            self.call.marks.add(row.event)
        extra = _extra(row)
        if row.event == "ANSWER":
            channel.answered_at = channel.answered_at or row.at
        elif row.event == "BRIDGE_ENTER":
            self._enter(row, channel, extra)
        elif row.event == "BRIDGE_EXIT":
            self._leave(str(extra.get("bridge_id", "")), channel, row.at)
        elif row.event == "PICKUP":
            self.call.absorbed.add(str(extra.get("pickup_channel_uniqueid", "")))
        elif row.event == "ATTENDEDTRANSFER":
            self._absorb_consultation(str(extra.get("channel2_uniqueid", "")))
        elif row.event == "HANGUP":
            channel.cause = _number(extra.get("hangupcause"))
            channel.hung_up_by = str(extra.get("hangupsource", ""))
            channel.dial_status = str(extra.get("dialstatus", ""))
            channel.ended_at = row.at
        elif row.event == "CHAN_END":
            channel.ended_at = row.at
            for bridge in list(self._bridges):
                self._leave(bridge, channel, row.at, is_exit=False)

    def _absorb_consultation(self, uniqueid: str) -> None:
        if uniqueid and uniqueid not in self._by_id:
            self.call.absorbed.add(uniqueid)

    # --- who talks ----------------------------------------------------------------------------
    def _enter(self, row: CelRow, channel: Channel, extra: dict[str, Any]) -> None:
        bridge = str(extra.get("bridge_id", ""))
        if extra.get("bridge_technology") == "holding_bridge":
            self._holding.add(bridge)
        if bridge in self._holding:
            return
        members = self._bridges.setdefault(bridge, {})
        self._changed_at[bridge] = row.at
        was_talk = len(members) >= 2
        for name in (channel.name, *filter(None, row.peer.split(","))):
            if name not in self._by_name:
                self._new_channel("", name, row.at, is_native=False)
            members.setdefault(name, row.at)
        if len(members) < 2:
            return
        if sum(not self._by_name[name].is_local for name in members) > 2:
            self._threes.setdefault(bridge, (row.at, channel.name))
        for name in members:
            member = self._by_name[name]
            member.talked_at = member.talked_at or row.at
            if not was_talk:
                members[name] = row.at  # time alone in a bridge is no talk
        self.call.answered_at = self.call.answered_at or row.at
        self._talking_since = self._talking_since or row.at

    def _leave(self, bridge: str, channel: Channel, at: datetime, *, is_exit: bool = True) -> None:
        members = self._bridges.get(bridge)
        if members is None:
            return
        if channel.name not in members:
            if not is_exit or channel.uniqueid == "":
                return
            # put in the place of the one who left last (a transfer to a phone that still rang)
            since = self._changed_at[bridge]
            members[channel.name] = since
            channel.talked_at = channel.talked_at or since
            self._talking_since = self._talking_since or since
        self._changed_at[bridge] = at
        was_talk = len(members) >= 2
        since = members.pop(channel.name)
        if len(members) < 3:
            self._end_three(bridge, at)
        if was_talk:
            channel.talk_seconds += _seconds(since, at)
        known = [name for name in members if self._by_name[name].uniqueid]
        if not known:
            for name, joined in members.items():
                self._by_name[name].talk_seconds += _seconds(joined, at) if was_talk else 0
                self._by_name[name].ended_at = at
            members.clear()
        elif len(members) == 1 and was_talk:
            # the last one there waits alone from now on
            name = next(iter(members))
            self._by_name[name].talk_seconds += _seconds(members[name], at)
            members[name] = at
        if self._talking_since and not any(len(one) >= 2 for one in self._bridges.values()):
            self.call.talk_seconds += _seconds(self._talking_since, at)
            self._talking_since = None

    def _end_three(self, bridge: str, at: datetime) -> None:
        """A transfer has three in a bridge for a moment; that is no conference."""
        since, third = self._threes.pop(bridge, (at, ""))
        if at - since >= _SHORTEST_CONFERENCE:
            self.call.moments.append(Moment("three_way", since, by=third))

    def _ended_at(self) -> datetime | None:
        """When the last channel ended; one that moved to another call ends here with its linkedid."""
        ends = []
        for channel in self.call.channels:
            end = channel.ended_at
            if end is None:
                last = channel.last_at or channel.first_at
                if self._linkedid_ended_at is None or last > self._linkedid_ended_at:
                    return None
                end = self._linkedid_ended_at
            ends.append(end)
        return max(ends, default=self._linkedid_ended_at)


def _told_once(moments: list[Moment]) -> list[Moment]:
    """By time. A phone parks by a transfer to the parking lot: that is one thing, not two."""
    found: list[Moment] = []
    for moment in sorted(moments, key=lambda moment: moment.at):
        if moment.kind == "parked" and found and found[-1].kind == "transferred":
            sent = found[-1]
            if moment.at - sent.at <= _PARKED_BY_TRANSFER:
                found[-1] = replace(moment, by=sent.by)
                continue
        found.append(moment)
    return found


_PARK_ENDS = {
    "ParkedCallUnparked": "fetched",
    "ParkedCallTimeOut": "park_ended",
    "ParkedCallGiveUp": "park_left",
}


def moment_of(row: CelRow) -> Moment | None:
    extra = _extra(row)

    def said(name: str) -> str:
        value = extra.get(name, "")
        return "" if not isinstance(value, str) or value == "N/A" else value.removesuffix(_ZOMBIE)

    channel = row.channel.removesuffix(_ZOMBIE)
    if row.event == "BLINDTRANSFER":
        return Moment("transferred", row.at, by=channel, exten=said("extension"))
    if row.event == "ATTENDEDTRANSFER":
        return Moment("consulted", row.at, by=channel, to=said("transfer_target_channel_name"))
    if row.event == "PARK_START":
        return Moment("parked", row.at, by=said("parker_dial_string"), to=channel)
    if row.event == "PARK_END":
        kind = _PARK_ENDS.get(said("reason"))
        return Moment(kind, row.at, by=said("retriever"), to=channel) if kind else None
    if row.event == "PICKUP":
        return Moment("picked_up", row.at, by=said("pickup_channel"), to=channel)
    if row.event == "FORWARD":
        return Moment("forwarded", row.at, by=channel, exten=said("forward") or said("extension"))
    return None


def _seconds(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())


def _extra(row: CelRow) -> dict[str, Any]:
    if not row.extra:
        return {}
    try:
        found = json.loads(row.extra)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1
