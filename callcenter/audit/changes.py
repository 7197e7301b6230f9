"""What a change was, as JSON: plain values as they are, rows of ours as `{"id": 5, "name": "Sales"}`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import models


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
        old, new = as_json(getattr(row, field)), as_json(value)
        if old != new:
            before[field], after[field] = old, new
    return before, after
