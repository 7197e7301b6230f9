"""Which tenant a fact of a PBX belongs to. Pure but for what it remembers of living channels.

Names in the PBX begin with the tenant's slug. A call from outside comes in on a trunk that all
share: it belongs to whom the dialled number belongs, or to whom the dialplan says (the account).
Until that is known its channel waits here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from telephony.live.channels import interface_of
from telephony.live.directory import Directory, digits
from telephony.pbx import events
from telephony.pbx.events import Channel, PbxEvent

MOST_IN_LOBBY = 2000
Routed = tuple[str, PbxEvent]


class Router:
    """Not to be shared between links to the PBX: what it remembers holds for one."""

    def __init__(self) -> None:
        self._slugs: frozenset[str] = frozenset()
        self._numbers: dict[str, str] = {}
        self._channels: dict[str, tuple[str, str]] = {}  # uniqueid -> slug, linkedid
        self._calls: dict[str, tuple[str, int]] = {}  # linkedid -> slug, how many channels
        self._lobby: OrderedDict[str, events.ChannelAppeared] = OrderedDict()

    def know(self, directories: Iterable[Directory]) -> None:
        """The tenants of this PBX, and whose numbers are whose."""
        known = list(directories)
        self._slugs = frozenset(directory.slug for directory in known)
        self._numbers = {
            number: directory.slug for directory in known for number in directory.numbers
        }

    def forget(self) -> None:
        self._channels.clear()
        self._calls.clear()
        self._lobby.clear()

    def route(self, event: PbxEvent) -> list[Routed]:
        """The tenant's slug with the event; nothing for what is nobody's, or not known yet."""
        if isinstance(event, events.ChannelEvent):
            return self._route_channel(event)
        if isinstance(event, events.DialBegan | events.DialEnded):
            return self._routed(self._slug_of(event.called), event)
        if isinstance(event, events.AgentEvent | events.CallerListed):
            return self._routed(self._prefix(event.queue), event)
        if isinstance(event, events.MemberEvent):
            return self._routed(self._prefix(event.member.queue), event)
        if isinstance(event, events.DeviceStateChanged):
            kind, _, name = event.device.partition("/")
            return self._routed(self._prefix(name) if kind == "PJSIP" else None, event)
        return []

    def route_snapshot(self, told: Iterable[PbxEvent]) -> dict[str, list[PbxEvent]]:
        """All that was listed, by tenant, each bridge before the channels in it."""
        self.forget()
        listed = list(told)
        bridges = {
            event.bridge: event for event in listed if isinstance(event, events.BridgeListed)
        }
        found: dict[str, list[PbxEvent]] = {slug: [] for slug in self._slugs}
        for event in sorted(listed, key=_rank):
            for slug, fact in self.route(event):
                bridge = (
                    bridges.get(fact.bridge) if isinstance(fact, events.ChannelListed) else None
                )
                if bridge is not None:
                    found[slug].append(bridge)
                found[slug].append(fact)
        return found

    # --- inside -------------------------------------------------------------------------------
    def _routed(self, slug: str | None, event: PbxEvent) -> list[Routed]:
        return [] if slug is None else [(slug, event)]

    def _prefix(self, name: str) -> str | None:
        slug, separator, _ = name.partition("-")
        return slug if separator and slug in self._slugs else None

    def _route_channel(self, event: events.ChannelEvent) -> list[Routed]:
        channel = event.channel
        slug = self._slug_of(channel, getattr(event, "queue", ""))
        if isinstance(event, events.ChannelHungUp):
            self._let_go(channel.uniqueid)
            if slug is None:
                self._lobby.pop(channel.uniqueid, None)
        if slug is None:
            if isinstance(event, events.ChannelAppeared):
                self._lobby[channel.uniqueid] = event
                if len(self._lobby) > MOST_IN_LOBBY:
                    self._lobby.popitem(last=False)
            return []
        waited = self._lobby.pop(channel.uniqueid, None)
        if waited is None:
            return [(slug, event)]
        return [(slug, waited), (slug, event)]

    def _slug_of(self, channel: Channel, queue: str = "") -> str | None:
        known = self._channels.get(channel.uniqueid)
        if known is not None:
            slug, linkedid = known
            if linkedid != channel.linkedid:
                self._keep(channel, slug)
            return slug
        found = self._find(channel, queue)
        if found is not None:
            self._keep(channel, found)
        return found

    def _find(self, channel: Channel, queue: str) -> str | None:
        phone = self._prefix(interface_of(channel.name).partition("/")[2])
        if phone is not None:
            return phone
        if channel.account in self._slugs:
            return channel.account
        call = self._calls.get(channel.linkedid)
        if call is not None:
            return call[0]
        return self._prefix(queue) or self._numbers.get(digits(channel.exten))

    def _keep(self, channel: Channel, slug: str) -> None:
        self._let_go(channel.uniqueid)
        self._channels[channel.uniqueid] = (slug, channel.linkedid)
        _, count = self._calls.get(channel.linkedid, (slug, 0))
        self._calls[channel.linkedid] = (slug, count + 1)

    def _let_go(self, uniqueid: str) -> None:
        slug, linkedid = self._channels.pop(uniqueid, ("", ""))
        _, count = self._calls.get(linkedid, (slug, 0))
        if count > 1:
            self._calls[linkedid] = (slug, count - 1)
        else:
            self._calls.pop(linkedid, None)


def _rank(event: PbxEvent) -> int:
    """The channels first: all else is about them. The one that began a call before its legs."""
    if isinstance(event, events.ChannelListed):
        return 0 if event.channel.uniqueid == event.channel.linkedid else 1
    return 2
