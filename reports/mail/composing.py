"""A document as a mail: HTML with its styles inlined, the same in plain text, a chart inside,
files beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from typing import Any
from uuid import UUID

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

from reports.rendering.document import Column, Document, Kind, Row, Table
from reports.rendering.folding import folded
from reports.rendering.wording import difference, written

CHART = "chart@helin"
_NUMBERS = (Kind.COUNT, Kind.SHARE, Kind.SECONDS)
LONG = 12  # a longer table leaves rows without anything out, such as the hours of the night
ROWS_MOST = 100  # of a table in the mail itself: all of them are in the files
# a mail is as wide as a hand: of a wide table these columns, all of them in the files
COLUMNS_MOST = 10
# in pixels: of a mail in a window of 600, where most programs let nobody scroll sideways
ROOM, _LETTER, _GAP, _TEXT_MOST = 515, 7.0, 8, 100
FIRST_COLUMNS = frozenset(
    {
        "offered", "answered", "abandoned", "overflowed", "service_level", "asa", "average_talk",
        "longest_wait", "unanswered", "entered", "caller", "group", "outcome", "reason", "waited",
    }
)  # fmt: skip
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
PDF = ("application", "pdf")


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content_type: tuple[str, str]
    content: bytes


def body_html(document: Document, *, has_chart: bool) -> str:
    """In the active language and zone. The picture is referred to by its Content-ID."""
    html = render_to_string("reports/mail/report.html", _context(document, has_chart=has_chart))
    return _inliner().inline(html)


def body_text(document: Document) -> str:
    text = render_to_string("reports/mail/report.txt", _context(document, has_chart=False))
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join(_without_double_gaps(lines)).strip() + "\n"


def compose(
    *,
    token: UUID,
    address: str,
    subject: str,
    html: str,
    text: str,
    chart: bytes | None,
    files: Sequence[File],
    at: datetime,
) -> bytes:
    """The mail of one delivery as it goes over the wire. The same token makes the same Message-ID,
    so that a mail that had to be sent twice is known as one.
    """
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = " ".join(subject.split())[:200]
    mail["From"] = settings.DEFAULT_FROM_EMAIL
    mail["To"] = address
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(token)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    if chart is not None:
        body: Any = mail.get_body(("html",))
        body.add_related(
            chart, "image", "png", cid=f"<{CHART}>", filename="chart.png", disposition="inline"
        )
    for file in files:
        main, sub = file.content_type
        mail.add_attachment(file.content, main, sub, filename=file.name)
    return mail.as_bytes()


def message_id(token: UUID) -> str:
    return f"<report.{token.hex}@{_domain()}>"


def return_address(token: UUID) -> str:
    """Where a mail server sends what it could not deliver: an address of this delivery alone where
    HELIN_MAIL_BOUNCES is set, else the sender's.
    """
    if not settings.MAIL_BOUNCES:
        return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    name, _at, domain = settings.MAIL_BOUNCES.partition("@")
    return f"{name}+{token.hex}@{domain}"


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


def _context(document: Document, *, has_chart: bool) -> dict[str, Any]:
    return {
        "document": document,
        "made_at": written(document.made_at, Kind.INSTANT),
        "tables": [_table(one) for one in document.tables],
        "chart": document.charts[0] if document.charts and has_chart else None,
        "chart_id": CHART,
        "definitions": _definitions(document),
    }


def _table(table: Table) -> dict[str, Any]:
    kept = [row for row in table.rows if len(table.rows) <= LONG or not _is_empty(row)]
    rows = [_row(table.columns, row) for row in kept[:ROWS_MOST]]
    widths = [_width(column, rows, place) for place, column in enumerate(table.columns)]
    shown = _columns_shown(table, widths)
    parts = [shown]
    if not _is_list(table):
        fitting = folded([widths[place] for place in shown], ROOM)
        parts = [[shown[place] for place in part] for part in fitting]
    return {
        "title": table.title,
        "note": table.note,
        "rows": [_narrowed(row, shown) for row in rows],
        "parts": [_part(table.columns, rows, part) for part in parts],
        "left_out": len(kept) - len(rows),
        "has_empty": len(kept) < len(table.rows),
        "is_narrowed": len(shown) < len(table.columns),
    }


def _row(columns: Sequence[Column], row: Row) -> dict[str, Any]:
    write = difference if row.is_difference else written
    texts = [write(value, column.kind) for column, value in zip(columns, row.values, strict=True)]
    cells = [
        {
            "title": column.title,
            "text": text,
            "is_number": column.kind in _NUMBERS,
            "is_broken": any(len(word) * _LETTER > _TEXT_MOST for word in text.split()),
        }
        for column, text in zip(columns, texts, strict=True)
    ]
    return {"is_total": row.is_total, "cells": cells}


def _narrowed(row: dict[str, Any], places: Sequence[int]) -> dict[str, Any]:
    return {**row, "cells": [row["cells"][place] for place in places]}


def _part(
    columns: Sequence[Column], rows: Sequence[dict[str, Any]], places: Sequence[int]
) -> dict[str, Any]:
    wanted = [columns[place] for place in places]
    return {
        "heads": [{"title": one.title, "is_number": one.kind in _NUMBERS} for one in wanted],
        "rows": [_narrowed(row, places) for row in rows],
    }


def _is_list(table: Table) -> bool:
    """Its words can be written below each other, where figures need their line."""
    return any(column.kind not in _NUMBERS for column in table.columns[1:])


def _width(column: Column, rows: Sequence[dict[str, Any]], place: int) -> float:
    """About what a column needs: figures stay on one line, words on as many as there are."""
    texts = [row["cells"][place]["text"] for row in rows]
    if column.kind in _NUMBERS:
        longest = max((len(text) * _LETTER for text in texts), default=0)
    else:
        words = (len(word) * _LETTER for text in texts for word in text.split())
        longest = min(max(words, default=0), _TEXT_MOST)
    return max(longest, *(len(word) * _LETTER for word in column.title.split())) + _GAP


def _is_empty(row: Row) -> bool:
    """A name, and neither a call nor anything known."""
    return not row.is_total and not any(row.values[1:])


def _columns_shown(table: Table, widths: Sequence[float]) -> list[int]:
    """The first one names the row. A list loses what is not most needed until it fits."""
    places = list(range(len(table.columns)))
    first = [place for place in places if place == 0 or table.columns[place].key in FIRST_COLUMNS]
    others = [place for place in places if place not in first]
    others = others[: max(0, COLUMNS_MOST - len(first))]
    if _is_list(table) and len(first) > 1:
        while others and sum(widths[place] for place in [*first, *others]) > ROOM:
            others.pop()
    return sorted([*first, *others][:COLUMNS_MOST])


def _definitions(document: Document) -> list[tuple[str, str]]:
    found = {
        column.title: column.definition
        for table in document.tables
        for column in table.columns
        if column.definition
    }
    return list(found.items())


def _without_double_gaps(lines: list[str]) -> list[str]:
    return [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
