"""Fixtures for every test: a database whose row-level security is really on."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import playwright
import pytest
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import settings
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker

from callcenter.runtime import chromium, ports, probes, processes
from callcenter.runtime.folders import ROOT
from tests import emptying

APP_ROLE = "helin_app"
# of what a page shall show in the end; a busy machine is no fault of the page
expect.set_options(timeout=15_000)
# the same examples in every run, and none too slow for a busy machine; others are searched by
# --hypothesis-profile=search
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits long begins first, so that nobody waits for it alone in the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def _act_as(role: str | None) -> None:
    """From now on every new connection to the test database has `role`'s rights."""
    for link in connections.all(initialized_only=True):
        link.close()
    settings = connections["default"].settings_dict
    settings["OPTIONS"] = {**settings["OPTIONS"], "options": f"-c role={role}" if role else ""}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Copied from what is migrated already; what a foreign PostgreSQL is given, is migrated now."""
    if template := os.environ.get("HELIN_TEST_TEMPLATE"):
        connections["default"].settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Generator[None]:
    """The owner has made and migrated the database; the tests run as the application's role."""
    with django_db_blocker.unblock():
        with connections["default"].cursor() as cursor:
            # only so that a foreign PostgreSQL can be emptied after a transactional test
            cursor.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {APP_ROLE}")
        _act_as(APP_ROLE)
    yield
    with django_db_blocker.unblock():
        _act_as(None)


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """Addresses of this run's test database, for processes that a test starts."""

    owner: str
    app: str
    asterisk: str

    __test__ = False

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a Helin process that shall work on this database."""
        return {**os.environ, "DATABASE_URL": self.app, "DATABASE_OWNER_URL": self.owner}


@pytest.fixture(scope="session", autouse=True)
def emptied() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", emptying.empty)
        yield


@pytest.fixture(scope="session")
def node() -> str:
    """What runs the browser's modules outside of it; Playwright brings one along."""
    found = shutil.which("node")
    return found or str(Path(playwright.__file__).parent / "driver" / "node")


@pytest.fixture(scope="session")
def database_urls(django_db_setup: None) -> TestDatabase:
    name = connections["default"].settings_dict["NAME"]

    def url(variable: str) -> str:
        return urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl()

    return TestDatabase(
        url("DATABASE_URL"), url("HELIN_TEST_APP_URL"), url("HELIN_TEST_ASTERISK_URL")
    )


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Raises where there is no Chromium: a browser test that did not run must not look green."""
    return chromium.find_or_fetch()


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Generator[Browser]:
    """A real Chromium, for one module: while it runs, the thread counts as one with an event loop,
    so that a module has either browser tests or async ones.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Django sees that event loop too, and would refuse the tests' own queries
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(
            executable_path=chromium_path, args=list(chromium.ARGUMENTS)
        )
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Generator[Page]:
    """A page of a person who has never been here."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def web_url(
    database_urls: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Generator[str]:
    """The address of a real web process (pages and sockets) on the test database.

    It sees committed rows only: use it with the `transactional_db` fixture.
    """
    port = ports.free_port()
    environment = {
        **database_urls.environment,
        "HELIN_DATA_DIR": str(tmp_path_factory.mktemp("web")),
        "HELIN_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(collect, env=environment, cwd=ROOT, check=True)
    command = [
        sys.executable, "-m", "daphne", "-p", str(port), "-v", "0", "callcenter.asgi:application",
    ]  # fmt: skip
    web = subprocess.Popen(
        command, env=environment, cwd=ROOT, preexec_fn=processes.dies_with_parent()
    )
    serves = probes.serves_http(port, "/health/")
    deadline = time.monotonic() + 120
    while not serves(lambda _pattern: False):
        assert web.poll() is None, "the web process ended"
        assert time.monotonic() < deadline, "the web process does not answer"
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    web.terminate()
    web.wait(10)
