"""`./run`, once the packages are there: decide what this start shall be, then supervise it."""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from callcenter.runtime import fleet, pbx, processes
from callcenter.runtime.asterisk import Asterisk, AsteriskUnavailable, find_or_fetch
from callcenter.runtime.folders import ROOT, data_folder
from callcenter.runtime.instance import AlreadyRuns, Instance
from callcenter.runtime.logs import Terminal
from callcenter.runtime.ports import free_port, is_free
from callcenter.runtime.postgres import Cluster, PostgresUnavailable
from callcenter.runtime.programs import Program
from callcenter.runtime.supervisor import StartFailed, Supervisor
from callcenter.runtime.valkey import Store, ValkeyUnavailable

USUAL_PORTS = {"web": 8000, "sip": 5060, "carrier": 5080}
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104


class PortTaken(Exception):
    """A port that was asked for belongs to someone else."""


def main() -> int:
    options = _options()
    begun = time.monotonic()
    try:
        instance = Instance(data_folder())
        return _run(instance, options, begun)
    except KeyboardInterrupt:
        return 130
    except (
        AlreadyRuns, PortTaken, pbx.NoDatabaseForPbx, PostgresUnavailable, ValkeyUnavailable, StartFailed, OSError,
    ) as reason:  # fmt: skip
        print(f"\n{reason}", file=sys.stderr)
        return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run",
        description="Start Helin on this machine with everything it needs. Ctrl-C stops it all.",
        epilog="All state lies in var/. DATABASE_URL, VALKEY_URL and ASTERISK_BIN in the "
        "environment are used instead of the private PostgreSQL, Valkey and Asterisk.",
    )
    parser.add_argument("--port", type=int, help="of the web pages (usually 8000, else a free one)")
    parser.add_argument(
        "--sip-port", type=int, help="of the phones (usually 5060, else a free one)"
    )
    parser.add_argument(
        "--bind", default="127.0.0.1", metavar="ADDRESS",
        help="serve pages and phones on this address; 0.0.0.0 is every one (127.0.0.1)",
    )  # fmt: skip
    parser.add_argument(
        "--demo-traffic", action="store_true", help="keep invented callers and agents busy"
    )
    parser.add_argument(
        "--simulator", action="store_true", help="use the built-in simulator, not an Asterisk"
    )
    return parser.parse_args()


def _run(instance: Instance, options: argparse.Namespace, begun: float) -> int:
    terminal = Terminal()
    if orphans := instance.end_orphans():
        terminal.say(f"  ended {orphans} processes that an earlier run had left behind")
    _raise_file_limit()
    asterisk = None if options.simulator else _asterisk(terminal)
    shape = _shape(instance, options, simulated=asterisk is None)
    supervisor = Supervisor(
        fleet.programs(shape, _pbx(shape, asterisk)),
        environment=fleet.process_environment(shape),
        folder=instance.folder,
        terminal=terminal,
    )
    instance.write_environment(fleet.environment(shape))
    instance.note(pid=os.getpid(), url=shape.public_url, ready=False)

    def when_ready() -> None:
        instance.note(ready=True, started_in=round(time.monotonic() - begun, 1))
        _welcome(terminal, shape, asterisk, time.monotonic() - begun)
        # beside the event loop, which must not stand still for it
        threading.Thread(target=_tell_logins, args=(terminal, shape), daemon=True).start()

    try:
        asyncio.run(supervisor.run(when_ready))
    finally:
        # whatever a program had started on its own account
        processes.end_all(processes.carriers_of(instance.token), seconds=2)
        instance.note(pid=None, ready=False)
        instance.forget_environment()
        terminal.say("Stopped.")
        terminal.close()
    return 0


def _asterisk(terminal: Terminal) -> Asterisk | None:
    try:
        return find_or_fetch()
    except AsteriskUnavailable as reason:
        terminal.say(f"  {reason}")
        return None


def _pbx(shape: fleet.Shape, asterisk: Asterisk | None) -> Program:
    if asterisk is None:
        return pbx.simulator(shape)
    return pbx.asterisk(shape, asterisk)


def _shape(instance: Instance, options: argparse.Namespace, *, simulated: bool) -> fleet.Shape:
    ports = _ports(instance, options)
    folder = instance.folder
    host = _reachable_address() if options.bind in EVERYWHERE else options.bind
    return fleet.Shape(
        folder=folder,
        bind=options.bind,
        host=host,
        ports=ports,
        public_url=os.environ.get("HELIN_PUBLIC_URL") or f"http://{host}:{ports.web}",
        secrets=instance.secrets(),
        token=instance.token,
        simulated=simulated,
        demo_traffic=options.demo_traffic,
        cluster=_cluster(folder, ports.postgres),
        store=None if os.environ.get("VALKEY_URL") else Store(folder / "valkey", ports.valkey),
    )


def _cluster(folder: Path, port: int) -> Cluster | None:
    if os.environ.get("DATABASE_URL"):
        return None
    cluster = Cluster(folder / "postgres", port)
    cluster.initialise()
    return cluster


def _ports(instance: Instance, options: argparse.Namespace) -> fleet.Ports:
    """The ones asked for, else those of the last run while they are free, else others."""
    last: dict[str, Any] = instance.recall().get("ports", {})
    wishes = {"web": options.port, "sip": options.sip_port}
    hosts = {"web": options.bind, "sip": options.bind, "carrier": fleet.CARRIER}
    chosen: dict[str, int] = {}
    for name in fleet.Ports.__dataclass_fields__:
        host, udp = hosts.get(name, "127.0.0.1"), name in ("sip", "carrier")
        if wish := wishes.get(name):
            if not is_free(wish, host=host, udp=udp):
                raise PortTaken(
                    f"Port {wish} of {host} is taken by another program; choose another."
                )
            chosen[name] = wish
        else:
            preferred = [port for port in (last.get(name), USUAL_PORTS.get(name)) if port]
            taken = list(chosen.values())
            chosen[name] = free_port(preferred=preferred, host=host, udp=udp, taken=taken)
    instance.note(ports=chosen)
    return fleet.Ports(**chosen)


def _reachable_address() -> str:
    """The address of the interface that leads outside; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _raise_file_limit() -> None:
    """A call costs Asterisk about five open files, a browser Daphne one: 1024 is soon too few."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _welcome(
    terminal: Terminal, shape: fleet.Shape, asterisk: Asterisk | None, seconds: float
) -> None:
    terminal.say(f"\nHelin runs: {shape.public_url}   (ready in {seconds:.1f} s; Ctrl-C stops it)")
    if asterisk:
        terminal.say(f"Phones: Asterisk {asterisk.version} on {shape.host}:{shape.ports.sip}")
    else:
        terminal.say(
            "\n*** SIMULATED CALLS ONLY: there is no Asterisk here, the built-in simulator plays "
            "its part. ***\n*** No real phone can register, no real call arrives. ***"
        )
    if shape.bind not in ("127.0.0.1", "localhost"):
        terminal.say(
            f"*** Reachable from other machines ({shape.bind}) with the demo's well-known "
            "passwords. ***"
        )


def _tell_logins(terminal: Terminal, shape: fleet.Shape) -> None:
    """Who may log in, as the demo itself describes it."""
    command = [sys.executable, str(ROOT / "manage.py"), "describe_demo", "--skip-checks"]
    try:
        described = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT,
            stdin=subprocess.DEVNULL, env=fleet.process_environment(shape),
        ).stdout  # fmt: skip
    except (subprocess.SubprocessError, OSError) as reason:
        described = f"(the demo's logins could not be listed: {reason})"
    for line in described.splitlines():
        terminal.say(line)


if __name__ == "__main__":
    sys.exit(main())
