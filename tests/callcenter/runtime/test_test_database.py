"""What every other test relies on: that it runs with the application's rights, not the owner's."""

import psycopg
import pytest
from django.db import ProgrammingError, connection

from tests.conftest import TestDatabase


@pytest.mark.django_db
def test_queries_run_as_the_application_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("helin_app",)


@pytest.mark.django_db
def test_the_application_role_may_not_change_the_structure() -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("CREATE TABLE public.mine (id int)")


@pytest.mark.parametrize("role", ["helin_owner", "helin_app", "asterisk"])
def test_no_role_escapes_row_security(database_urls: TestDatabase, role: str) -> None:
    with psycopg.connect(database_urls.owner) as link:
        row = link.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s", [role]
        ).fetchone()
    assert row == (False, False, False)


def test_started_processes_log_in_as_the_application(database_urls: TestDatabase) -> None:
    with psycopg.connect(database_urls.app) as link:
        assert link.execute("SELECT session_user, current_user").fetchone() == (
            "helin_app",
            "helin_app",
        )
