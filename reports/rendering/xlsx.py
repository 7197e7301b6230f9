"""A document as a workbook: a sheet of facts and definitions, then one sheet for each table.

Cells are typed: numbers count, shares are per cent, seconds are durations, instants are dates in
the document's zone (a workbook knows no zones). What is not known is "-".
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reports.rendering.document import Column, Document, Kind, Row, Table, Value
from reports.rendering.wording import NOTHING

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS = {
    Kind.TEXT: "@",
    Kind.COUNT: "#,##0",
    Kind.SHARE: "0.0 %",
    Kind.SECONDS: "[h]:mm:ss",
    Kind.INSTANT: "yyyy-mm-dd hh:mm:ss",
    Kind.DATE: "yyyy-mm-dd",
}
_DIFFERENCES = {Kind.COUNT: "+#,##0;-#,##0;0"}
_NAME_MOST = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_WIDTHS = {Kind.TEXT: 28, Kind.INSTANT: 20, Kind.DATE: 12}


def to_xlsx(document: Document) -> bytes:
    """The whole workbook."""
    import xlsxwriter  # when it is wanted: every process knows this module

    target = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": document.title, "company": document.company})
        # a file of the same document is the same file
        book.set_properties({"created": document.made_at.replace(tzinfo=None)})
        sheets = _Sheets(book, document)
        sheets.write_facts()
        for table in document.tables:
            sheets.write_table(table)
    return target.getvalue()


class _Sheets:
    """One workbook being written: its formats and the names already taken."""

    def __init__(self, book: Workbook, document: Document) -> None:
        self._book = book
        self._document = document
        self._zone = ZoneInfo(document.zone)
        self._formats: dict[tuple[Any, ...], Format] = {}
        self._names = {"history"}  # which Excel keeps for itself

    def write_facts(self) -> None:
        document = self._document
        sheet = self._sheet(pgettext("a sheet", "About"))
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 100, self._book.add_format({"text_wrap": True}))
        bold = self._book.add_format({"bold": True, "font_size": 14})
        sheet.write_string(0, 0, document.title, bold)
        made = document.made_at.astimezone(self._zone)
        facts = [
            (_("Company"), document.company),
            (_("Period"), document.period),
            (_("Time zone"), document.zone),
            (_("Made"), f"{made:%Y-%m-%d %H:%M:%S}"),
            *((_("Data"), badge.words) for badge in document.badges),
            *(("", sentence) for sentence in document.sentences),
        ]
        if document.live_url:
            facts.append((_("The same, live"), document.live_url))
        for line, (name, words) in enumerate(facts, 1):
            sheet.write_string(line, 0, name)
            sheet.write_string(line, 1, words)
        line = len(facts) + 2
        header = self._format(Kind.TEXT, bold=True)
        sheet.write_string(line, 0, _("Figure"), header)
        sheet.write_string(line, 1, _("Definition"), header)
        for name, words in self._definitions():
            line += 1
            sheet.write_string(line, 0, name)
            sheet.write_string(line, 1, words)

    def write_table(self, table: Table) -> None:
        """The header stays in sight and filters; below it the rows, all of one type a column."""
        sheet = self._sheet(table.title)
        header = self._book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, _WIDTHS.get(column.kind, 13))
            sheet.write_string(0, place, column.title, header)
            if column.definition:
                sheet.write_comment(0, place, column.definition, {"x_scale": 2})
        sheet.freeze_panes(1, 1)
        for line, row in enumerate(table.rows, 1):
            for place, (column, value) in enumerate(zip(table.columns, row.values, strict=True)):
                self._write(sheet, line, place, column, row, value)
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        line = len(table.rows) + 2
        for badge in self._document.badges:
            sheet.write_string(line, 0, badge.words)
            line += 1
        if table.note:
            sheet.write_string(line, 0, table.note)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def _write(
        self, sheet: Worksheet, line: int, place: int, column: Column, row: Row, value: Value
    ) -> None:
        look = self._format(column.kind, bold=row.is_total, signed=row.is_difference)
        if value is None:
            sheet.write_string(line, place, NOTHING, self._format(column.kind, missing=True))
        elif isinstance(value, datetime):
            local = value.astimezone(self._zone) if value.tzinfo else value
            sheet.write_datetime(line, place, local.replace(tzinfo=None), look)
        elif isinstance(value, date):
            sheet.write_datetime(line, place, datetime.combine(value, time.min), look)
        elif isinstance(value, str):
            sheet.write_string(line, place, value, self._format(Kind.TEXT, bold=row.is_total))
        elif column.kind is Kind.SHARE and not row.is_difference:
            sheet.write_number(line, place, value / 100, look)
        elif column.kind is Kind.SECONDS and value >= 0:
            sheet.write_number(line, place, value / 86400, look)
        elif column.kind is Kind.SECONDS:
            # a workbook cannot show a negative time: seconds, said so
            seconds = self._book.add_format({"num_format": '+0" s";-0" s"'})
            sheet.write_number(line, place, value, seconds)
        else:
            sheet.write_number(line, place, value, look)

    def _format(
        self, kind: Kind, *, bold: bool = False, signed: bool = False, missing: bool = False
    ) -> Format:
        wanted = (kind, bold, signed, missing)
        if wanted not in self._formats:
            code = _FORMATS[kind]
            if signed:
                code = _points() if kind is Kind.SHARE else _DIFFERENCES.get(kind, code)
            look: dict[str, Any] = {"num_format": code, "bold": bold}
            if missing:
                look["align"] = "left" if kind is Kind.TEXT else "right"
            self._formats[wanted] = self._book.add_format(look)
        return self._formats[wanted]

    def _definitions(self) -> list[tuple[str, str]]:
        found = {
            column.title: column.definition
            for table in self._document.tables
            for column in table.columns
            if column.definition
        }
        return list(found.items())

    def _sheet(self, title: str) -> Worksheet:
        """Named by the title as far as a workbook lets it; no name twice."""
        plain = _NOT_IN_NAMES.sub(" ", title).strip()[:_NAME_MOST] or "-"
        name, number = plain, 2
        while name.casefold() in self._names:
            ending = f" {number}"
            name, number = plain[: _NAME_MOST - len(ending)] + ending, number + 1
        self._names.add(name.casefold())
        return self._book.add_worksheet(name)


def _points() -> str:
    """What a share gained or lost is no share of anything: points, as on the page."""
    parts = (_("%(number)s points") % {"number": "|"}).split("|")
    before, after = (f'"{part}"' if part else "" for part in parts)
    return ";".join(f"{before}{number}{after}" for number in ("+0.0", "-0.0", "0.0"))
