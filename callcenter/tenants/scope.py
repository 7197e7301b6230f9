"""Which tenant this piece of work belongs to; without one, tenant data cannot be read.

The scope is opened in exactly these doors: the HTTP middleware, the consumers' dispatch, the task
base class, the listener and ledger per tenant, management commands, and tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

EVERY_TENANT = "*"
_scope: ContextVar[str] = ContextVar("helin_tenant", default="")


class NoTenantInScope(RuntimeError):
    """Tenant data was asked for outside any tenant's scope: a bug, never a user's mistake."""


@contextmanager
def tenant_scope(tenant_id: int) -> Iterator[None]:
    """Everything read or written inside belongs to this tenant, in Python and in PostgreSQL."""
    token = _scope.set(str(int(tenant_id)))
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def system_scope(reason: str) -> Iterator[None]:
    """Work across tenants (operators, the listener's start, finding one's memberships).

    `reason` is for the reader of the code: say why no single tenant will do.
    """
    if not reason:
        raise ValueError("A system scope needs a reason.")
    token = _scope.set(EVERY_TENANT)
    try:
        yield
    finally:
        _scope.reset(token)


def current_setting() -> str:
    """What row-level security is told: a tenant's id, `*`, or nothing."""
    return _scope.get()


def current_tenant_id() -> int:
    """The tenant in scope; raises NoTenantInScope without one or in a system scope."""
    value = _scope.get()
    if not value or value == EVERY_TENANT:
        raise NoTenantInScope("Open a tenant_scope() before touching a tenant's data.")
    return int(value)


def tenant_of_new_row() -> int | None:
    """The default of every `tenant` column: the tenant in scope, else NULL, which is refused."""
    value = _scope.get()
    return int(value) if value and value != EVERY_TENANT else None
