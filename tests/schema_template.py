"""The migrated database that each worker's test database is a copy of.

Migrating takes a quarter of a minute, so what the migrations made is kept as SQL under var/, for as
long as nothing that makes it changes.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from callcenter.runtime import fingerprints, postgres
from callcenter.runtime.folders import ROOT

NAME = "helin_template"
KEPT = ROOT / "var" / "test-schema"
EMPTYING = ROOT / "tests" / "empty_tables.sql"
_KEPT_SECONDS = 7 * 86400
# what migrations call
_CALLED = ("callcenter/tenants/rls.py", "phonebook/numbers/emergency.py")


def make(cluster: postgres.Cluster) -> None:
    """Raises CalledProcessError, psycopg.Error."""
    with psycopg.connect(cluster.urls("postgres").admin, autocommit=True) as link:
        link.execute(f"CREATE DATABASE {NAME} OWNER helin_owner".encode())
    _make_schema(cluster)
    _run_sql(EMPTYING, cluster)


def _make_schema(cluster: postgres.Cluster) -> None:
    kept = KEPT / f"{_fingerprint()}.sql"
    if kept.exists():
        _run_sql(kept, cluster)
        return
    _migrate(cluster)
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob("*.sql"):
        if old.stat().st_mtime < time.time() - _KEPT_SECONDS:  # another run may be reading it
            old.unlink(missing_ok=True)
    part = kept.with_suffix(f".{os.getpid()}")
    _run("pg_dump", cluster, "-f", str(part))
    part.rename(kept)


def _fingerprint() -> str:
    called = fingerprints.of_files([*(ROOT / name for name in _CALLED), postgres.ROLES_SQL])
    version = subprocess.run(
        [postgres.tool("postgres"), "-V"], capture_output=True, text=True, check=True
    )
    words = f"{fingerprints.of_migrations()} {called} {version.stdout}"
    return hashlib.sha256(words.encode()).hexdigest()[:24]


def _migrate(cluster: postgres.Cluster) -> None:
    owner = cluster.urls(NAME).owner
    environment = {
        **os.environ, "DATABASE_URL": owner, "DATABASE_OWNER_URL": owner, "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0", "--skip-checks"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def _run_sql(file: Path, cluster: postgres.Cluster) -> None:
    _run("psql", cluster, "-qX", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-f", str(file))


def _run(name: str, cluster: postgres.Cluster, *arguments: str) -> None:
    address = cluster.urls(NAME).admin
    subprocess.run([postgres.tool(name), "-d", address, *arguments], check=True, cwd=Path("/"))
