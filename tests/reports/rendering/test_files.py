"""CSV and XLSX of one document, read by other programs."""

import csv
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from callcenter.formats.spreadsheets import BYTE_ORDER_MARK
from reports.rendering.csv import document_lines, table_lines
from reports.rendering.json import as_json
from reports.rendering.xlsx import to_xlsx
from tests.reports.rendering.sample import DOCUMENT, EVIL, TABLE


def read(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text.removeprefix(BYTE_ORDER_MARK))))


@pytest.fixture(autouse=True)
def in_tallinn() -> object:
    with timezone.override(ZoneInfo("Europe/Tallinn")), translation.override("en"):
        yield


def test_a_tables_csv_is_plain_and_has_no_formulas() -> None:
    text = "".join(table_lines(TABLE))
    assert text.startswith(BYTE_ORDER_MARK)
    header, sales, evil, _total, difference = read(text)
    assert header == [
        "Name", "Offered", "Service level (%)", "Speed of answer (s)", "Last call", "Day",
    ]  # fmt: skip
    assert sales == ["Sales", "1234", "81.5", "187.4", "2026-03-29 02:59:59+02:00", "2026-03-29"]
    assert evil == ["'" + EVIL, "0", "", "", "", ""]
    assert difference[1:4] == ["-12", "3.5", "-61.0"]


def test_a_whole_documents_csv_says_what_it_is_and_what_is_missing() -> None:
    rows = read("".join(document_lines(DOCUMENT)))
    assert rows[0] == ["Groups", "Alice & Co"]
    assert ["Period", "March 2026"] in rows
    assert ["Data", "3 minutes missing on 29 March"] in rows
    assert ["Fewer calls than before."] in rows
    assert rows.index([]) < rows.index(["Groups: all/any"])


def opened() -> tuple[Worksheet, Worksheet]:
    book = load_workbook(BytesIO(to_xlsx(DOCUMENT)))
    assert book.sheetnames == ["About", "Groups  all any"]
    return book["About"], book["Groups  all any"]


def test_a_workbooks_cells_are_typed() -> None:
    _about, sheet = opened()
    assert [cell.value for cell in sheet[1]] == [one.title for one in TABLE.columns]
    sales = sheet[2]
    assert [sales[0].value, sales[1].value] == ["Sales", 1234]
    assert sales[2].value == pytest.approx(0.8146)
    assert sales[2].number_format == "0.0 %"
    assert sales[3].value == timedelta(seconds=187.4)
    assert sales[4].value == datetime(2026, 3, 29, 2, 59, 59)  # noqa: DTZ001 - in Tallinn
    evil = sheet[3]
    assert (evil[0].value, evil[0].data_type) == (EVIL, "s")
    assert evil[1].value == 0
    assert [cell.value for cell in evil[2:]] == ["-"] * 4
    assert sheet[5][1].number_format.startswith("+")
    # points, not per cent of what it was before
    assert sheet[5][2].value == 3.5
    assert sheet[5][2].number_format.startswith('+0.0" points";')


def test_a_workbook_explains_itself() -> None:
    about, sheet = opened()
    said = {(row[0].value, row[1].value) for row in about.iter_rows()}
    assert ("Data", "3 minutes missing on 29 March") in said
    assert ("Period", "March 2026") in said
    assert ("Offered", "Calls that entered the queue.") in said
    assert sheet.freeze_panes == "B2"
    assert sheet["B1"].comment.text == "Calls that entered the queue."
    below = [row[0].value for row in sheet.iter_rows(min_row=6)]
    assert "3 minutes missing on 29 March" in below
    assert "Noted below." in below


def test_the_same_document_makes_the_same_file() -> None:
    assert to_xlsx(DOCUMENT) == to_xlsx(DOCUMENT)


def test_programs_are_told_which_rows_are_of_all_and_which_are_differences() -> None:
    (table,) = as_json(DOCUMENT)["tables"]
    assert [(row["is_total"], row["is_difference"]) for row in table["rows"]] == [
        (False, False), (False, False), (True, False), (False, True),
    ]  # fmt: skip
    assert table["rows"][0]["values"] == [
        "Sales", 1234, 81.46, 187.4, "2026-03-29T00:59:59Z", "2026-03-29"
    ]  # fmt: skip
    assert table["rows"][3]["values"][1:4] == [-12, 3.5, -61.0]
