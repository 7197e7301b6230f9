"""The private PostgreSQL, really started."""

import os
import shutil
import signal
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from callcenter.runtime import postgres, processes
from callcenter.runtime.postgres import Cluster, PostgresUnavailable
from callcenter.runtime.privilege import unprivileged


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cluster]:
    with postgres.throw_away(tmp_path_factory.mktemp("with a space")) as started:
        yield started


def test_the_owner_makes_what_the_application_uses(cluster: Cluster) -> None:
    urls = cluster.urls()
    with psycopg.connect(urls.owner) as link:
        link.execute("CREATE TABLE thing (id serial PRIMARY KEY, name text)")
    with psycopg.connect(urls.app) as link:
        link.execute("INSERT INTO thing (name) VALUES ('Jürgen 山田')")
        assert link.execute("SELECT name FROM thing").fetchall() == [("Jürgen 山田",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            link.execute("DROP TABLE thing")


def test_asterisk_reads_nothing_it_was_not_given(cluster: Cluster) -> None:
    with psycopg.connect(cluster.urls().owner) as link:
        link.execute("CREATE TABLE IF NOT EXISTS secret (id int)")
    with (
        psycopg.connect(cluster.urls().asterisk) as link,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        link.execute("SELECT * FROM public.secret")


def test_nobody_enters_without_the_password(cluster: Cluster) -> None:
    for role in ("helin_owner", "helin_app", "asterisk", "helin_admin"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://{role}:wrong@127.0.0.1:{cluster.port}/helin")


def test_the_passwords_are_for_us_only(cluster: Cluster) -> None:
    assert (cluster.directory / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert cluster.data.stat().st_mode & 0o777 == 0o700


def test_a_second_server_on_the_same_data_is_refused(cluster: Cluster) -> None:
    with pytest.raises(PostgresUnavailable, match="already runs"):
        cluster.clear_stale_pid()


def test_data_of_another_version_is_refused_in_words(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, 1)
    cluster.data.mkdir(parents=True)
    (cluster.data / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(PostgresUnavailable, match=r"made by PostgreSQL 9\.6"):
        cluster.initialise()


def test_comes_back_after_it_was_killed_with_a_session_at_work(tmp_path: Path) -> None:
    with postgres.throw_away(tmp_path) as first:
        busy = psycopg.connect(first.urls().app)
        busy.execute("SELECT 1")
        server = int((first.data / "postmaster.pid").read_text().split()[0])
        os.kill(server, signal.SIGKILL)
    assert (first.data / "postmaster.pid").exists(), "the kill came too late to leave anything"
    first.end_predecessor()
    assert processes.running_from(first.data) == []
    with postgres.throw_away(tmp_path) as second, psycopg.connect(second.urls().app) as link:
        assert link.execute("SELECT 1").fetchone() == (1,)


def test_root_without_user_namespaces_changes_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELIN_NO_USER_NAMESPACE", "1")
    unprivileged.cache_clear()
    try:
        if os.geteuid() != 0:
            assert unprivileged().prefix == ()  # an ordinary user has nothing to change
            return
        with postgres.throw_away(tmp_path) as cluster, psycopg.connect(cluster.urls().app) as link:
            assert link.execute("SELECT 1").fetchone() == (1,)
            assert cluster.data.stat().st_uid == unprivileged().uid
            kept_elsewhere = cluster.data.parent
        shutil.rmtree(kept_elsewhere)
    finally:
        unprivileged.cache_clear()
