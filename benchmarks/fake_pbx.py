"""A PBX for benchmarks: speaks AMI over TCP, and says whatever events it is told to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

_LISTS = {
    "coreshowchannels": "CoreShowChannelsComplete",
    "bridgelist": "BridgeListComplete",
    "queuestatus": "QueueStatusComplete",
    "parkedcalls": "ParkedCallsComplete",
    "devicestatelist": "DeviceStateListComplete",
}


def frame(event: str, **headers: object) -> bytes:
    """One event with its time; header names as they are, `_` stands for `-`."""
    lines = [f"Event: {event}", "Privilege: call,all", f"Timestamp: {time.time():.6f}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class FakePbx:
    """`agents`: (queue, member name, interface) of everybody who is logged in."""

    def __init__(self, agents: Iterable[tuple[str, str, str]]) -> None:
        self._agents = list(agents)
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.synced = asyncio.Event()
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()

    def say(self, data: bytes) -> None:
        for writer in self._writers:
            writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while True:
                action = (await reader.readuntil(b"\r\n\r\n")).decode()
                headers = dict(line.split(": ", 1) for line in action.strip().split("\r\n"))
                writer.write(self._answer(headers, writer))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            if writer in self._writers:
                self._writers.remove(writer)

    def _answer(self, headers: dict[str, str], writer: asyncio.StreamWriter) -> bytes:
        name, action_id = headers["Action"].lower(), headers.get("ActionID", "")
        answer = f"Response: Success\r\nActionID: {action_id}\r\n"
        if name == "login":
            self._writers.append(writer)
            return (answer + "Message: Authentication accepted\r\n\r\n").encode()
        if name not in _LISTS:
            return (answer + "Message: Done\r\n\r\n").encode()
        listed = self._listed(name, action_id)
        end = f"Event: {_LISTS[name]}\r\nActionID: {action_id}\r\nEventList: Complete\r\n"
        end += f"ListItems: {len(listed)}\r\n\r\n"
        if name == "devicestatelist":
            self.synced.set()
        return (answer + "EventList: start\r\n\r\n").encode() + b"".join(listed) + end.encode()

    def _listed(self, name: str, action_id: str) -> list[bytes]:
        if name == "queuestatus":
            return [
                frame(
                    "QueueMember", ActionID=action_id, Queue=queue, Name=member, Location=interface,
                    StateInterface=interface, Membership="dynamic", Penalty=0, Status=1, Paused=0,
                    PausedReason="", InCall=0, LastPause=0,
                )
                for queue, member, interface in self._agents
            ]  # fmt: skip
        if name == "devicestatelist":
            return [
                frame("DeviceStateChange", ActionID=action_id, Device=interface, State="NOT_INUSE")
                for interface in dict.fromkeys(interface for _, _, interface in self._agents)
            ]
        return []


class Call:
    """The events of one queue call, as Asterisk 22 sends them (34 and 16 kB, most of it noise)."""

    def __init__(self, number: int, slug: str, queue: str, agent: tuple[str, str]) -> None:
        """`agent`: member name and interface."""
        self.number = number
        self.uniqueid = f"bench-{number}.1"
        self.leg = f"bench-{number}.2"
        self._slug = slug
        self._queue = queue
        self._member, self._interface = agent

    def _channel(
        self, prefix: str = "", *, agent: bool = False, state: int = 6
    ) -> dict[str, object]:
        name = f"{self._interface}-{self.number:08x}" if agent else f"PJSIP/trunk-{self.number:08x}"
        words = {0: "Down", 4: "Ring", 5: "Ringing", 6: "Up"}
        return {
            f"{prefix}Channel": name,
            f"{prefix}ChannelState": state,
            f"{prefix}ChannelStateDesc": words[state],
            f"{prefix}CallerIDNum": "101" if agent else f"+3725{self.number:07d}",
            f"{prefix}CallerIDName": "Agent" if agent else f"Caller {self.number}",
            f"{prefix}ConnectedLineNum": "<unknown>",
            f"{prefix}ConnectedLineName": "<unknown>",
            f"{prefix}Language": "en",
            f"{prefix}AccountCode": self._slug,
            f"{prefix}Context": "agents" if agent else "from-carrier",
            f"{prefix}Exten": "3726000000",
            f"{prefix}Priority": 1,
            f"{prefix}Uniqueid": self.leg if agent else self.uniqueid,
            f"{prefix}Linkedid": self.uniqueid,
        }

    def _noise(self, count: int) -> bytes:
        caller = self._channel()
        return b"".join(
            frame("VarSet", **caller, Variable=f"NAME{n}", Value="x" * 20) for n in range(count)
        )

    def arrive(self) -> bytes:
        return frame("Newchannel", **self._channel(state=4))

    def join(self) -> bytes:
        return frame("QueueCallerJoin", **self._channel(), Queue=self._queue, Position=1, Count=1)

    def leave(self) -> bytes:
        caller = self._channel()
        return frame("QueueCallerLeave", **caller, Queue=self._queue, Position=1, Count=0) + frame(
            "Hangup", **caller, Cause=16
        )

    def _agent_event(self, name: str, state: int, **more: object) -> bytes:
        both = {**self._channel(), **self._channel("Dest", agent=True, state=state)}
        return frame(
            name, **both, Queue=self._queue, Interface=self._interface,
            MemberName=self._member, **more,
        )  # fmt: skip

    def ring(self) -> bytes:
        """11 events; the agent's own screen must show it after the second."""
        both = {**self._channel(), **self._channel("Dest", agent=True, state=5)}
        return (
            frame("Newchannel", **self._channel(agent=True, state=0))
            + self._agent_event("AgentCalled", 0)
            + frame("DialBegin", **both, DialString=self._interface[6:])
            + frame("Newstate", **self._channel(agent=True, state=5))
            + frame("DialState", **both, DialStatus="RINGING")
            + frame("DeviceStateChange", Device=self._interface, State="RINGING")
            + self._noise(5)
        )

    def answer(self) -> bytes:
        caller, leg = self._channel(), self._channel(agent=True)
        bridge = {"BridgeUniqueid": f"bridge-{self.number}", "BridgeType": "basic"}
        both = {**caller, **self._channel("Dest", agent=True)}
        return (
            frame("Newstate", **leg)
            + frame("DialEnd", **both, DialStatus="ANSWER")
            + frame("QueueCallerLeave", **caller, Queue=self._queue, Position=1, Count=0)
            + self._agent_event("AgentConnect", 6, HoldTime=1, RingTime=1)
            + frame("BridgeEnter", **leg, **bridge)
            + frame("BridgeEnter", **caller, **bridge)
            + frame("DeviceStateChange", Device=self._interface, State="INUSE")
            + self._noise(5)
        )

    def end(self) -> bytes:
        caller, leg = self._channel(), self._channel(agent=True)
        bridge = {"BridgeUniqueid": f"bridge-{self.number}", "BridgeType": "basic"}
        return (
            frame("BridgeLeave", **caller, **bridge)
            + frame("BridgeLeave", **leg, **bridge)
            + frame("Hangup", **leg, Cause=16)
            + self._agent_event("AgentComplete", 6, HoldTime=1, TalkTime=5, Reason="caller")
            + frame("Hangup", **caller, Cause=16)
            + frame("DeviceStateChange", Device=self._interface, State="NOT_INUSE")
        )

    def hang_up(self) -> bytes:
        return frame("Hangup", **self._channel(), Cause=16)
