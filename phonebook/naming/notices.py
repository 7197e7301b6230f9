"""Tells the listener that names may have changed, so that running calls are named anew."""

from __future__ import annotations

from django.db import connection

from callcenter.tenants.scope import current_tenant_id

CHANNEL = "helin_config"
TABLE = "naming"


def tell_naming_changed() -> None:
    """Heard when the transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{current_tenant_id()}:{TABLE}"])
