"""The inside of the simulated PBX: its channels, bridges and devices, and the events they cause.

Nothing here reads a socket or waits: time is a `Timeline`, events go to whoever listens.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from random import Random

from telephony.pbx.simulator.channels import CAUSES, DOWN, RINGING, UP, Bridge, Channel, Headers
from telephony.pbx.simulator.company import SimulatedCompany, SimulatedPhone
from telephony.pbx.simulator.ledger_files import Ledger, NoLedger
from telephony.pbx.simulator.timeline import Timeline

SYSTEM_NAME = "simulator"
Listener = Callable[[str, Headers], None]


class Exchange:
    """Creates and ends channels and bridges in the way and order of Asterisk 22.

    `listeners` get every event's name and headers. `device_listeners` are told which device has
    another state now. `hangup_listeners` are told of every channel that is gone.
    """

    def __init__(
        self,
        timeline: Timeline,
        company: SimulatedCompany,
        *,
        ledger: Ledger | None = None,
        seed: int = 1,
    ) -> None:
        self.timeline = timeline
        self.company = company
        self.ledger: Ledger = ledger or NoLedger()
        self.random = Random(seed)  # noqa: S311 - a script, not a secret
        self.channels: dict[str, Channel] = {}
        self.bridges: list[Bridge] = []
        self.listeners: list[Listener] = []
        self.device_listeners: list[Callable[[str], None]] = []
        self.hangup_listeners: list[Callable[[Channel], None]] = []
        self.custom_states: dict[str, str] = {}
        self.started_at = timeline.now()
        self._states: dict[str, str] = {}
        self._numbers = itertools.count()

    # --- what others ask ----------------------------------------------------------------------
    def phone(self, endpoint: str) -> SimulatedPhone | None:
        return next((one for one in self.company.phones if one.endpoint == endpoint), None)

    def device_state(self, device: str) -> str:
        """As Asterisk names it: NOT_INUSE, RINGING, INUSE, RINGINUSE, UNAVAILABLE."""
        if device in self.custom_states:
            return self.custom_states[device]
        legs = [one for one in self.channels.values() if one.device == device and one.state != DOWN]
        ringing = any(one.state == RINGING for one in legs)
        busy = [one for one in legs if one.state != RINGING]
        if ringing:
            return "RINGINUSE" if busy else "RINGING"
        if busy:
            return "INUSE"
        known = self.phone(device.removeprefix("PJSIP/")) is not None
        return "NOT_INUSE" if known or device == "PJSIP/carrier" else "UNAVAILABLE"

    def devices(self) -> dict[str, str]:
        names = [phone.interface for phone in self.company.phones] + list(self.custom_states)
        return {name: self.device_state(name) for name in names}

    def adopt(self, company: SimulatedCompany) -> None:
        """Takes what was read anew; calls go on. Phones that came or went change their state."""
        before = {phone.interface for phone in self.company.phones}
        self.company = company
        after = {phone.interface for phone in company.phones}
        for device in sorted(after - before):
            self._states[device] = "UNAVAILABLE"
        for device in sorted(before ^ after):
            self.device_changed(device)

    # --- events -------------------------------------------------------------------------------
    def emit(self, event: str, headers: Headers, privilege: str = "call") -> None:
        head = [
            ("Privilege", f"{privilege},all"),
            ("Timestamp", f"{self.timeline.now():.6f}"),
            ("SystemName", SYSTEM_NAME),
        ]
        for listener in list(self.listeners):
            listener(event, [*head, *headers])

    def cel(self, event: str, channel: Channel, *, peer: str = "", **extra: object) -> None:
        self.ledger.channel_event(self.timeline.now(), event, channel, peer=peer, **extra)

    # --- channels -----------------------------------------------------------------------------
    def new_channel(
        self,
        endpoint: str,
        *,
        number: str,
        caller_name: str,
        context: str,
        exten: str,
        state: int = DOWN,
        account: str = "",
        linked: Channel | None = None,
        uniqueid: str = "",
    ) -> Channel:
        serial = next(self._numbers)
        own = uniqueid or f"{SYSTEM_NAME}-{int(self.timeline.now())}.{serial}"
        channel = Channel(
            name=f"PJSIP/{endpoint}-{serial:08x}",
            device=f"PJSIP/{endpoint}",
            uniqueid=own,
            linkedid=linked.linkedid if linked else own,
            created_at=self.timeline.now(),
            number=number,
            caller_name=caller_name,
            context=context,
            exten=exten,
            account=account,
            state=state,
            dialled=exten if state != DOWN else "",
        )
        self.channels[channel.name] = channel
        self.emit("Newchannel", channel.headers())
        self.cel("CHAN_START", channel)
        self.device_changed(channel.device)
        return channel

    def phone_channel(
        self,
        phone: SimulatedPhone,
        *,
        linked: Channel | None = None,
        uniqueid: str = "",
        exten: str = "s",
        state: int = DOWN,
    ) -> Channel:
        return self.new_channel(
            phone.endpoint,
            number=phone.extension,
            caller_name=phone.name,
            context="agents",
            exten=exten,
            state=state,
            account=phone.tenant,
            linked=linked,
            uniqueid=uniqueid,
        )

    def set_state(self, channel: Channel, state: int) -> None:
        channel.state = state
        self.emit("Newstate", channel.headers())
        if state == UP:
            self.cel("ANSWER", channel)

    def connect_line(self, channel: Channel, other: Channel) -> None:
        channel.connected_number, channel.connected_name = other.number, other.caller_name
        self.emit("NewConnectedLine", channel.headers())

    def dial_event(
        self, event: str, caller: Channel | None, called: Channel, *more: tuple[str, str]
    ) -> None:
        pairs = [] if caller is None else caller.headers()
        self.emit(event, [*pairs, *called.headers("Dest"), *more])

    def on_hold_music(self, channel: Channel, *, starts: bool) -> None:
        if starts:
            self.emit("MusicOnHoldStart", [*channel.headers(), ("Class", "default")])
        else:
            self.emit("MusicOnHoldStop", channel.headers())

    def ask_hangup(self, channel: Channel, cause: int | None = None) -> None:
        """The far end hangs up; `Hangup` itself follows when the rest is taken down."""
        more = [] if cause is None else [("Cause", str(cause))]
        self.emit("HangupRequest", [*channel.headers(), *more])

    def soft_hangup(self, channel: Channel, cause: int = 16) -> None:
        self.emit("SoftHangupRequest", [*channel.headers(), ("Cause", str(cause))])

    def hangup(self, channel: Channel, cause: int = 16, *, source: str = "") -> None:
        """The leg is gone. Doing it twice does nothing."""
        if channel.gone:
            return
        channel.gone = True
        del self.channels[channel.name]
        if channel.app in {"Queue", "Dial", "Park"}:
            self.end_app(channel)
            channel.exten = "h" if channel.context == "from-carrier" else channel.exten
        text = CAUSES.get(cause, "Unknown")
        self.emit("Hangup", [*channel.headers(), ("Cause", str(cause)), ("Cause-txt", text)])
        status = channel.dial_status
        self.cel("HANGUP", channel, hangupcause=cause, hangupsource=source, dialstatus=status)
        self.cel("CHAN_END", channel)
        if not any(one.linkedid == channel.linkedid for one in self.channels.values()):
            self.cel("LINKEDID_END", channel)
        self.device_changed(channel.device)
        for listener in list(self.hangup_listeners):
            listener(channel)

    def start_app(self, channel: Channel, app: str, data: str) -> None:
        channel.app, channel.app_data = app, data
        self.cel("APP_START", channel)

    def end_app(self, channel: Channel) -> None:
        if channel.app:
            self.cel("APP_END", channel)
            channel.app = channel.app_data = ""

    # --- bridges ------------------------------------------------------------------------------
    def new_bridge(self, kind: str = "basic", name: str = "") -> Bridge:
        bridge = Bridge(str(uuid.UUID(int=self.random.getrandbits(128), version=4)), kind, name)
        self.bridges.append(bridge)
        self.emit("BridgeCreate", bridge.headers())
        return bridge

    def enter(self, bridge: Bridge, channel: Channel) -> None:
        peer = ",".join(one.name for one in bridge.channels)
        bridge.channels.append(channel)
        channel.bridge = bridge
        self.emit("BridgeEnter", [*bridge.headers(), *channel.headers()])
        self.cel("BRIDGE_ENTER", channel, peer=peer, **_bridge_extra(bridge))

    def leave(self, channel: Channel) -> None:
        bridge = channel.bridge
        if bridge is None:
            return
        bridge.channels.remove(channel)
        channel.bridge = None
        peer = ",".join(one.name for one in bridge.channels)
        self.emit("BridgeLeave", [*bridge.headers(), *channel.headers()])
        self.cel("BRIDGE_EXIT", channel, peer=peer, **_bridge_extra(bridge))

    def destroy(self, bridge: Bridge) -> None:
        if bridge in self.bridges:
            self.bridges.remove(bridge)
            self.emit("BridgeDestroy", bridge.headers())

    def device_changed(self, device: str) -> None:
        """Tells what changed, if anything did."""
        state = self.device_state(device)
        if self._states.get(device, "NOT_INUSE") == state:
            return
        self._states[device] = state
        for listener in list(self.device_listeners):
            listener(device)
        self.emit("DeviceStateChange", [("Device", device), ("State", state)])


def _bridge_extra(bridge: Bridge) -> dict[str, str]:
    technology = "holding_bridge" if bridge.kind == "parking" else "simple_bridge"
    return {"bridge_id": bridge.uniqueid, "bridge_technology": technology}
