"""A book as a file: CSV and XLSX that the import reads back, vCard 3 and 4."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator

from phonebook.contacts.drafts import TEXT_FIELDS, ContactDraft
from phonebook.contacts.files.vcards import as_vcard

FORMATS = ("csv", "xlsx", "vcard3", "vcard4")
_NUMBERS = 5
HEADINGS = (
    "Name", "Company", "Job title", "E-mail address", "Web page", "Address", "Notes", "External id",
    *(heading for n in range(1, _NUMBERS + 1) for heading in (f"Phone {n} - Label", f"Phone {n} - Value")),
)  # fmt: skip
_BATCH = 500


def csv_lines(contacts: Iterable[tuple[int, ContactDraft]]) -> Iterator[str]:
    """With a mark in front by which Excel sees that it is UTF-8. What looks like a formula is quoted."""
    yield "\ufeff"
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(HEADINGS)
    for count, (_pk, draft) in enumerate(contacts, 1):
        writer.writerow([_harmless(cell) for cell in _cells(draft)])
        if count % _BATCH == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def vcard_lines(contacts: Iterable[tuple[int, ContactDraft]], version: str) -> Iterator[str]:
    for pk, draft in contacts:
        yield as_vcard(draft, f"helin-{pk}", version)


def workbook(contacts: Iterable[tuple[int, ContactDraft]]) -> Iterator[bytes]:
    """Written to a file that is gone afterwards, row by row."""
    import xlsxwriter

    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(
            file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS, book.add_format({"bold": True}))
        for row, (_pk, draft) in enumerate(contacts, 1):
            for column, cell in enumerate(_cells(draft)):
                if cell:
                    sheet.write_string(row, column, cell)
        book.close()
        file.seek(0)
        while part := file.read(64 * 1024):
            yield part


def _cells(draft: ContactDraft) -> list[str]:
    cells = [getattr(draft, name) for name in TEXT_FIELDS] + [draft.external_id]
    for number in draft.numbers[:_NUMBERS]:
        cells += [number.type, number.entered]
    return cells + [""] * (len(HEADINGS) - len(cells))


def _harmless(cell: str) -> str:
    """A cell that begins like a formula must not become one; a telephone number is none."""
    if cell[:1] in "=@-\t\r" or (cell[:1] == "+" and not cell[1:2].isdigit()):
        return f"'{cell}" if cell else cell
    return cell
