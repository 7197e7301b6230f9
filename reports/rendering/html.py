"""Tables as HTML: classes only, so that the page's CSS, the printer and the mail dress them.

Strings are put together here instead of in a template: a page of some thousand cells is made in
milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from reports.rendering.document import Chart, Column, Kind, Row, Table, Value
from reports.rendering.wording import difference, written

SHADES = 8


@dataclass(frozen=True, slots=True)
class _Heat:
    """The largest value of the map, and how many columns after the first belong to it."""

    most: float
    columns: int

    def shade(self, value: Value) -> str:
        return f"heat-{shade(value, self.most)}" if isinstance(value, int | float) else ""


def table_html(table: Table, *, heat: Chart | None = None) -> SafeString:
    """`heat`: the map that this table holds the numbers of; its cells are shaded by their share of
    the largest, totals left out.
    """
    heated = _Heat(_most(heat), len(heat.labels)) if heat is not None else _Heat(0, 0)
    classes = "table report-table" + (" report-heat" if heat is not None else "")
    parts = [
        f'<table class="{classes}"><caption class="visually-hidden">{escape(table.title)}</caption>',
        "<thead><tr>",
        *(_head(table, column) for column in table.columns),
        "</tr></thead><tbody>",
    ]
    for row in table.rows:
        parts.extend(_row(table, row, heated))
    parts.append("</tbody></table>")
    return mark_safe("".join(parts))  # noqa: S308 - every text in it is escaped


def _head(table: Table, column: Column) -> str:
    number = "" if column.kind is Kind.TEXT else ' class="number"'
    if not column.definition:
        return f'<th scope="col"{number}>{escape(column.title)}</th>'
    return f'<th scope="col"{number}>{defined(table.key, column)}</th>'


def defined(key: str, column: Column) -> SafeString:
    """A figure's name whose definition is told by pointer and by focus. `key`: where in the page."""
    mark = f"{escape(key)}-{escape(column.key)}-means"
    return mark_safe(  # noqa: S308 - escaped
        f'<span class="defined"><button type="button" aria-describedby="{mark}">'
        f'{escape(column.title)}</button><span class="definition" role="tooltip" id="{mark}">'
        f"{escape(column.definition)}</span></span>"
    )


def _row(table: Table, row: Row, heat: _Heat) -> Iterator[str]:
    classes = " ".join(
        name
        for name, is_so in (("is-total", row.is_total), ("is-difference", row.is_difference))
        if is_so
    )
    yield f'<tr class="{classes}">' if classes else "<tr>"
    links = row.links or ("",) * len(row.values)
    cells = zip(table.columns, row.values, links, strict=True)
    for place, (column, value, link) in enumerate(cells):
        text: str = escape(_text(value, column.kind, row))
        if link:
            # what it leads to is said by the headers of its row and column
            text = f'<a href="{escape(link)}">{text}</a>'
        if place == 0:
            yield f'<th scope="row">{text}</th>'
        else:
            shaded = heat.shade(value) if place <= heat.columns and not row.is_total else ""
            yield f"<td{_classes(column, shaded)}>{text}</td>"
    yield "</tr>"


def _text(value: Value, kind: Kind, row: Row) -> str:
    return difference(value, kind) if row.is_difference else written(value, kind)


def _classes(column: Column, shaded: str) -> str:
    names = [name for name in ("" if column.kind is Kind.TEXT else "number", shaded) if name]
    return f' class="{" ".join(names)}"' if names else ""


def shade(value: float, most: float) -> int:
    """0 for nothing, else 1 to SHADES."""
    return 0 if value <= 0 or most <= 0 else max(1, min(SHADES, round(SHADES * value / most)))


def _most(heat: Chart) -> float:
    return max((value or 0 for one in heat.series for value in one.values), default=0)
