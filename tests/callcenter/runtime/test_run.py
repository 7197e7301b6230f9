"""`./run` as a person uses it: the whole product, its processes killed one by one, and stopped."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from callcenter.runtime import processes
from callcenter.runtime.folders import ROOT, cache_folder
from callcenter.runtime.instance import Instance

pytestmark = pytest.mark.stack

KEPT_RUNNING = (
    "postgres",
    "valkey",
    "pbx",
    "web",
    "worker",
    "beat",
    "listener",
    "ledger",
    "webhooks",
)


class Helin:
    """A `./run` on a data folder of its own."""

    def __init__(
        self, folder: Path, *options: str, root: Path = ROOT, prefix: tuple[str, ...] = (),
        **environment: str,
    ) -> None:  # fmt: skip
        self.folder = folder
        # what the test run itself was given must not reach it: it has its own of everything
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HELIN_", "DATABASE_", "VALKEY_", "PYTEST_", "DJANGO_"))
        }
        self.output = folder.parent / f"{folder.name}-{time.monotonic_ns()}.out"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*prefix, str(root / "run"), *options],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                env={**kept, "HELIN_DATA_DIR": str(folder), **environment},
            )  # fmt: skip

    @property
    def facts(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / "runtime.json").read_text()))
        except (OSError, ValueError):
            return {}

    @property
    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def wait(self, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not (self.facts.get("ready") and self.facts.get("pid") == self.process.pid):
            assert self.process.poll() is None, f"./run ended:\n{self.said[-4000:]}"
            assert time.monotonic() < deadline, f"./run is not ready:\n{self.said[-4000:]}"
            time.sleep(0.05)

    def pid(self, name: str) -> int | None:
        try:
            return int((self.folder / "run" / f"{name}.pid").read_text())
        except (OSError, ValueError):
            return None

    def answers(self) -> bool:
        link = http.client.HTTPConnection(urlsplit(self.facts["url"]).netloc, timeout=20)
        try:
            link.request("GET", "/accounts/login/")
            answer = link.getresponse()
            answer.read()
            return answer.status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()

    def stop(self, order: int = signal.SIGINT) -> int:
        self.process.send_signal(order)
        return self.process.wait(40)

    def left_over(self) -> list[int]:
        token = Instance.token_of(self.folder)
        return [
            *processes.carriers_of(token),
            *processes.running_from(self.folder / "postgres/data"),
        ]


def _command_line(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        words = "just gone"
    return f"{pid} {words}"


def until(true: Callable[[], object], seconds: float, words: str) -> None:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, words
        time.sleep(0.05)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var of a run")


@pytest.fixture(scope="module")
def helin(folder: Path) -> Generator[Helin]:
    running = Helin(folder, HELIN_CACHE_DIR=str(cache_folder()))
    try:
        running.wait()
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


def test_it_says_where_it_is_and_who_may_log_in(helin: Helin) -> None:
    assert re.search(r"Helin runs: http://127\.0\.0\.1:\d+ ", helin.said)
    assert "Phones: Asterisk 2" in helin.said
    until(lambda: re.search(r"agent +\S+@\S+ +\S+", helin.said), 30, "no logins were told")
    assert helin.answers()


def test_scripts_get_the_demo_from_any_python(helin: Helin) -> None:
    outside = {"PATH": os.environ["PATH"], "HELIN_DATA_DIR": str(helin.folder)}
    said = subprocess.run(
        ["python3", str(ROOT / "manage.py"), "describe_demo", "--json"],
        capture_output=True, text=True, check=True, env=outside, cwd="/",
    ).stdout  # fmt: skip
    assert len(json.loads(said)["tenants"]) == 2


def test_secrets_and_state_are_for_us_only(helin: Helin) -> None:
    for name in ("secrets.json", "runtime.json", "environment.json"):
        assert (helin.folder / name).stat().st_mode & 0o077 == 0, name
    for name in ("postgres", "valkey", "log", "run"):
        assert (helin.folder / name).stat().st_mode & 0o077 == 0, name


def test_a_second_one_is_refused(helin: Helin, folder: Path) -> None:
    second = Helin(folder, HELIN_CACHE_DIR=str(cache_folder()))
    assert second.process.wait(20) == 1
    assert f"Helin already runs from this checkout: {helin.facts['url']}" in second.said
    assert helin.answers()


@pytest.mark.parametrize("name", KEPT_RUNNING)
def test_what_is_killed_comes_back(helin: Helin, name: str) -> None:
    killed = helin.pid(name)
    assert killed
    os.kill(killed, signal.SIGKILL)
    until(lambda: helin.pid(name) not in (None, killed), 10, f"{name} was not started again")
    until(lambda: f"{name} is back" in helin.said, 20, f"{name} is not ready again")
    until(helin.answers, 10, f"the pages do not answer after {name} was killed")


def test_ctrl_c_leaves_nothing_and_the_next_start_is_short(helin: Helin, folder: Path) -> None:
    before = helin.facts["ports"]
    assert helin.stop() == 0
    assert helin.left_over() == []
    assert list((folder / "run").glob("*.pid")) == []
    again = Helin(folder, HELIN_CACHE_DIR=str(cache_folder()))
    try:
        again.wait()
        # how short: benchmarks/start.py
        assert "migrate" not in again.said
        assert "installing" not in again.said
        assert again.facts["ports"] == before
        assert again.answers()
    finally:
        assert again.stop(signal.SIGTERM) == 0
    assert again.left_over() == []


@pytest.fixture
def free_folder(helin: Helin, folder: Path) -> Path:
    """Where a Helin has been, and is no more."""
    if helin.process.poll() is None:
        helin.stop()
    return folder


def test_nothing_outlives_a_killed_one_and_the_next_start_works(free_folder: Path) -> None:
    first = Helin(free_folder, HELIN_CACHE_DIR=str(cache_folder()))
    first.wait()
    first.process.kill()
    first.process.wait()
    until(lambda: not first.left_over(), 10, f"they live on alone: {first.left_over()}")
    second = Helin(free_folder, HELIN_CACHE_DIR=str(cache_folder()))
    try:
        second.wait()
        assert second.answers()
    finally:
        assert second.stop() == 0
    assert second.left_over() == []


def test_without_an_asterisk_the_banner_says_so(free_folder: Path) -> None:
    simulated = Helin(free_folder, "--simulator", HELIN_CACHE_DIR=str(cache_folder()))
    try:
        simulated.wait()
        until(lambda: "SIMULATED CALLS ONLY" in simulated.said, 5, "no banner")
        assert simulated.answers()
    finally:
        assert simulated.stop() == 0


def test_a_taken_port_is_refused_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = Helin(tmp_path / "var", "--port", str(port), HELIN_CACHE_DIR=str(cache_folder()))
        assert refused.process.wait(30) == 1
    assert f"Port {port} of 127.0.0.1 is taken by another program" in refused.said
