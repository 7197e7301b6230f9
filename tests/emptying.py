"""Emptying the database after a test that has committed rows.

Django's own way, TRUNCATE, makes new files for a hundred tables and their five hundred indexes,
which takes 50 times as long as it takes to delete what a test has left (empty_tables.sql).
"""

import os

from django.core.management import CommandError
from django.db import OperationalError, connection
from django.test import TransactionTestCase

_TRIES = 5
_truncate = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]


def empty(case: TransactionTestCase) -> None:
    """A page that is closed leaves requests behind, whose locks may deadlock with ours."""
    for left in reversed(range(_TRIES)):
        try:
            if "HELIN_TEST_TEMPLATE" in os.environ:
                _delete()
            else:  # a foreign PostgreSQL
                _truncate(case)
            return
        except (CommandError, OperationalError) as error:
            if not left or "deadlock" not in f"{error} {error.__cause__}":
                raise


def _delete() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT testing.empty_tables()")
