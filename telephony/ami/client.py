"""AMI for the listener: one asyncio connection with actions as awaitables and a stream of events.

The client is used once. Who wants the link back connects a new one, waiting as `backoff` says.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator

from telephony.ami.actions import Action
from telephony.ami.session import (
    ANSWER_WITHIN,
    Answered,
    LinkState,
    LoginRefused,
    NoAnswer,
    NotSent,
    Reply,
    Session,
)
from telephony.ami.wire import Message

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.1
# Reading stops above the first and goes on below the second: Asterisk keeps what we do not read.
MOST_WAITING = 50_000
_MOST_AT_ONCE = 500
_RESUME_BELOW = MOST_WAITING // 2


def backoff(
    first: float = 0.2, longest: float = 10.0, chance: Callable[[], float] = random.random
) -> Iterator[float]:
    """Seconds to wait before each new attempt: doubling, and spread so that nobody is in step."""
    wait = first
    while True:
        yield wait * (0.5 + chance() / 2)
        wait = min(longest, wait * 2)


class AmiClient(asyncio.Protocol):
    """A logged-in connection; made by `connect`, never directly."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._answers: dict[str, asyncio.Future[Reply]] = {}
        self._batches: deque[list[Message]] = deque()
        self._waiting = 0
        self._paused = False
        self._wake = asyncio.Event()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self.closed = asyncio.Event()

    @property
    def why_closed(self) -> str:
        return self._session.why_closed

    @property
    def banner(self) -> str:
        return self._session.framer.banner

    @property
    def skipped(self) -> int:
        """Events that nobody wanted, dropped before decoding."""
        return self._session.framer.skipped

    async def ask(self, action: Action, within: float = ANSWER_WITHIN) -> Reply:
        """The answer to one action, with its list. Seconds.

        Raises NotSent (surely not carried out), NoAnswer (perhaps carried out: do not repeat) or
        UnsendableAction.
        """
        action_id = self._session.ask(action, self._loop.time(), within)
        future: asyncio.Future[Reply] = self._loop.create_future()
        self._answers[action_id] = future
        self._advance()
        try:
            return await future
        finally:
            self._answers.pop(action_id, None)

    async def batches(self) -> AsyncIterator[list[Message]]:
        """The events as they arrived, in lists; ends when the link is closed and all is read."""
        while True:
            while self._batches:
                batch = self._batches.popleft()
                while self._batches and len(batch) < _MOST_AT_ONCE:
                    batch += self._batches.popleft()
                self._waiting -= len(batch)
                if self._paused and self._waiting < _RESUME_BELOW:
                    self._resume()
                yield batch
            if self._session.state is LinkState.CLOSED:
                return
            self._wake.clear()
            await self._wake.wait()

    async def events(self) -> AsyncIterator[Message]:
        """The same one by one."""
        async for batch in self.batches():
            for message in batch:
                yield message

    async def close(self) -> None:
        """Hangs up; `ask`s that wait end with NoAnswer, the stream of events ends."""
        self._shut("closed by us")
        await self.closed.wait()

    # --- asyncio.Protocol ---------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it is what TCP gives
        self._transport = transport
        self._tick()

    def data_received(self, data: bytes) -> None:
        messages = self._session.received(data, self._loop.time())
        if messages:
            self._batches.append(messages)
            self._waiting += len(messages)
            self._wake.set()
            if self._waiting > MOST_WAITING and not self._paused and self._transport:
                self._paused = True
                self._transport.pause_reading()
        self._advance()

    def connection_lost(self, exc: Exception | None) -> None:
        self._session.close(str(exc) if exc else "Asterisk closed the connection")
        if self._timer:
            self._timer.cancel()
        self._advance()
        self.closed.set()
        self._wake.set()

    # --- inside -------------------------------------------------------------------------------
    def _tick(self) -> None:
        if self._paused:
            self._session.heard(self._loop.time())
        self._session.tick(self._loop.time())
        self._advance()
        if self._session.state is not LinkState.CLOSED:
            self._timer = self._loop.call_later(_TICK_SECONDS, self._tick)

    def _advance(self) -> None:
        """Hands out what the session has decided: bytes, answers, garbage, its end."""
        session = self._session
        data = session.take_bytes()
        if data and self._transport and not self._transport.is_closing():
            self._transport.write(data)
        for outcome in session.take_outcomes():
            future = self._answers.get(outcome.action_id)
            if future is None or future.done():
                continue
            if isinstance(outcome, Answered):
                future.set_result(outcome.reply)
            else:
                future.set_exception(NoAnswer(outcome.why))
        for garbage in session.framer.take_garbage():
            log.warning(
                "AMI: dropped %d bytes, %s: %r", garbage.size, garbage.reason, garbage.excerpt
            )
        if not self._opened.done() and session.state in {LinkState.OPEN, LinkState.CLOSED}:
            self._opened.set_result(None)
        if session.state is LinkState.CLOSED and self._transport:
            self._transport.abort()
            self._wake.set()

    def _shut(self, why: str) -> None:
        self._session.close(why)
        self._advance()

    def _resume(self) -> None:
        self._paused = False
        if self._transport and not self._transport.is_closing():
            self._transport.resume_reading()


async def connect(
    *,
    host: str,
    port: int,
    user: str,
    secret: str,
    wanted: Callable[[bytes], bool] | None = None,
    within: float = 5.0,
    ping_after: float = 5.0,
    ping_within: float = 5.0,
) -> AmiClient:
    """A logged-in client. Times in seconds. Raises NotSent (not there) or LoginRefused."""
    loop = asyncio.get_running_loop()
    session = Session(
        user=user,
        secret=secret,
        now=loop.time(),
        wanted=wanted,
        login_within=within,
        ping_after=ping_after,
        ping_within=ping_within,
    )
    client = AmiClient(session)
    try:
        async with asyncio.timeout(within):
            await loop.create_connection(lambda: client, host, port)
    except (OSError, TimeoutError) as error:
        raise NotSent(f"{host}:{port}: {error or 'no connection in time'}") from error
    try:
        await client._opened
    except asyncio.CancelledError:
        client._shut("given up")
        raise
    if session.state is LinkState.CLOSED:
        why = f"{host}:{port}: {session.why_closed}"
        raise LoginRefused(why) if session.login_refused else NotSent(why)
    return client
