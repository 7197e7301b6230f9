"""A pytest plugin: a throw-away PostgreSQL and Valkey for the run, before Django's settings are read.

Named by `-p tests.services` in pyproject.toml, as a conftest.py would come after pytest-django has
read the settings. Set DATABASE_URL (a role that may create databases) and VALKEY_URL to use
others. Workers of `-n` inherit the addresses through the environment; each has its own database and
its own Valkey.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from callcenter.runtime import postgres, processes, valkey
from tests import schema_template

PREFIX = "helin-tests-"
OWN_VALKEY = "HELIN_TEST_OWN_VALKEY"
_running = ExitStack()
# where pytest ends before its own last hook, an error in the settings for one
atexit.register(_running.close)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        start()
    elif OWN_VALKEY in os.environ:
        start_valkey()
    return (yield)


def pytest_unconfigure() -> None:
    _running.close()


def start() -> None:
    _clear_leftovers()
    directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    _running.callback(shutil.rmtree, directory, ignore_errors=True)
    os.environ.setdefault("HELIN_ENV", "development")
    os.environ.setdefault("HELIN_DATA_DIR", str(directory / "data"))
    if not os.environ.get("VALKEY_URL"):
        os.environ[OWN_VALKEY] = "yes"
        start_valkey()
    if not os.environ.get("DATABASE_URL"):
        cluster = _running.enter_context(postgres.throw_away(directory / "postgres"))
        urls = cluster.urls()
        schema_template.make(cluster)
        os.environ["HELIN_TEST_TEMPLATE"] = schema_template.NAME
        # the owner makes and migrates the test database; conftest.py then acts as helin_app
        os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"] = urls.owner
        os.environ["HELIN_TEST_APP_URL"] = urls.app
        os.environ["HELIN_TEST_ASTERISK_URL"] = urls.asterisk
        os.environ["HELIN_TEST_ADMIN_URL"] = urls.admin


def start_valkey() -> None:
    """One for each worker: live state is keyed by tenant ids, which are the same in all of them."""
    directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    _running.callback(shutil.rmtree, directory, ignore_errors=True)
    store = _running.enter_context(valkey.throw_away(directory))
    os.environ["VALKEY_URL"] = store.url


def _clear_leftovers() -> None:
    """Of runs that were killed, and could not clear up themselves."""
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = directory.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and not processes.is_alive(int(owner)):
            shutil.rmtree(directory, ignore_errors=True)
