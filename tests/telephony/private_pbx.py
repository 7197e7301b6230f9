"""A real Asterisk of this test run's own, on free ports and this run's test database."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
from django.db import connections

from callcenter.environment import PbxAddress
from callcenter.runtime import ports, processes
from callcenter.runtime.asterisk import Asterisk, find_or_fetch
from callcenter.runtime.folders import ROOT
from telephony.pbx.control import BlockingControl
from telephony.pbx.orders import CheckDatabase, Order
from telephony.pbx.port import Done
from telephony.provisioning import host as pbx_host
from telephony.provisioning.host import Layout, PbxHost, render_instance
from telephony.traffic.sip_phone import Phone
from tests.conftest import TestDatabase
from tests.telephony.database_link import DatabaseLink

NAME = "pbx1"
REALM = "helin"
CARRIER = "127.0.0.2"
_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class Pbx:
    """`link` is its wire to PostgreSQL; everything it writes lies below `host.layout`."""

    host: PbxHost
    asterisk: Asterisk
    link: DatabaseLink
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> PbxAddress:
        """As HELIN_PBXES would say it."""
        return PbxAddress(
            self.host.name, "127.0.0.1", self.host.ami_port, self.host.ami_user,
            self.host.ami_secret,
        )  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        """For a Helin process that shall serve this PBX."""
        a = self.address
        return {
            "HELIN_PBXES": f"{a.name}=ami://{a.user}:{a.secret}@{a.host}:{a.port}",
            "HELIN_CLIP_DIR": str(self.host.clips),
            "HELIN_ASTERISK_LOG_DIR": str(self.host.layout.log),
            "HELIN_RECORDING_SPOOL": str(self.recordings),
            "HELIN_SIP_SERVER": f"{self.host.sip_address}:{self.host.sip_port}",
            "HELIN_SIP_REALM": self.host.realm,
        }

    @property
    def sip(self) -> tuple[str, int]:
        return self.host.sip_address, self.host.sip_port

    @property
    def queue_log(self) -> Path:
        return self.host.layout.log / "queue_log"

    @property
    def recordings(self) -> Path:
        """Where it records to."""
        return self.host.layout.spool / "monitor"

    @property
    def cel_log(self) -> Path:
        return self.host.layout.log / "cel-custom" / "cel.jsonl"

    def phone(self, endpoint: str, secret: str) -> Phone:
        """A phone of a tenant (`acme-101`); use it as `async with`, then register it."""
        return Phone(endpoint, server=self.sip, password=secret)

    def carrier(self) -> Phone:
        """The world outside: `carrier.call("3726000001", caller_number=...)`."""
        address = (self.host.carrier_address, self.host.carrier_port)
        return Phone("carrier", server=self.sip, listen=address)

    def perform(self, *orders: Order) -> None:
        control = BlockingControl(self.address)
        for order in orders:
            result = control.perform(order)
            assert isinstance(result, Done), (order, result)

    def await_database(self, *, within: float = 10) -> None:
        """After a cut it takes Asterisk a few seconds to try again."""
        control, deadline = BlockingControl(self.address), time.monotonic() + within
        while not isinstance(control.perform(CheckDatabase()), Done):
            assert time.monotonic() < deadline, "the PBX does not find its database"
            time.sleep(0.2)

    def cli(self, line: str) -> str:
        """What the console answers."""
        return subprocess.run(
            [*self._command, "-rx", line], capture_output=True, text=True, timeout=20, check=False,
            env=self._environment,
        ).stdout  # fmt: skip

    def start(self, *, within: float = 30) -> None:
        for name in ("asterisk.pid", "asterisk.ctl"):
            (self.host.layout.run / name).unlink(missing_ok=True)
        with (self.host.layout.log / "console").open("ab") as console:
            self.process = subprocess.Popen(
                [*self._command, "-f"], stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                env=self._environment, preexec_fn=processes.dies_with_parent(),
            )  # fmt: skip
        deadline = time.monotonic() + within
        while "fully booted" not in self.cli("core waitfullybooted"):
            assert self.process.poll() is None, "Asterisk ended: see log/console"
            assert time.monotonic() < deadline, "Asterisk does not start: see log/console"
            time.sleep(0.1)

    def stop(self, *, kill: bool = False) -> None:
        if self.process is None:
            return
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    @property
    def _command(self) -> list[str]:
        configuration = self.host.layout.configuration / "asterisk.conf"
        return [*self.asterisk.command, "-C", str(configuration)]

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, **pbx_host.environment(self.host)}


def make_pbx(directory: Path, database_url: str, *, name: str = NAME) -> Pbx:
    """Rendered, not started."""
    asterisk = find_or_fetch()
    assert asterisk.odbc_driver, "this Asterisk comes without the ODBC driver for PostgreSQL"
    database = urlsplit(database_url)
    link = DatabaseLink((database.hostname or "127.0.0.1", database.port or 5432))
    through_link = database._replace(
        netloc=f"{database.username}:{database.password}@127.0.0.1:{link.port}"
    )
    taken: list[int] = []
    for _ in range(4):
        taken.append(ports.free_port(udp=len(taken) == 0, taken=taken))
    host = PbxHost(
        name=name,
        layout=Layout.below(directory),
        program=pbx_host.Program(asterisk.modules, asterisk.odbc_driver, asterisk.sounds),
        database_url=through_link.geturl(),
        realm=REALM,
        clips=directory / "clips",
        ami_user="helin",
        ami_secret="test-secret",
        ami_port=taken[1],
        sip_port=taken[0],
        http_port=taken[2],
        rtp_ports=(32_000, 35_998),
        carrier_address=CARRIER,
        carrier_port=ports.free_port(host=CARRIER, udp=True, taken=taken),
    )
    documentation = asterisk.tree / "usr/share/asterisk/documentation"
    if documentation.is_dir():
        host = replace(host, program=replace(host.program, documentation=documentation))
    render_instance(host)
    return Pbx(host, asterisk, link)


@pytest.fixture(scope="session")
def pbx(database_urls: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Generator[Pbx]:
    """Asterisk 20 or newer, running on the test database. It sees committed rows only: use it with
    `transactional_db`, and after making a tenant tell it (`telephony.provisioning`, or
    `company(...)` in this folder's conftest.py)."""
    one = make_pbx(tmp_path_factory.mktemp("pbx"), database_urls.asterisk)
    one.start()
    yield one
    one.stop()
    one.link.cut()


@pytest.fixture(scope="module")
def listener(
    pbx: Pbx, database_urls: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Path]:
    """A real `run_listener` on this PBX, in sync; the value is its log."""
    log = tmp_path_factory.mktemp("listener") / "log"
    environment = {**database_urls.environment, **pbx.environment, "PYTHONUNBUFFERED": "1"}
    environment.pop("DATABASE_OWNER_URL")
    with log.open("wb") as target:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_listener", "--pbx", pbx.host.name],
            stdin=subprocess.DEVNULL, stdout=target, stderr=target, env=environment, cwd=ROOT,
            preexec_fn=processes.dies_with_parent(),
        )  # fmt: skip
    deadline = time.monotonic() + 30
    while "in sync" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    yield log
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def in_thread(work: Callable[[], _Answer]) -> _Answer:
    """Runs `work` on the database from a thread that may have an event loop: committed, and no
    connection stays open. Blocks: for the short work of tests only."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_with_own_connection, work).result()


async def in_database(work: Callable[[], _Answer]) -> _Answer:
    """The same without blocking, for an async test whose phones must go on."""
    return await asyncio.to_thread(_with_own_connection, work)


def _with_own_connection(work: Callable[[], _Answer]) -> _Answer:
    try:
        return work()
    finally:
        connections.close_all()


async def until(
    what: Callable[[], Awaitable[bool]] | Callable[[], bool], *, within: float = 10.0
) -> float:
    """Waits until `what` holds and says how many seconds it took. Raises AssertionError."""
    started = time.monotonic()
    while True:
        answer = what()
        holds = answer if isinstance(answer, bool) else await answer
        if holds:
            return time.monotonic() - started
        assert time.monotonic() - started < within, f"not within {within} s"
        await asyncio.sleep(0.02)
