"""Many rows at once by COPY, which PostgreSQL does not allow behind row-level security.

The role helin_import (deploy/postgres-roles.sql) goes round the tenants' wall, and may do nothing
but add rows to a few tables of history. Whoever adds says whose each row is.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

ROLE = "helin_import"
_MAY = """
SELECT rolbypassrls AND pg_has_role(oid, 'MEMBER') AND has_table_privilege(oid, %s, 'INSERT')
FROM pg_roles WHERE rolname = %s
"""
# for migrations: a database whose roles are older than this one goes without (see roles.sql)
GRANT = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'helin_import') THEN
    GRANT INSERT ON {tables} TO helin_import;
  END IF;
END $$;
"""


def may_copy(cursor: Any, table: str) -> bool:
    """False where the role was not made, or has no right to this table: rows go in another way."""
    cursor.execute(_MAY, [table, ROLE])
    row = cursor.fetchone()
    return bool(row and row[0])


def copy_rows(cursor: Any, table: str, columns: str, rows: str) -> None:
    """`rows`: in COPY's text format, a line feed behind each. To be called in a transaction.

    Raises IntegrityError if one of them is there already; the savepoint around the call has to be
    undone then.
    """
    cursor.execute("SELECT current_setting('role')")
    (before,) = cursor.fetchone()
    cursor.execute("SELECT set_config('role', %s, true)", [ROLE])
    with (
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        copy.write(rows)
    cursor.execute("SELECT set_config('role', %s, true)", [before])
