"""Wide tables: parts that fit, nothing left out, no word broken."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.utils import translation
from pypdf import PdfReader

from reports.mail.composing import body_html
from reports.rendering.document import Column, Document, Kind, Row, Table
from reports.rendering.folding import folded
from reports.rendering.pdf import to_pdf
from reports.statistics.tables import GROUP_FIGURES, figure_columns
from tests.reports.rendering.sample import DOCUMENT


@pytest.mark.parametrize(
    ("widths", "parts"),
    [
        ([50], [[0]]),
        ([50, 25, 25], [[0, 1, 2]]),
        ([50, 30, 30], [[0, 1], [0, 2]]),
        ([20, 40, 40, 40], [[0, 1, 2], [0, 3]]),
        ([20, 20, 20, 20, 20, 20], [[0, 1, 2, 3], [0, 4, 5]]),
        ([60, 70, 70], [[0, 1], [0, 2]]),
        ([10, *[25] * 8], [[0, 1, 2, 3], [0, 4, 5, 6], [0, 7, 8]]),
    ],
)
def test_the_first_column_begins_each_part(widths: list[float], parts: list[list[int]]) -> None:
    assert folded(widths, 100) == parts


def german() -> Document:
    """A day of groups with every figure, in the names that are longest."""
    columns = (Column("name", "Gruppe"), *figure_columns(GROUP_FIGURES))
    values = ("Kundendienst", *range(1001, 1001 + len(GROUP_FIGURES)))
    table = Table("groups", "Gruppen", columns, (Row(values), Row(values, is_total=True)))
    return Document(**{**_fields(DOCUMENT), "tables": (table,), "charts": (), "language": "de"})


def _fields(document: Document) -> dict[str, Any]:
    return {name: getattr(document, name) for name in Document.__dataclass_fields__}


def test_no_word_of_a_german_pdf_is_broken() -> None:
    with translation.override("de"):
        document = german()
        words = PdfReader(BytesIO(to_pdf(document))).pages[0].extract_text().split()
    titles = [word for column in document.tables[0].columns for word in column.title.split()]
    assert len(titles) > 16
    assert [word for word in titles if word not in words] == []


def test_a_german_mail_is_folded_and_loses_no_headline() -> None:
    with translation.override("de"):
        html = body_html(german(), has_chart=False)
    assert html.count("<table") == 2
    assert html.count(">Gruppe</th>") == 2
    for title in ("Angeboten", "Servicelevel", "Längste Wartezeit", "Mittlere Gesprächszeit"):
        assert html.count(f">{title}</th>") == 1


def test_a_list_stays_a_line_for_each_call() -> None:
    columns = (
        Column("entered", "Eingetreten", Kind.INSTANT),
        *(Column(key, "Weiterverbunden") for key in ("caller", "group", "outcome", "name")),
    )
    row = Row((None, "+372555", "Kundendienst", "x" * 40, "Mari"))
    table = Table("calls", "Anrufe", columns, (row,))
    document = Document(**{**_fields(DOCUMENT), "tables": (table,), "charts": ()})
    html = body_html(document, has_chart=False)
    assert html.count("<table") == 1
    assert ">Mari</td>" not in html
    assert "Kundendienst" in html
