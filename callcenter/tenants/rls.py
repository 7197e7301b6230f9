"""Row-level security: the wall behind the manager, one migration operation per app."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation

# An initplan, evaluated once a query. Without a tenant in scope it is NULL, and no row matches.
_TENANT = "(SELECT NULLIF(NULLIF(current_setting('app.tenant', true), ''), '*')::bigint)"
_EVERY = "(SELECT current_setting('app.tenant', true) = '*')"


def policy_sql(table: str, column: str = "tenant_id") -> str:
    rule = f'("{column}" = {_TENANT} OR {_EVERY})'
    return (
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY;'
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY;'
        f'CREATE POLICY tenant_wall ON "{table}" USING {rule} WITH CHECK {rule};'
    )


class WallOffTenants(Operation):
    """Puts the tenant wall on the named models' tables."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, *models: str) -> None:
        self.models = models

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, list(self.models), {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The wall is the database's own; the model state does not know of it."""

    def _tables(self, app_label: str, state: Any) -> list[str]:
        return [state.apps.get_model(app_label, name)._meta.db_table for name in self.models]

    def database_forwards(
        self,
        app_label: str,
        schema_editor: Any,
        from_state: Any,  # noqa: ARG002 - Django's signature
        to_state: Any,
    ) -> None:
        for table in self._tables(app_label, to_state):
            schema_editor.execute(policy_sql(table))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: Any,
        from_state: Any,
        to_state: Any,  # noqa: ARG002 - Django's signature
    ) -> None:
        for table in self._tables(app_label, from_state):
            schema_editor.execute(
                f'DROP POLICY tenant_wall ON "{table}";'
                f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY;'
            )

    def describe(self) -> str:
        return f"Wall off tenants in {', '.join(self.models)}"
