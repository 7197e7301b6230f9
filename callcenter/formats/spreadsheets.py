"""Text that spreadsheets read as it is meant. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

BYTE_ORDER_MARK = "\ufeff"  # else a spreadsheet takes the letters of a CSV file for Latin-1
_FORMULA = ("=", "-", "@", "\t", "\r", "\n", "+")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    target = StringIO()
    csv.writer(target).writerows([[harmless(cell) for cell in row] for row in rows])
    return target.getvalue()


def harmless(cell: str) -> str:
    """A caller's name must not become a formula; a number with its sign is none."""
    if cell.startswith(_FORMULA) and not cell[1:].replace(" ", "").isdigit():
        return f"'{cell}"
    return cell
