"""One AMI session without I/O: login, answers matched to their questions, sign of life.

Bytes come in by `received`, bytes to send are taken by `take_bytes`, the clock is an argument
(seconds of any monotonic clock). What became of an action is told as data by `take_outcomes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from telephony.ami.actions import Action, encode_action
from telephony.ami.wire import Framer, Message, WireError

# Asterisk is slow to answer at the edge of its capacity (over 5 s at 45 calls/s on two cores).
ANSWER_WITHIN = 10.0
# Longer lists than this are no answer to anything Helin asks.
MOST_ITEMS = 200_000


class AmiFailure(Exception):
    """An action did not lead to an answer. The words are for the log."""


class NotSent(AmiFailure):
    """Not one complete action left this process: Asterisk cannot have carried it out."""


class LoginRefused(NotSent):
    """Asterisk answered, and does not take this user and secret (or not from this address)."""


class NoAnswer(AmiFailure):
    """The action was sent and nothing came back. It may have been carried out: never repeat it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The response to an action, with the events of the list when it opened one."""

    response: Message
    items: tuple[Message, ...] = ()

    @property
    def succeeded(self) -> bool:
        return self.response.response in {"Success", "Follows", "Goodbye"}

    @property
    def words(self) -> str:
        """Asterisk's own sentence."""
        return self.response.get("Message")


@dataclass(frozen=True, slots=True)
class Answered:
    action_id: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class Unanswered:
    action_id: str
    why: str


Outcome = Answered | Unanswered


class LinkState(Enum):
    OPENING = "opening"
    LOGGING_IN = "logging in"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(slots=True)
class _Pending:
    deadline: float
    response: Message | None = None
    items: list[Message] = field(default_factory=list)


class Session:
    """The rules of one connection. It starts when the transport is connected, and never restarts.

    `wanted` tells by an event's name whether it is delivered; the events of a list that was asked
    for always are. `ping_after` seconds of silence cause a ping, `ping_within` more close the link.
    """

    def __init__(
        self,
        *,
        user: str,
        secret: str,
        now: float,
        wanted: Callable[[bytes], bool] | None = None,
        events: bool = True,
        login_within: float = ANSWER_WITHIN,
        ping_after: float = 5.0,
        ping_within: float = 5.0,
        prefix: str = "helin",
    ) -> None:
        self.state = LinkState.OPENING
        self.why_closed = ""
        self.login_refused = False
        self.orphans = 0
        self.framer = Framer(wanted)
        self._wanted = wanted
        self._login = Action(
            "Login",
            (("Username", user), ("Secret", secret), ("Events", "on" if events else "off")),
        )
        self._login_deadline = now + login_within
        self._login_id = ""
        self._ping_after = ping_after
        self._ping_within = ping_within
        self._ping_id = ""
        self._ping_sent = now
        self._last_heard = now
        self._prefix = prefix
        self._asked = 0
        self._outbox = bytearray()
        self._pending: dict[str, _Pending] = {}
        self._outcomes: list[Outcome] = []

    def received(self, data: bytes, now: float) -> list[Message]:
        """Takes bytes from the wire; gives the events nobody asked for, in order."""
        if self.state is LinkState.CLOSED:
            return []
        self._last_heard = now
        self.framer.skipping = self._wanted is not None and not self._pending
        try:
            messages = self.framer.feed(data)
        except WireError as error:
            self.close(str(error))
            return []
        if self.state is LinkState.OPENING and self.framer.banner:
            self._log_in(now)
        if not self._pending and all(message.event for message in messages):
            return messages
        return [message for message in messages if not self._settle(message)]

    def ask(self, action: Action, now: float, within: float = ANSWER_WITHIN) -> str:
        """Queues an action and gives its id. Raises NotSent, or UnsendableAction of the wire."""
        if self.state is not LinkState.OPEN:
            raise NotSent(self.why_closed or f"the link is {self.state.value}")
        return self._queue(action, now + within)

    def tick(self, now: float) -> None:
        """Lets time pass: gives up on late answers, pings a silent link, closes a dead one."""
        if self.state in {LinkState.OPENING, LinkState.LOGGING_IN}:
            if now >= self._login_deadline:
                self.close("no answer to the login")
        elif self.state is LinkState.OPEN:
            self._watch(now)
        for action_id in [key for key, one in self._pending.items() if now >= one.deadline]:
            del self._pending[action_id]
            if action_id != self._ping_id:
                self._outcomes.append(Unanswered(action_id, "no answer in time"))

    def heard(self, now: float) -> None:
        """The transport stopped reading on purpose; silence is no sign of a dead link then."""
        self._last_heard = now

    def close(self, why: str) -> None:
        """Ends the session; whatever is open stays unanswered."""
        if self.state is LinkState.CLOSED:
            return
        self.state = LinkState.CLOSED
        self.why_closed = why
        self._outcomes.extend(
            Unanswered(key, why)
            for key in self._pending
            if key not in {self._login_id, self._ping_id}
        )
        self._pending.clear()

    def take_bytes(self) -> bytes:
        """What is to be sent now."""
        taken = bytes(self._outbox)
        self._outbox.clear()
        return taken

    def take_outcomes(self) -> list[Outcome]:
        """What became of actions since the last call, in the order in which it was known."""
        taken, self._outcomes = self._outcomes, []
        return taken

    def _queue(self, action: Action, deadline: float) -> str:
        self._asked += 1
        action_id = f"{self._prefix}-{self._asked}"
        self._outbox += encode_action(action, action_id)
        self._pending[action_id] = _Pending(deadline)
        return action_id

    def _log_in(self, now: float) -> None:
        self.state = LinkState.LOGGING_IN
        try:
            self._login_id = self._queue(self._login, max(self._login_deadline, now))
        except WireError as error:
            self.login_refused = True
            self.close(f"this user or secret cannot be sent: {error}")

    def _watch(self, now: float) -> None:
        if self._ping_id in self._pending:
            quiet_since = max(self._last_heard, self._ping_sent)
            if now - quiet_since >= self._ping_within:
                self.close(f"no sign of life for {now - self._last_heard:.1f} s")
        elif now - self._last_heard >= self._ping_after:
            self._ping_id = self._queue(Action("Ping"), now + self._ping_within * 4)
            self._ping_sent = now

    def _settle(self, message: Message) -> bool:
        """True when the message belongs to an action (or to none that is still open)."""
        pending = self._pending.get(message.action_id)
        if message.event:
            if pending is None or pending.response is None:
                return not self._is_wanted(message)
            self._collect(message, pending.response, pending.items)
            return True
        if pending is None:
            self.orphans += 1
            return True
        if message.get("EventList").lower() == "start":
            pending.response = message
        else:
            self._finish(message.action_id, Reply(message))
        return True

    def _collect(self, item: Message, response: Message, items: list[Message]) -> None:
        ending = item.get("EventList").lower()
        if ending == "complete":
            self._finish(item.action_id, Reply(response, tuple(items)))
        elif ending == "cancelled" or len(items) >= MOST_ITEMS:
            del self._pending[item.action_id]
            self._outcomes.append(Unanswered(item.action_id, "Asterisk broke the list off"))
        else:
            items.append(item)

    def _finish(self, action_id: str, reply: Reply) -> None:
        del self._pending[action_id]
        if action_id == self._login_id:
            self._logged_in(reply)
        elif action_id != self._ping_id:
            self._outcomes.append(Answered(action_id, reply))

    def _logged_in(self, reply: Reply) -> None:
        if reply.succeeded:
            self.state = LinkState.OPEN
        else:
            self.login_refused = True
            self.close(reply.words or "Asterisk refused the login")

    def _is_wanted(self, message: Message) -> bool:
        return self._wanted is None or self._wanted(message.event.encode())
