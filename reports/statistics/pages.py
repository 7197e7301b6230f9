"""A report as a page shows it: cards of tables and charts, figures in boxes. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reports.rendering.charts import legend, to_svg
from reports.rendering.document import Chart, Column, Document, Table, Value
from reports.rendering.html import defined, table_html
from reports.rendering.wording import difference, difference_of_nothing, written
from reports.statistics.figures import FIGURES

SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Picture:
    title: str
    svg: SafeString
    legend: SafeString


@dataclass(frozen=True, slots=True)
class Card:
    """`is_folded`: the pictures say it, the numbers stand behind them."""

    key: str
    title: str
    table: SafeString
    note: str
    pictures: tuple[Picture, ...]
    is_folded: bool


@dataclass(frozen=True, slots=True)
class Box:
    """One figure of all together. `change` in words with an arrow; "" where there is nothing to
    compare. `tone`: ok, bad or neither.
    """

    name: SafeString
    value: str
    link: str
    change: str
    before: str
    tone: str


def cards_of(document: Document, folded: Collection[str] = ()) -> list[Card]:
    """One for each table but the summary."""
    return [_card(document, table, folded) for table in document.tables if table.key != SUMMARY]


def _card(document: Document, table: Table, folded: Collection[str]) -> Card:
    charts = [chart for chart in document.charts if chart.table == table.key]
    heat = next((chart for chart in charts if chart.kind == "heat"), None)
    pictures = tuple(
        _picture(chart, f"{table.key}-{number}")
        for number, chart in enumerate(charts)
        if chart.kind != "heat"
    )
    return Card(
        key=table.key,
        title=table.title,
        table=table_html(table, heat=heat),
        note=table.note,
        pictures=pictures,
        is_folded=bool(pictures) and table.key in folded,
    )


def _picture(chart: Chart, key: str) -> Picture:
    return Picture(chart.title, to_svg(chart, key), legend(chart, key))


def boxes_of(document: Document, keys: Collection[str]) -> list[Box]:
    """Of the summary's three rows: now, before, and what changed."""
    table = next((one for one in document.tables if one.key == SUMMARY), None)
    if table is None:
        return []
    now, before, change = table.rows
    return [
        _box(
            column, now.values[place], now.links[place], before.values[place], change.values[place]
        )
        for place, column in enumerate(table.columns)
        if column.key in keys
    ]


def _box(column: Column, now: Value, link: str, before: Value, change: Value) -> Box:
    words, tone = "", ""
    if isinstance(change, int | float):
        words = difference(change, column.kind)
        is_same = words.endswith(difference_of_nothing(column.kind)) and words.startswith("=")
        good = FIGURES[column.key].is_good_when
        if good and not is_same:
            is_better = (change > 0) == (good == "high")
            tone = "ok" if is_better else "bad"
            judged = _("better") if is_better else _("worse")
            words = f"{words} {judged}"
    return Box(
        name=defined("all", column),
        value=written(now, column.kind),
        link=link,
        change=words,
        before=written(before, column.kind),
        tone=tone,
    )


def definitions_of(document: Document) -> list[tuple[str, str]]:
    """Each figure of the report once, and what it means."""
    found = {
        column.title: column.definition
        for table in document.tables
        for column in table.columns
        if column.definition
    }
    return list(found.items())
