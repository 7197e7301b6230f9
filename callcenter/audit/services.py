"""Writing the audit log: call `record` inside the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from callcenter.audit.changes import differences
from callcenter.audit.models import AuditEntry

# the address of the request being served, set by the HTTP middleware
client_address: ContextVar[str | None] = ContextVar("client_address", default=None)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for a change: a person, an API key, or Helin itself."""

    name: str
    user_id: int | None = None


HELIN_ITSELF = Actor(name="Helin")


def record(
    *,
    action: str,
    by: Actor,
    about: models.Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """One entry; `before` and `after` hold only what changed, as JSON-able values, no secrets."""
    return AuditEntry.objects.create(
        action=action,
        by_id=by.user_id,
        by_name=by.name[:150],
        about_type=about._meta.model_name or "",
        about_id=str(about.pk),
        about_name=str(about)[:200],
        before=dict(before or {}),
        after=dict(after or {}),
        address=client_address.get(),
    )


def change_row(
    *,
    row: models.Model,
    changes: Mapping[str, Any],
    action: str,
    by: Actor,
) -> AuditEntry | None:
    """Sets the fields of `row`, saves and records what really changed; None if nothing did."""
    before, after = differences(row, changes)
    if not after:
        return None
    for field in after:
        setattr(row, field, changes[field])
    with transaction.atomic():
        row.save(update_fields=list(after))
        return record(action=action, by=by, about=row, before=before, after=after)
