"""Ways to see that a started process is ready for work. Each call takes at most a second or so."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Callable

# Gets a function that tells whether the process has printed a line with the pattern in it.
Said = Callable[[re.Pattern[str]], bool]
Probe = Callable[[Said], bool]


def says(pattern: str) -> Probe:
    """Ready once it has printed a line in which `pattern` is found."""
    compiled = re.compile(pattern)
    return lambda said: said(compiled)


def answers(question: Callable[[], bool]) -> Probe:
    return lambda _said: question()


def listens(port: int, *, host: str = "127.0.0.1", greeting: bytes = b"") -> Probe:
    """Ready once the TCP port takes connections, and greets with `greeting`."""

    def probe(_said: Said) -> bool:
        try:
            with socket.create_connection((host, port), timeout=1) as link:
                return not greeting or link.recv(200).startswith(greeting)
        except OSError:
            return False

    return probe


def serves_http(port: int, path: str, *, host: str = "127.0.0.1") -> Probe:
    """Ready once it answers HTTP at all: what the answer says is the health page's business."""

    def probe(_said: Said) -> bool:
        link = http.client.HTTPConnection(host, port, timeout=5)
        try:
            link.request("GET", path)
            link.getresponse().read()  # to its end: who hangs up early is logged as an error
        except (OSError, http.client.HTTPException):
            return False
        else:
            return True
        finally:
            link.close()

    return probe
