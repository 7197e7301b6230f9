"""The wire of the simulated PBX: AMI over TCP, for any number of clients."""

from __future__ import annotations

import asyncio
import hmac
import logging

from telephony.pbx.simulator.channels import Headers
from telephony.pbx.simulator.company import CompanySource
from telephony.pbx.simulator.members import NotChanged
from telephony.pbx.simulator.reactions import Caller
from telephony.pbx.simulator.requests import HANDLERS, RELOADS, Asked, Told
from telephony.pbx.simulator.switchboard import Switchboard

log = logging.getLogger(__name__)

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
# A client that reads so slowly is cut off, as Asterisk does.
MOST_UNSENT = 32 * 1024 * 1024
LONGEST_ACTION = 64 * 1024


class SimulatorServer:
    """`SimulateCall` (Number, CallerIDNum, CallerIDName, Patience, Talk) is its own action: a call
    from outside, for scripts that drive the demo."""

    def __init__(
        self, board: Switchboard, source: CompanySource, *, user: str, secret: str
    ) -> None:
        self._board = board
        self._source = source
        self._user = user
        self._secret = secret
        self._listening: set[asyncio.StreamWriter] = set()
        self._clients: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self._server: asyncio.Server | None = None
        board.exchange.listeners.append(self._publish)

    async def start(self, host: str, port: int) -> int:
        """Gives the port (0 asks for a free one)."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=LONGEST_ACTION)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._board.exchange.emit(
            "Shutdown", [("Shutdown", "Cleanly"), ("Restart", "False")], "system"
        )
        if self._server:
            self._server.close()
        serving = [task for task in self._clients.values() if task]
        for writer in list(self._clients):
            writer.close()
        if serving:
            await asyncio.wait(serving, timeout=2.0)

    async def call(self, number: str, caller: Caller) -> None:
        """A call from outside; what becomes of it is decided as it comes."""
        decision = await asyncio.to_thread(self._source.decide, number.lstrip("+"), caller.number)
        self._board.arrive(number.lstrip("+"), caller, decision)

    async def reload(self) -> None:
        self._board.exchange.adopt(await asyncio.to_thread(self._source.read))

    def _publish(self, event: str, headers: Headers) -> None:
        if not self._listening:
            return
        data = _frame([("Event", event), *headers])
        for writer in list(self._listening):
            if writer.transport.get_write_buffer_size() > MOST_UNSENT:
                log.warning("a client reads too slowly and is cut off")
                self._listening.discard(writer)
                writer.transport.abort()
            else:
                writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients[writer] = asyncio.current_task()
        logged_in = False
        try:
            writer.write(BANNER)
            while True:
                asked = _read_action(await reader.readuntil(b"\r\n\r\n"))
                name = asked.one("Action").lower()
                if name == "login":
                    logged_in = self._log_in(asked, writer)
                    if not logged_in:
                        break
                elif name == "logoff":
                    writer.write(_response("Goodbye", asked, Told("Thanks for all the fish.")))
                    break
                elif not logged_in:
                    writer.write(_response("Error", asked, Told("Permission denied")))
                else:
                    await self._answer(name, asked, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            self._listening.discard(writer)
            self._clients.pop(writer, None)
            writer.close()

    def _log_in(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        known = hmac.compare_digest(asked.one("Username").encode(), self._user.encode())
        if not (known & hmac.compare_digest(asked.one("Secret").encode(), self._secret.encode())):
            writer.write(_response("Error", asked, Told("Authentication failed")))
            return False
        writer.write(_response("Success", asked, Told("Authentication accepted")))
        if asked.one("Events", "on").lower() not in {"off", "no", "false"}:
            self._listening.add(writer)
            booted = [
                ("Event", "FullyBooted"),
                ("Privilege", "system,all"),
                ("Status", "Fully Booted"),
            ]
            since = int(self._board.exchange.timeline.now() - self._board.exchange.started_at)
            writer.write(_frame([*booted, ("Uptime", str(since)), ("LastReload", str(since))]))
        return True

    async def _answer(self, name: str, asked: Asked, writer: asyncio.StreamWriter) -> None:
        try:
            told = await self._carry_out(name, asked)
        except NotChanged as refusal:
            writer.write(_response("Error", asked, Told(str(refusal))))
            return
        writer.write(_response("Success", asked, told))
        if told.ending:
            action_id = ("ActionID", asked.one("ActionID"))
            for event, headers in told.items:
                writer.write(_frame([("Event", event), action_id, *headers]))
            count = ("ListItems", str(len(told.items)))
            writer.write(
                _frame([("Event", told.ending), action_id, ("EventList", "Complete"), count])
            )

    async def _carry_out(self, name: str, asked: Asked) -> Told:
        if name == "simulatecall":
            caller = Caller(
                asked.one("CallerIDNum"),
                asked.one("CallerIDName"),
                asked.number("Patience", 0) or None,
                asked.number("Talk", 0) or None,
            )
            await self.call(asked.one("Number"), caller)
            return Told("Call simulated")
        handler = HANDLERS.get(name)
        if handler is None:
            raise NotChanged("Invalid/unknown command")
        if name == "sorcerymemorycachepopulate" or asked.one("Command") in RELOADS:
            await self.reload()
        return handler(self._board, asked)


def _read_action(block: bytes) -> Asked:
    asked = Asked()
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, separator, value = line.partition(":")
        if separator:
            asked.setdefault(name.strip(), []).append(value.strip())
    return asked


def _response(verdict: str, asked: Asked, told: Told) -> bytes:
    pairs = [("Response", verdict)]
    if asked.one("ActionID"):
        pairs.append(("ActionID", asked.one("ActionID")))
    if told.ending:
        pairs.append(("EventList", "start"))
    if told.words:
        pairs.append(("Message", told.words))
    return _frame([*pairs, *told.headers])


def _frame(pairs: Headers) -> bytes:
    # A caller may be called anything; a line break in his name must not become a header.
    lines = (f"{name}: {value}".replace("\r", " ").replace("\n", " ") for name, value in pairs)
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")
