"""Uploaded files as rows, one at a time: what is in memory does not grow with the file."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from callcenter.tenants.refusals import Refusal
from phonebook.contacts.models import FileKind

MOST_BYTES = 40 * 1024 * 1024
MOST_ROWS = 500_000
MOST_COLUMNS = 200
MOST_UNPACKED = 400 * 1024 * 1024
LONGEST_CELL = 4000
_SAMPLE = 64 * 1024
_BALTIC = {"EE", "LV", "LT"}
csv.field_size_limit(1024 * 1024)


class FileNotRead(Refusal):
    pass


class FileTooLarge(Refusal):
    def __init__(self) -> None:
        super().__init__(_("The file is too large: 40 MB at most. Divide it."), "file")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is to be read. `encoding` and `delimiter` concern CSV only."""

    kind: str
    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """`number` counts from 1 as people do; `read_bytes`: how far into the file."""

    number: int
    cells: list[str]
    read_bytes: int


def shape_of(data: bytes, name: str, country: str) -> Shape:
    """By what is in it; the name only decides nothing. Raises FileTooLarge, FileNotRead."""
    if len(data) > MOST_BYTES:
        raise FileTooLarge
    if not data.strip():
        raise FileNotRead(_("The file is empty."), "file")
    if data[:4] == b"PK\x03\x04":
        if not _is_workbook(data):
            raise FileNotRead(_("This is a packed file, but no Excel workbook."), "file")
        return Shape(FileKind.XLSX)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        words = _("This is an old Excel file. Save it as .xlsx or CSV and upload that.")
        raise FileNotRead(words, "file")
    encoding = encoding_of(data, country)
    head = data[:_SAMPLE].decode(encoding, "replace")
    if "BEGIN:VCARD" in head.upper():
        return Shape(FileKind.VCARD, encoding)
    if "\0" in head or name.lower().endswith((".pdf", ".doc", ".docx", ".zip")):
        words = _("This is neither CSV nor vCard nor an Excel workbook.")
        raise FileNotRead(words, "file")
    return Shape(FileKind.CSV, encoding, delimiter_of(head))


def encoding_of(data: bytes, country: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1257" if country in _BALTIC else "cp1252"
    return "utf-8-sig"


def delimiter_of(head: str) -> str:
    """The sign by which the most lines come apart into the same number of cells."""
    lines = head.splitlines()[:20]
    best, score = ",", 0.0
    for sign in (",", ";", "\t", "|"):
        counts = [len(row) for row in csv.reader(lines, delimiter=sign)]
        first = counts[0] if counts else 1
        alike = sum(count == first for count in counts)
        if first > 1 and alike * first > score:
            best, score = sign, float(alike * first)
    return best


def rows_of(data: bytes, shape: Shape) -> Iterator[Row]:
    """Every row of a table, the first too; empty ones are left out. Raises FileNotRead."""
    yield from _workbook(data) if shape.kind == FileKind.XLSX else _csv(data, shape)


def _csv(data: bytes, shape: Shape) -> Iterator[Row]:
    source = io.BytesIO(data)
    text = io.TextIOWrapper(source, encoding=shape.encoding, errors="replace", newline="")
    reader = csv.reader(text, delimiter=shape.delimiter or ",")
    try:
        for number, cells in enumerate(reader, 1):
            if number > MOST_ROWS:
                raise FileNotRead(_("The file has more than 500,000 rows. Divide it."))
            if any(cell.strip() for cell in cells):
                kept = [cell.replace("\0", "")[:LONGEST_CELL] for cell in cells[:MOST_COLUMNS]]
                yield Row(number, kept, source.tell())
    except csv.Error as error:
        words = _("The table cannot be read: a quoted text does not end.")
        raise FileNotRead(words) from error


def _workbook(data: bytes) -> Iterator[Row]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, SyntaxError) as error:
        raise FileNotRead(_("The workbook cannot be read.")) from error
    with closing(book):
        sheet = book.worksheets[0] if book.worksheets else None
        total = getattr(sheet, "max_row", 0) or 1
        for number, values in enumerate(sheet.iter_rows(values_only=True) if sheet else (), 1):
            if number > MOST_ROWS:
                raise FileNotRead(_("The file has more than 500,000 rows. Divide it."))
            cells = [_cell(value) for value in values[:MOST_COLUMNS]]
            if any(cells):
                yield Row(number, cells, min(len(data), len(data) * number // total))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a number without its plus is a figure to a spreadsheet
    return str(value).replace("\0", "").strip()[:LONGEST_CELL]


def _is_workbook(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            files = packed.infolist()
    except zipfile.BadZipFile:
        return False
    if sum(one.file_size for one in files) > MOST_UNPACKED:
        raise FileTooLarge
    return any(one.filename == "xl/workbook.xml" for one in files)
