"""A document as CSV, line by line: for spreadsheets, so with a byte order mark and no formulas.

Values are plain, for programs too: seconds and per cent as numbers with a point, instants with
their offset, nothing where a figure is not known.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from io import StringIO

from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.formats.spreadsheets import BYTE_ORDER_MARK, harmless
from reports.rendering.document import Column, Document, Kind, Row, Table, Value

_UNITS = {Kind.SECONDS: "s", Kind.SHARE: "%"}


def document_lines(document: Document) -> Iterator[str]:
    """What it is and whether the data are whole, then every table under its title."""
    yield BYTE_ORDER_MARK
    yield _line([document.title, document.company])
    yield _line([_("Period"), document.period])
    yield _line([_("Time zone"), document.zone])
    yield _line([_("Made"), _plain(document.made_at)])
    for badge in document.badges:
        yield _line([_("Data"), badge.words])
    for sentence in document.sentences:
        yield _line([sentence])
    for table in document.tables:
        yield "\r\n"
        yield _line([table.title])
        yield from _table(table)


def table_lines(table: Table) -> Iterator[str]:
    """The header and the rows alone, for programs."""
    yield from head_lines(table.columns)
    yield from row_lines(table.rows)


def head_lines(columns: Iterable[Column]) -> Iterator[str]:
    """The header of a table whose rows come one after the other."""
    yield BYTE_ORDER_MARK
    yield _line(map(_title, columns))


def row_lines(rows: Iterable[Row]) -> Iterator[str]:
    return (_line(map(_plain, row.values)) for row in rows)


def _table(table: Table) -> Iterator[str]:
    yield _line(map(_title, table.columns))
    yield from row_lines(table.rows)


def _title(column: Column) -> str:
    unit = _UNITS.get(column.kind)
    return f"{column.title} ({unit})" if unit else column.title


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.1f}"
    return harmless(value) if isinstance(value, str) else str(value)


def _line(cells: Iterable[str]) -> str:
    target = StringIO()
    csv.writer(target).writerow(cells)
    return target.getvalue()
