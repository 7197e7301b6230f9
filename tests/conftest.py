"""Fixtures for every test: a database whose row-level security is really on."""

import os
from collections.abc import Generator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

APP_ROLE = "helin_app"


def _act_as(role: str | None) -> None:
    """From now on every new connection to the test database has `role`'s rights."""
    for link in connections.all(initialized_only=True):
        link.close()
    settings = connections["default"].settings_dict
    settings["OPTIONS"] = {**settings["OPTIONS"], "options": f"-c role={role}" if role else ""}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Generator[None]:
    """The owner has made and migrated the database; the tests run as the application's role."""
    with django_db_blocker.unblock():
        with connections["default"].cursor() as cursor:
            # only so that pytest-django can empty the tables after a transactional test
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


@pytest.fixture(scope="session")
def database_urls(django_db_setup: None) -> TestDatabase:
    name = connections["default"].settings_dict["NAME"]

    def url(variable: str) -> str:
        return urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl()

    return TestDatabase(
        url("DATABASE_URL"), url("HELIN_TEST_APP_URL"), url("HELIN_TEST_ASTERISK_URL")
    )
