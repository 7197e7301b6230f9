"""A server that answers as a script says: what no well-behaved Asterisk would do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from types import TracebackType

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
Answer = Callable[[dict[str, str]], bytes | None]


def success(action: dict[str, str], *lines: str) -> bytes:
    return "\r\n".join(
        ["Response: Success", f"ActionID: {action['ActionID']}", *lines, "", ""]
    ).encode()


class ScriptedServer:
    """`answer` gets each action; its bytes are sent, None hangs up. Actions are kept in order."""

    def __init__(self, answer: Answer, banner: bytes = BANNER, chunk: int = 65536) -> None:
        self.actions: list[dict[str, str]] = []
        self._wire = threading.Lock()
        self._answer = answer
        self._banner = banner
        self._chunk = chunk
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def names(self) -> list[str]:
        return [action["Action"] for action in self.actions]

    def say(self, data: bytes) -> None:
        """To the newest connection, in small pieces; answers come before or after, never within."""
        self._send(self._connections[-1], data)

    def _send(self, connection: socket.socket, data: bytes) -> None:
        with self._wire:
            for start in range(0, len(data), self._chunk):
                connection.sendall(data[start : start + self._chunk])

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listening.close()
        for connection in self._connections:
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.append(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        buffer = b""
        try:
            connection.sendall(self._banner)
            while data := connection.recv(65536):
                buffer += data
                *frames, buffer = buffer.split(b"\r\n\r\n")
                for frame in frames:
                    pairs = (line.partition(": ") for line in frame.decode().split("\r\n"))
                    action = {name: value for name, _, value in pairs}
                    self.actions.append(action)
                    answer = self._answer(action)
                    if answer is None:
                        connection.close()
                        return
                    self._send(connection, answer)
        except OSError:
            return
