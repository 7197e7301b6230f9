"""Queue members of the simulated PBX: who is logged in where, paused or not, and his device."""

from __future__ import annotations

from dataclasses import dataclass

from telephony.pbx.simulator.channels import Headers
from telephony.pbx.simulator.exchange import Exchange

STATUS = {
    "UNKNOWN": 0,
    "NOT_INUSE": 1,
    "INUSE": 2,
    "BUSY": 3,
    "INVALID": 4,
    "UNAVAILABLE": 5,
    "RINGING": 6,
    "RINGINUSE": 7,
    "ONHOLD": 8,
}


class NotChanged(Exception):
    """What was asked makes no sense now; the words are Asterisk's."""


@dataclass(eq=False, slots=True)
class Member:
    queue: str
    interface: str
    name: str
    penalty: int
    paused: bool
    reason: str
    login_time: int
    calls_taken: int = 0
    last_call: int = 0
    last_pause: int = 0
    in_call: bool = False


class Members:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._members: dict[tuple[str, str], Member] = {}
        exchange.device_listeners.append(self._device_changed)

    def all(self) -> list[Member]:
        return list(self._members.values())

    def of_queue(self, queue: str) -> list[Member]:
        """In the order in which they logged in."""
        return [one for one in self._members.values() if one.queue == queue]

    def is_free(self, member: Member) -> bool:
        return not member.paused and self._exchange.device_state(member.interface) == "NOT_INUSE"

    def add(
        self,
        queue: str,
        interface: str,
        name: str,
        penalty: int = 0,
        *,
        paused: bool = False,
        reason: str = "",
    ) -> None:
        if not self._has_queue(queue):
            raise NotChanged("Unable to add interface to queue: No such queue")
        if (queue, interface) in self._members:
            raise NotChanged("Unable to add interface: Already there")
        now = int(self._exchange.timeline.now())
        member = Member(
            queue, interface, name or interface, penalty, paused, reason if paused else "", now
        )
        member.last_pause = now if paused else 0
        self._members[queue, interface] = member
        self._device(f"Queue:{queue}_pause_{interface}", inuse=paused)
        self._tell("QueueMemberAdded", member)
        self._log("MANAGER", member, "ADDMEMBER", *(["PAUSED"] if paused else []))

    def remove(self, queue: str, interface: str) -> None:
        if not self._has_queue(queue):
            raise NotChanged("Unable to remove interface from queue: No such queue")
        member = self._members.pop((queue, interface), None)
        if member is None:
            raise NotChanged("Unable to remove interface: Not there")
        self._tell("QueueMemberRemoved", member)
        self._log("MANAGER", member, "REMOVEMEMBER")

    def pause(self, queue: str, interface: str, *, paused: bool, reason: str = "") -> None:
        """In all its queues when `queue` is empty."""
        for member in self._found(queue, interface, "Interface not found"):
            member.paused, member.reason = paused, reason if paused else ""
            if paused:
                member.last_pause = int(self._exchange.timeline.now())
            self._device(f"Queue:{member.queue}_pause_{interface}", inuse=paused)
            self._tell("QueueMemberPause", member)
            self._log(
                "NONE", member, "PAUSE" if paused else "UNPAUSE", *([reason] if reason else [])
            )
        if not queue:
            event = "PAUSEALL" if paused else "UNPAUSEALL"
            self._exchange.ledger.queue_log(
                self._exchange.timeline.now(), "NONE", "NONE", interface, event
            )

    def set_penalty(self, queue: str, interface: str, penalty: int) -> None:
        for member in self._found(queue, interface, "Invalid interface, queuename or penalty"):
            member.penalty = penalty
            self._tell("QueueMemberPenalty", member)
            now = self._exchange.timeline.now()
            self._exchange.ledger.queue_log(
                now, "NONE", member.queue, interface, "PENALTY", penalty
            )

    def headers(self, member: Member, *, listed: bool = False) -> Headers:
        """As an event carries them, or as QueueStatus lists them."""
        name, interface = ("Name", "Location") if listed else ("MemberName", "Interface")
        pairs = [
            ("Queue", member.queue),
            (name, member.name),
            (interface, member.interface),
            ("StateInterface", member.interface),
            ("Membership", "dynamic"),
            ("Penalty", str(member.penalty)),
            ("CallsTaken", str(member.calls_taken)),
            ("LastCall", str(member.last_call)),
            ("LastPause", str(member.last_pause)),
            ("LoginTime", str(member.login_time)),
            ("InCall", str(int(member.in_call))),
            ("Status", str(STATUS.get(self._exchange.device_state(member.interface), 0))),
            ("Paused", str(int(member.paused))),
            ("PausedReason", member.reason),
        ]
        if not listed:
            pairs.append(("Ringinuse", "0"))
        return [*pairs, ("Wrapuptime", "0")]

    def _found(self, queue: str, interface: str, words: str) -> list[Member]:
        found = [
            one
            for one in self._members.values()
            if one.interface == interface and (not queue or one.queue == queue)
        ]
        if not found:
            raise NotChanged(words)
        return found

    def _has_queue(self, queue: str) -> bool:
        return any(one.name == queue for one in self._exchange.company.queues)

    def _tell(self, event: str, member: Member) -> None:
        self._exchange.emit(event, self.headers(member), "agent")

    def _device(self, device: str, *, inuse: bool) -> None:
        state = "INUSE" if inuse else "NOT_INUSE"
        self._exchange.emit("DeviceStateChange", [("Device", device), ("State", state)])

    def _device_changed(self, device: str) -> None:
        for member in self._members.values():
            if member.interface == device:
                self._tell("QueueMemberStatus", member)

    def _log(self, call: str, member: Member, event: str, *data: object) -> None:
        now = self._exchange.timeline.now()
        self._exchange.ledger.queue_log(now, call, member.queue, member.name, event, *data)
