"""A directory of somebody else's, for tests: right, slow, dead or lying."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Others:
    """`names` by E.164; `answer`: raw bytes instead; `status` and `seconds` of every answer."""

    url: str = ""
    names: dict[str, str] = field(default_factory=dict)
    answer: bytes | None = None
    status: int = 200
    seconds: float = 0.0
    redirect: str = ""
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serve_others() -> Generator[Others]:
    others = Others()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = parse_qs(urlsplit(self.path).query).get("number", [""])[0]
            others.asked.append(number)
            others.headers.append(dict(self.headers))
            time.sleep(others.seconds)
            body = json.dumps({"name": others.names.get(number)}).encode()
            body = body if others.answer is None else others.answer
            try:
                self.send_response(302 if others.redirect else others.status)
                if others.redirect:
                    self.send_header("Location", others.redirect)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    others.url = f"http://127.0.0.1:{server.server_port}/?number={{number}}"
    yield others
    server.shutdown()
    server.server_close()
