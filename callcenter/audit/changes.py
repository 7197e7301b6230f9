"""What a change was, as JSON: plain values as they are, rows of ours as `{"id": 5, "name": "Sales"}`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from callcenter.tenants.refusals import Refusal


class ChangedSince(Refusal):
    def __init__(self) -> None:
        super().__init__(
            _("This cannot be undone any more: it has been changed again since. Undo that first.")
        )


class NothingThere(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This cannot be undone: what it was about does not exist any more."))


def as_json(value: Any) -> Any:
    if isinstance(value, models.Model):
        return {"id": value.pk, "name": str(value)}
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, str):
        return str(value)  # an enum's member becomes its plain value
    return value


def differences(row: models.Model, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """(before, after) of the fields of `row` that `wanted` would change, as JSON."""
    before, after = {}, {}
    for field, value in wanted.items():
        if _is_same_row(row, field, value):
            continue
        old, new = as_json(getattr(row, field)), as_json(value)
        if old != new:
            before[field], after[field] = old, new
    return before, after


def _is_same_row(row: models.Model, name: str, value: Any) -> bool:
    """Told by the key alone: the row behind it may be a clip with megabytes of sound."""
    field = row._meta.get_field(name)
    if not isinstance(field, models.ForeignKey):
        return False
    return bool(getattr(row, field.attname) == (None if value is None else value.pk))


def earlier_values(
    row: models.Model, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """The values that undo a change: `before` as the row's fields want them.

    Raises ChangedSince if the row is not as the change left it, NothingThere if a row that
    `before` names is gone.
    """
    if any(as_json(getattr(row, field)) != value for field, value in after.items()):
        raise ChangedSince
    try:
        return {name: _from_json(row._meta.get_field(name), old) for name, old in before.items()}
    except (ObjectDoesNotExist, ValidationError) as error:
        raise NothingThere from error


def _from_json(field: Any, value: Any) -> Any:
    if value is not None and isinstance(field, models.ForeignKey):
        related: Any = field.related_model
        return related.objects.get(pk=value["id"])
    return field.to_python(value)
