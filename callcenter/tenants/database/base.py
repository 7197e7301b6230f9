"""PostgreSQL, with the tenant in scope told to row-level security before every query.

The scope lives in a ContextVar and the connection in a thread, and a rollback takes a
`set_config` back with it. So nothing is set at the doors: each connection remembers what it last
told the server, forgets it on a rollback, and tells it again when it differs.

Text with a NUL, which PostgreSQL cannot keep, is the asker's fault and never a failure of ours:
from whichever field, cookie or JSON it came, the answer is 400.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db.backends.postgresql import base
from django.db.utils import DataError

from callcenter.tenants.scope import current_setting

_UNTRANSLATABLE_CHARACTER = "22P05"  # of PostgreSQL: a NUL written as an escape, within JSON


class NulInText(DataError, BadRequest, SuspiciousOperation):
    """A value holds a NUL. What catches database errors sees one; pages answer 400, for a bad
    request; a session's key that holds one is no session, for being suspicious.
    """


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._told: str | None = None
        self.execute_wrappers.append(self._tell_then_execute)

    def tell_tenant(self) -> None:
        """Set `app.tenant` on this connection to the scope of this context (a no-op if it is)."""
        wanted = current_setting()
        if self._told == wanted:
            return
        self.ensure_connection()
        link: Any = self.connection
        with self.wrap_database_errors:
            link.execute("SELECT set_config('app.tenant', %s, false)", [wanted])
        self._told = wanted

    def _tell_then_execute(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: dict[str, Any],
    ) -> Any:
        if not self.needs_rollback:
            self.tell_tenant()
        try:
            return execute(sql, params, many, context)
        except DataError as error:
            if _is_of_nul(error):
                raise NulInText(*error.args) from error
            raise

    def init_connection_state(self) -> None:
        self._told = None
        super().init_connection_state()

    def _rollback(self) -> None:
        self._told = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._told = None

    def _close(self) -> None:
        self._told = None
        super()._close()  # type: ignore[misc]


def _is_of_nul(error: DataError) -> bool:
    """psycopg refuses a NUL before the server hears of it, and then there is no SQLSTATE."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state == _UNTRANSLATABLE_CHARACTER or (state is None and "NUL" in str(error))
