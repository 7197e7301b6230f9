"""A simulated PBX on a clock turned by hand, and the topics of a stream of AMI events."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from telephony.ami.wire import Framer, Message
from telephony.pbx.simulator.channels import Channel, Headers
from telephony.pbx.simulator.company import (
    Decision,
    SimulatedCompany,
    SimulatedPhone,
    SimulatedQueue,
)
from telephony.pbx.simulator.exchange import Exchange
from telephony.pbx.simulator.ledger_files import Ledger
from telephony.pbx.simulator.reactions import Caller, Scripted
from telephony.pbx.simulator.switchboard import Switchboard
from telephony.pbx.simulator.timeline import HandTimeline

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
NUMBER = "4420700001"
COMPANY = SimulatedCompany(
    phones=tuple(
        SimulatedPhone(f"{tenant}-{number}", f"Agent {number}")
        for tenant in ("acme", "globex")
        for number in (101, 102, 103, 105)
    ),
    queues=(
        SimulatedQueue("acme-support", "linear", ring_seconds=5),
        SimulatedQueue("acme-sales", "ringall"),
        SimulatedQueue("globex-support"),
    ),
    numbers=(NUMBER,),
    lots=("acme", "globex"),
    first_space=701,
)
OPEN = Decision("open", "acme", "acme-support", "Erika Mustermann", 5.5, 60)

Topics = dict[str, list[tuple[str, ...]]]


class Lab:
    """`members` are logged in to acme-support before the recording starts."""

    def __init__(self, *members: str, ledger: Ledger | None = None, **people: object) -> None:
        self.time = HandTimeline()
        self.people = Scripted(**people)  # type: ignore[arg-type]
        self.exchange = Exchange(self.time, COMPANY, ledger=ledger)
        self.board = Switchboard(self.exchange, self.people)
        for endpoint in members:
            self.board.members.add("acme-support", f"PJSIP/{endpoint}", endpoint)
        self.messages: list[Message] = []
        self.exchange.listeners.append(self._keep)

    def _keep(self, event: str, headers: Headers) -> None:
        lines = [f"Event: {event}", *(f"{name}: {value}" for name, value in headers)]
        self.messages.append(Message("\r\n".join(lines).encode(), event))

    def call(self, decision: Decision = OPEN, **caller: float | None) -> Channel:
        return self.board.arrive(NUMBER, Caller("4915112345", "Ext Caller", **caller), decision)

    def leg(self, endpoint: str) -> Channel:
        found = (c for c in self.exchange.channels.values() if c.device == f"PJSIP/{endpoint}")
        return list(found)[-1]

    @property
    def topics(self) -> Topics:
        return topics_of(self.messages)


def recorded(name: str) -> Topics:
    """The topics of a transcript of a real Asterisk 22."""
    framer = Framer(expect_banner=False)
    messages = framer.feed((TRANSCRIPTS / f"{name}.ami").read_bytes())
    return topics_of([message for message in messages if message.event])


def topics_of(messages: list[Message]) -> Topics:
    """Order is fixed within one topic only: a channel's life, its bridges, its music, the dials,
    the queue, the states of a member. Channels are told by their device and turn."""
    roles: dict[str, str] = {}
    topics: Topics = defaultdict(list)
    for message in messages:
        name, channel = message.event, message.get("Channel")
        if name == "Newchannel":
            device = channel.rpartition("-")[0]
            turn = sum(role.startswith(device) for role in roles.values()) + 1
            roles[channel] = f"{device}#{turn}"
        who = roles.get(channel, "")
        dest = roles.get(message.get("DestChannel"), "")
        if name in {"Newchannel", "Newstate", "HangupRequest", "SoftHangupRequest", "Hangup"}:
            state = message.get("ChannelStateDesc") if name in {"Newchannel", "Newstate"} else ""
            topics[f"life of {who}"].append((name, state, message.get("Cause")))
        elif name in {"BridgeEnter", "BridgeLeave"}:
            topics[f"bridges of {who}"].append((name, message["BridgeNumChannels"]))
        elif name.startswith("MusicOnHold"):
            topics[f"music of {who}"].append((name,))
        elif name in {"DialBegin", "DialState", "DialEnd"}:
            topics[f"dial of {dest}"].append((name, who, message.get("DialStatus")))
        elif name.startswith(("QueueCaller", "Agent")):
            details = (message.get("Position"), message.get("Count"), message.get("Reason"))
            topics["queue"].append((name, who, dest, message.get("Interface"), *details))
        elif name in {"QueueMemberStatus", "QueueMemberPause"}:
            steps = topics[f"member {message['Interface']}"]
            steps.append((name, message["Status"], message["Paused"]))
        elif name in {"OriginateResponse", "BlindTransfer", "ParkedCall", "UnParkedCall"}:
            topics[name].append(
                (message.get("Response"), message.get("Reason"), message.get("ParkingSpace"))
            )
        elif name in {"ChanSpyStart", "ChanSpyStop"}:
            topics["spying"].append(
                (name, roles[message["SpyerChannel"]], roles[message["SpyeeChannel"]])
            )
        elif name in {"Hold", "Unhold"}:
            topics[f"hold of {who}"].append((name,))
    return dict(topics)
