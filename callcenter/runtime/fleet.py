"""The programs that together are a Helin on one machine, and the environment they share."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from callcenter.runtime import fingerprints, probes
from callcenter.runtime.fingerprints import Stamp
from callcenter.runtime.folders import ROOT
from callcenter.runtime.postgres import Cluster
from callcenter.runtime.processes import RUN_MARK
from callcenter.runtime.programs import Program
from callcenter.runtime.valkey import Store

PBX = "pbx1"
AMI_USER = "helin"
# the outside world of the demo: told from the phones by its address
CARRIER = "127.0.0.2"
# of what a start decides itself, the caller may decide this; the rest hangs together
MAY_BE_GIVEN = ("HELIN_PUBLIC_URL", "HELIN_SECRET_KEY", "HELIN_DEMO_CARRIER")
PYTHON = sys.executable


@dataclass(frozen=True, slots=True)
class Ports:
    web: int
    sip: int
    carrier: int
    ami: int
    asterisk_http: int
    postgres: int
    valkey: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What this start shall be; `cluster` or `store` is None where an address was given.

    `bind` is listened on, `host` is where others find it.
    """

    folder: Path
    bind: str
    host: str
    ports: Ports
    public_url: str
    secrets: Mapping[str, str]
    token: str
    simulated: bool
    demo_traffic: bool
    cluster: Cluster | None
    store: Store | None

    @property
    def own_address(self) -> str:
        """Where this machine finds it."""
        return "127.0.0.1" if self.bind in ("0.0.0.0", "::") else self.bind  # noqa: S104


def environment(shape: Shape) -> dict[str, str]:
    """What Helin's processes and `manage.py` read."""
    scheme = "simulator" if shape.simulated else "ami"
    values = {
        "HELIN_ENV": "development",
        "HELIN_DATA_DIR": str(shape.folder),
        "HELIN_SECRET_KEY": shape.secrets["secret_key"],
        "HELIN_PUBLIC_URL": shape.public_url,
        "HELIN_PBXES": f"{PBX}={scheme}://{AMI_USER}:{shape.secrets['ami']}@127.0.0.1:{shape.ports.ami}",
        "HELIN_SIP_SERVER": f"{shape.host}:{shape.ports.sip}",
        "HELIN_DEMO_CARRIER": f"{CARRIER}:{shape.ports.carrier}",
        "HELIN_ASTERISK_LOG_DIR": str(shape.folder / "asterisk" / "log"),
    }
    given = {name: os.environ[name] for name in MAY_BE_GIVEN if name in os.environ}
    if shape.cluster:
        urls = shape.cluster.urls()
        values |= {"DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner}
    if shape.store:
        values["VALKEY_URL"] = shape.store.url
    return {**values, **given}


def process_environment(shape: Shape) -> dict[str, str]:
    """Of every supervised process. The owner's database address goes to `migrate` alone."""
    own = environment(shape)
    own.pop("DATABASE_OWNER_URL", None)
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    return {
        **inherited,
        **own,
        RUN_MARK: shape.token,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "callcenter.settings",
        "TZ": "UTC",
    }


def programs(shape: Shape, pbx: Program) -> list[Program]:
    """In the order in which their names are first shown."""
    services = _services(shape)
    stores = tuple(service.name for service in services)
    preparing = _preparing(shape, stores)
    base = (*stores, *(step.name for step in preparing))
    return [*services, *preparing, _after(pbx, base), *_own(shape, base, pbx.name)]


def _services(shape: Shape) -> list[Program]:
    services = []
    if cluster := shape.cluster:

        def database_answers() -> bool:
            if not cluster.answers():
                return False
            cluster.create_roles()
            return True

        services.append(
            Program(
                "postgres",
                cluster.command(),
                probes.answers(database_answers),
                before=cluster.end_predecessor,
                stop_signal=signal.SIGINT,
                stop_seconds=15,
                death_signal=signal.SIGINT,
                folder="/",
            )
        )
    if store := shape.store:
        services.append(Program("valkey", store.command(), probes.answers(store.answers)))
    return services


def _preparing(shape: Shape, stores: tuple[str, ...]) -> list[Program]:
    """What must be done once, left out where nothing has changed since it was."""
    steps = []
    static = Stamp(shape.folder / "static" / ".stamp", fingerprints.of_static_files())
    if not static.is_set():
        arguments = ("collectstatic", "--noinput", "--clear", "-v0")
        steps.append(_manage("static", *arguments, once=True, after=static.set))
    migrated = None
    if shape.cluster:
        # beside the data: whoever throws the database away throws this away too
        migrated = Stamp(shape.cluster.directory / "migrated", fingerprints.of_migrations())
    if migrated is None or not migrated.is_set():
        owner = environment(shape).get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_OWNER_URL")
        as_owner = {"DATABASE_OWNER_URL": owner} if owner else {}
        command = ("migrate", "--noinput", "-v0")
        steps.append(_manage("migrate", *command, needs=stores, once=True, environment=as_owner))
        steps.append(
            _manage(
                "seed", "seed_demo", needs=("migrate",), once=True,
                after=migrated.set if migrated else None,
            )
        )  # fmt: skip
    return steps


def _own(shape: Shape, base: tuple[str, ...], pbx: str) -> list[Program]:
    celery = (PYTHON, "-m", "celery", "--quiet", "-A", "callcenter")
    web = Program(
        "web",
        (PYTHON, "-m", "daphne", "-b", shape.bind, "-p", str(shape.ports.web), "-v", "1",
         "--access-log", os.devnull, "callcenter.asgi:application"),
        probes.serves_http(shape.ports.web, "/health/", host=shape.own_address),
        base, folder=str(ROOT),
    )  # fmt: skip
    worker = Program(
        "worker",
        (*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", "-n", "helin@%h",
         "--without-gossip", "--without-mingle"),
        probes.says(r"helin@\S+ ready"), base, folder=str(ROOT), stop_seconds=15,
        # Celery's advice against root is for who lets strangers queue pickles
        environment={"PYTHONWARNINGS": "ignore:You're running the worker with superuser"},
    )  # fmt: skip
    beat = Program(
        "beat",
        (*celery, "beat", "--loglevel", "WARNING", "--pidfile=",
         "--schedule", str(shape.folder / "run" / "beat-schedule")),
        needs=base, folder=str(ROOT),
    )  # fmt: skip
    own = [
        web, worker, beat,
        _manage(
            "listener", "run_listener", "--pbx", PBX, needs=(*base, pbx),
            ready=probes.says(r"Serving|[Ss]tanding by"),
        ),
        _manage(
            "ledger", "run_ledger", "--pbx", PBX, needs=base, ready=probes.says(r"Following"),
        ),
    ]  # fmt: skip
    own.append(_manage("webhooks", "run_webhooks", needs=base, ready=probes.says(r"Delivering")))
    if os.environ.get("HELIN_LDAP_PORT", "0") != "0":
        ready = probes.says(r"Answering phones")
        own.append(_manage("directory", "run_directory", needs=base, ready=ready))
    if shape.demo_traffic:
        own.append(_manage("traffic", "run_demo_traffic", needs=("web", "listener")))
    return own


def _manage(
    name: str,
    *arguments: str,
    needs: tuple[str, ...] = (),
    once: bool = False,
    ready: probes.Probe | None = None,
    after: Callable[[], None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Program:
    # Django's own commands look for mistakes first, which is ./test's work; ours do not
    skip = ("--skip-checks",) if once else ()
    command = (PYTHON, str(ROOT / "manage.py"), *arguments, *skip)
    return Program(
        name, command, ready, needs=needs, once=once, after=after, environment=environment or {},
        folder=str(ROOT),
    )  # fmt: skip


def _after(program: Program, needs: tuple[str, ...]) -> Program:
    return replace(program, needs=(*needs, *program.needs))
