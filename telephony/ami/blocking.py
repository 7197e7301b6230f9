"""AMI for a worker: connect, log in, run a few actions, hang up. Every wait has an end."""

from __future__ import annotations

import math
import socket
import time
from types import TracebackType
from typing import Self

from telephony.ami.actions import Action
from telephony.ami.session import (
    ANSWER_WITHIN,
    Answered,
    LinkState,
    LoginRefused,
    NoAnswer,
    NotSent,
    Outcome,
    Reply,
    Session,
)

_CHUNK = 65536


class BlockingAmi:
    """One logged-in connection without events; use it with `with`, from one thread."""

    def __init__(
        self, *, host: str, port: int, user: str, secret: str, connect_within: float = 5.0
    ) -> None:
        """Raises NotSent (nobody answers, or no AMI) or LoginRefused; times in seconds."""
        started = time.monotonic()
        try:
            self._socket = socket.create_connection((host, port), timeout=connect_within)
        except OSError as error:
            raise NotSent(f"{host}:{port}: {error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._session = Session(
            user=user,
            secret=secret,
            now=started,
            wanted=lambda _name: False,
            events=False,
            login_within=connect_within,
            ping_after=math.inf,
        )
        while self._session.state in {LinkState.OPENING, LinkState.LOGGING_IN}:
            self._turn(started + connect_within)
        if self._session.state is LinkState.CLOSED:
            self.close()
            why = f"{host}:{port}: {self._session.why_closed}"
            raise LoginRefused(why) if self._session.login_refused else NotSent(why)

    def ask(self, action: Action, within: float = ANSWER_WITHIN) -> Reply:
        """The answer to one action.

        Raises NotSent when the action surely did not reach Asterisk as a whole, NoAnswer when it
        may have; UnsendableAction when it must not be sent. After NoAnswer the link is closed.
        """
        now = time.monotonic()
        action_id = self._session.ask(action, now, within)
        try:
            self._send(now + within)
        except OSError as error:
            # An action counts only with its blank line, and that was the last thing to be sent.
            self._shut(f"could not send: {error}")
            raise NotSent(self._session.why_closed) from error
        while True:
            for outcome in self._session.take_outcomes():
                if outcome.action_id == action_id:
                    return self._reply_of(outcome)
            self._turn(now + within)

    def close(self) -> None:
        """Hangs up; Asterisk ends the session by itself."""
        self._session.close("closed by us")
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _reply_of(self, outcome: Outcome) -> Reply:
        if isinstance(outcome, Answered):
            return outcome.reply
        self._shut(outcome.why)
        raise NoAnswer(outcome.why)

    def _turn(self, deadline: float) -> None:
        """Waits for bytes once, at most until the deadline, and lets the session go on."""
        left = deadline - time.monotonic()
        try:
            if left > 0:
                self._socket.settimeout(left)
                data = self._socket.recv(_CHUNK)
                if not data:
                    self._session.close("Asterisk closed the connection")
                self._session.received(data, time.monotonic())
                self._send(deadline)
        except TimeoutError:
            pass
        except OSError as error:
            self._session.close(str(error))
        # A clock that stands a hair before the deadline must not cost another round.
        self._session.tick(max(time.monotonic(), deadline) if left <= 0 else time.monotonic())

    def _send(self, deadline: float) -> None:
        data = self._session.take_bytes()
        if data:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            self._socket.sendall(data)

    def _shut(self, why: str) -> None:
        self._session.close(why)
        self._socket.close()
