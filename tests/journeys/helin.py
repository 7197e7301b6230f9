"""The whole product under test: started by ./run's own program, watched and hurt from outside."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callcenter.runtime.asterisk import find_or_fetch
from callcenter.runtime.folders import ROOT, cache_folder

START_SECONDS = 300.0
# what the test run itself uses, or what would lead a start elsewhere
_NOT_INHERITED = ("DATABASE_URL", "DATABASE_OWNER_URL", "VALKEY_URL", "PYTEST_CURRENT_TEST")


class Helin:
    """One running Helin in a folder of its own. `stop` leaves nothing behind."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        output = (self.folder / "output.txt").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "callcenter.runtime.up", *self._options],
            cwd=ROOT,
            env=self.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        until = time.monotonic() + START_SECONDS
        while not self._noted().get("ready"):
            assert self._process.poll() is None, f"Helin ended at its start:\n{self.said()}"
            assert time.monotonic() < until, f"Helin is not ready:\n{self.said()}"
            time.sleep(0.2)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None

    @property
    def environment(self) -> dict[str, str]:
        own = {
            name: value
            for name, value in os.environ.items()
            if name not in _NOT_INHERITED and not name.startswith("HELIN_TEST")
        }
        return own | {
            "HELIN_ENV": "development",
            "HELIN_DATA_DIR": str(self.folder / "data"),
            "HELIN_CACHE_DIR": str(cache_folder()),
            "PYTHONPATH": str(ROOT),
        }

    @property
    def url(self) -> str:
        return str(self._noted()["url"])

    def said(self) -> str:
        """The last of what ./run wrote to its terminal."""
        return (self.folder / "output.txt").read_text(errors="replace")[-6000:]

    def log_of(self, program: str) -> str:
        return (self.data / "log" / f"{program}.log").read_text(errors="replace")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def manage(self, *arguments: str) -> str:
        """What a management command says on the running Helin."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True, timeout=60,
        ).stdout  # fmt: skip

    def asterisk(self, command: str) -> str:
        """What the PBX's own console says."""
        configuration = self.data / "asterisk" / "etc" / "asterisk.conf"
        return subprocess.run(
            [*find_or_fetch().command, "-C", str(configuration), "-rx", command],
            check=True, capture_output=True, text=True, timeout=20,
        ).stdout  # fmt: skip

    def describe(self) -> dict[str, Any]:
        described: dict[str, Any] = json.loads(self.manage("describe_demo", "--json"))
        return described

    def pid(self, program: str) -> int | None:
        try:
            return int((self.data / "run" / f"{program}.pid").read_text())
        except (OSError, ValueError):
            return None

    def kill(self, program: str) -> None:
        """kill -9, as the kernel does when memory is short."""
        pid = self.pid(program)
        assert pid is not None, f"{program} does not run"
        os.kill(pid, signal.SIGKILL)
        self._killed = (program, pid)

    async def is_back(self, program: str, *, before: int, within: float = 30.0) -> float:
        """Waits for another process of that name to be ready; the seconds that it took."""
        begun = time.monotonic()
        await until(
            lambda: (
                self.pid(program) not in (None, before)
                and self.said().rpartition(f"{program} was killed")[2].count(f"{program} is back")
                > 0
            ),
            within=within,
            what=f"{program} to be back",
        )
        return time.monotonic() - begun

    def _noted(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.data / "runtime.json").read_text()))
        except (OSError, ValueError):
            return {}


async def until(question: Callable[[], object], *, within: float, what: str) -> None:
    """Polls a quick question; fails the test with words."""
    try:
        async with asyncio.timeout(within):
            while not question():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited {within:g} s in vain for {what}") from None
