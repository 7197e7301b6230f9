"""The real thing for benchmarks: PostgreSQL, Valkey, Daphne and the listener, each a process.

Only the PBX is played (`fake_pbx`), at the other end of a real TCP connection that speaks AMI.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

SLUG = "bench"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom the database knows. `agents`: (member name, interface, session cookie, user id)."""

    tenant_id: int
    queue: str
    supervisor: str  # a session cookie
    agents: list[tuple[str, str, str, int]]


@contextmanager
def data_stores(memory: str = "128MB", *, durable: bool = False) -> Iterator[Path]:
    """PostgreSQL and Valkey of our own; Django is set up on them. Yields a folder for logs.

    `memory`: PostgreSQL's shared_buffers, which a server with millions of calls has more of.
    `durable`: what is committed outlives a power cut, as with ./run, which is what writing costs.
    """
    folder = Path(tempfile.mkdtemp(prefix="helin-benchmark-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        from callcenter.runtime import postgres, valkey

        cluster = stack.enter_context(
            postgres.throw_away(folder / "postgres", memory=memory, durable=durable)
        )
        store = stack.enter_context(valkey.throw_away(folder / "valkey"))
        os.environ.update(
            HELIN_ENV="development",
            HELIN_DATA_DIR=str(folder / "data"),
            DATABASE_URL=cluster.urls().app,
            DATABASE_OWNER_URL=cluster.urls().owner,
            VALKEY_URL=store.url,
            DJANGO_SETTINGS_MODULE="callcenter.settings",
        )
        _run("manage.py", "migrate", "--verbosity", "0")
        import django

        django.setup()
        yield folder


class Whole:
    """All of Helin, as `./run` starts it, in a folder of its own. Its data outlive a kill."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.output = folder, folder / "var", folder / "out"
        self.environment = {
            **os.environ,
            "HELIN_ENV": "development",
            "HELIN_DATA_DIR": str(self.data),
            "HELIN_CACHE_DIR": os.environ.get("HELIN_CACHE_DIR", str(ROOT / "var" / "cache")),
            "DJANGO_SETTINGS_MODULE": "callcenter.settings",
        }
        self._run: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it is ready. Ends this process with what Helin said where it does not start."""
        facts = self.data / "runtime.json"
        facts.unlink(missing_ok=True)
        begun = time.monotonic()
        with self.output.open("ab") as output:
            self._run = subprocess.Popen(
                [str(ROOT / "run")], env=self.environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, start_new_session=True,
            )  # fmt: skip
        while not _is_ready(facts):
            if self._run.poll() is not None or time.monotonic() - begun > 300:
                sys.exit(self.output.read_text()[-3000:])
            time.sleep(0.05)

    def end(self, order: signal.Signals = signal.SIGINT) -> None:
        """As by Ctrl-C, or at once by SIGKILL, which leaves its parts to notice; nothing if ended."""
        if self._run is not None:
            self._run.send_signal(order)
            self._run.wait(60)
            self._run = None

    def adopt(self) -> None:
        """Sets up Django in this process as in its own."""
        os.environ.update(self.environment)
        import django

        from callcenter.runtime.instance import adopt_environment

        adopt_environment()
        django.setup()


@contextmanager
def whole_helin() -> Iterator[Whole]:
    """Not yet started; ended and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="helin-whole-"))
    whole = Whole(folder)
    try:
        yield whole
    finally:
        whole.end()
        shutil.rmtree(folder, ignore_errors=True)


def _is_ready(facts: Path) -> bool:
    try:
        return bool(json.loads(facts.read_text()).get("ready"))
    except (OSError, ValueError):
        return False


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)


def make_cast(agents: int, *, sessions: int | None = None) -> Cast:
    """A tenant with one group, one queue, `agents` agents with phones, and a supervisor."""
    from django.utils import timezone

    from callcenter.accounts.models import Membership, User
    from callcenter.agents.models import Agent, Device
    from callcenter.groups.models import AgentGroup, GroupMember, Number, Queue
    from callcenter.tenants.models import Tenant
    from callcenter.tenants.scope import tenant_scope

    tenant = Tenant.objects.create(slug=SLUG, name="Bench")
    made: list[tuple[str, str, str, int]] = []
    with tenant_scope(tenant.pk):
        group = AgentGroup.objects.create(slug="sales", name="Sales")
        queue = Queue.objects.create(group=group, slug="sales", name="Sales")
        Number.objects.create(e164="+3726000000", queue=queue)
        for n in range(agents):
            user = User.objects.create(email=f"a{n}@example.com", name=f"Agent {n}", password="!")
            membership = Membership.objects.create(user=user, role="agent")
            agent = Agent.objects.create(membership=membership, name=f"Agent {n}")
            extension = str(1000 + n)
            phone = Device.objects.create(
                agent=agent, extension=extension, name=extension, digest="0" * 32,
                secret_made_at=timezone.now(),
            )  # fmt: skip
            Agent.objects.filter(pk=agent.pk).update(device=phone)
            GroupMember.objects.create(group=group, agent=agent, logged_in=True)
            cookie = session_of(user) if sessions is None or n < sessions else ""
            made.append((f"{SLUG}-a{agent.pk}", f"PJSIP/{SLUG}-{extension}", cookie, user.pk))
        boss = User.objects.create(email="boss@example.com", name="Boss", password="!")
        Membership.objects.create(user=boss, role="supervisor")
    return Cast(tenant.pk, f"{SLUG}-sales", session_of(boss), made)


def session_of(user: object) -> str:
    """A cookie of a browser in which `user` has signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)  # type: ignore[attr-defined]
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()  # type: ignore[attr-defined]
    session.create()
    return f"sessionid={session.session_key}"


class Process:
    """A program of ours with what it costs."""

    def __init__(self, name: str, folder: Path, *arguments: str, **environment: str) -> None:
        self._log = (folder / f"{name}.log").open("wb")
        self._popen = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.pid = self._popen.pid

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def rss_bytes(self) -> int:
        """What the process alone holds, without what it shares with others."""
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return 1024 * sum(
            int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_")
        )

    def stop(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(10)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._log.close()


def start_web(
    folder: Path, application: str = "callcenter.asgi:application"
) -> tuple[Process, int]:
    from callcenter.runtime.ports import free_port

    port = free_port()
    web = Process(
        "web", folder, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "--no-server-name",
        application,
    )  # fmt: skip
    return web, port


def start_listener(folder: Path, pbx_port: int, *, coalesced: bool = True) -> Process:
    """With `coalesced` False every change is a message of its own: the baseline."""
    address = f"pbx1=ami://bench:bench@127.0.0.1:{pbx_port}"
    arguments = ["manage.py", "run_listener"] if coalesced else ["-c", _UNCOALESCED]
    return Process("listener", folder, *arguments, HELIN_PBXES=address)


_UNCOALESCED = """
import telephony.live.broadcast as broadcast
from django.core.management import execute_from_command_line
broadcast.INTERVAL_SECONDS = 0.0
execute_from_command_line(["manage.py", "run_listener"])
"""


async def wait_for_port(port: int, seconds: float = 40.0) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def table(title: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[n]) for row in (header, *rows)) for n in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, tuple("-" * width for width in widths), *rows)
    ]
    return "\n".join(["", title, *lines])
