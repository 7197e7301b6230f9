"""Channels and bridges of the simulated PBX, and how Asterisk 22 writes them in an event."""

from __future__ import annotations

from dataclasses import dataclass, field

DOWN, RING, RINGING, UP = 0, 4, 5, 6
_STATE_WORDS = {DOWN: "Down", RING: "Ring", RINGING: "Ringing", UP: "Up"}
CAUSES = {
    0: "Unknown",
    1: "Unallocated (unassigned) number",
    16: "Normal Clearing",
    17: "User busy",
    19: "User alerting, no answer",
    26: "Answered elsewhere",
    34: "Circuit/channel congestion",
}
UNKNOWN = "<unknown>"
Headers = list[tuple[str, str]]


@dataclass(eq=False, slots=True)
class Channel:
    """One leg. `device` is what it belongs to (`PJSIP/acme-101`)."""

    name: str
    device: str
    uniqueid: str
    linkedid: str
    created_at: float
    number: str
    caller_name: str
    context: str
    exten: str
    account: str
    state: int = DOWN
    connected_number: str = ""
    connected_name: str = ""
    priority: int = 1
    app: str = ""
    app_data: str = ""
    dialled: str = ""
    dial_status: str = ""
    bridge: Bridge | None = None
    gone: bool = False

    def headers(self, prefix: str = "") -> Headers:
        values = (
            ("Channel", self.name),
            ("ChannelState", str(self.state)),
            ("ChannelStateDesc", _STATE_WORDS[self.state]),
            ("CallerIDNum", self.number or UNKNOWN),
            ("CallerIDName", self.caller_name or UNKNOWN),
            ("ConnectedLineNum", self.connected_number or UNKNOWN),
            ("ConnectedLineName", self.connected_name or UNKNOWN),
            ("Language", "en"),
            ("AccountCode", self.account),
            ("Context", self.context),
            ("Exten", self.exten),
            ("Priority", str(self.priority)),
            ("Uniqueid", self.uniqueid),
            ("Linkedid", self.linkedid),
        )
        return [(prefix + name, value) for name, value in values] if prefix else list(values)

    def list_headers(self, now: float) -> Headers:
        """As CoreShowChannels lists it."""
        seconds = int(now - self.created_at)
        duration = f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
        return [
            *self.headers(),
            ("Application", self.app),
            ("ApplicationData", self.app_data),
            ("Duration", duration),
            ("BridgeId", self.bridge.uniqueid if self.bridge else ""),
        ]


@dataclass(eq=False, slots=True)
class Bridge:
    uniqueid: str
    kind: str = "basic"
    name: str = ""
    channels: list[Channel] = field(default_factory=list)

    def headers(self) -> Headers:
        parking = self.kind == "parking"
        return [
            ("BridgeUniqueid", self.uniqueid),
            ("BridgeType", self.kind),
            ("BridgeTechnology", "holding_bridge" if parking else "simple_bridge"),
            ("BridgeCreator", "Parking" if parking else UNKNOWN),
            ("BridgeName", self.name or UNKNOWN),
            ("BridgeNumChannels", str(len(self.channels))),
            ("BridgeVideoSourceMode", "none"),
        ]
