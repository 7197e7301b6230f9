"""A document as JSON, for programs: rows as lists in the order of the columns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from reports.rendering.document import Document, Table, Value


def as_json(document: Document) -> dict[str, Any]:
    """Instants in UTC, seconds and per cent as numbers, null for what is not known; of a difference
    per cent are points."""
    return {
        "title": document.title,
        "company": document.company,
        "period": document.period,
        "zone": document.zone,
        "language": document.language,
        "made_at": _plain(document.made_at),
        "live_url": document.live_url,
        "badges": [{"level": one.level, "words": one.words} for one in document.badges],
        "sentences": list(document.sentences),
        "tables": [_table(one) for one in document.tables],
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "key": table.key,
        "title": table.title,
        "note": table.note,
        "columns": [
            {
                "key": one.key,
                "title": one.title,
                "kind": str(one.kind),
                "definition": one.definition,
            }
            for one in table.columns
        ],
        "rows": [
            {
                "values": [_plain(value) for value in row.values],
                "is_total": row.is_total,
                "is_difference": row.is_difference,
            }
            for row in table.rows
        ],
    }


def _plain(value: Value) -> str | int | float | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value
