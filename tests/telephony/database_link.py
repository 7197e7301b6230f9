"""A wire between a PBX and its PostgreSQL that a test can cut and mend."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class DatabaseLink:
    """Forwards 127.0.0.1:`port` to `target`; while it is cut, connections are refused."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._server: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self.port = 0
        self.mend()

    def mend(self) -> None:
        if self._server is not None:
            return
        server = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self.port = server.getsockname()[1]
        self._server = server
        threading.Thread(target=self._accept, args=[server], daemon=True).start()

    def cut(self) -> None:
        if self._server is not None:
            # a blocked accept() would keep the port listening after close() alone
            with contextlib.suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            self._server = None
        for one in tuple(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    @contextlib.contextmanager
    def is_cut(self) -> Iterator[None]:
        self.cut()
        try:
            yield
        finally:
            self.mend()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                near, _ = server.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=[source, sink], daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
