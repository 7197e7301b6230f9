"""A document as a PDF on landscape A4, by reportlab: nothing of the system is needed.

The letters come with matplotlib (DejaVu Sans: Latin, Cyrillic, Greek), so that every name is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch, mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    Image,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)

from reports.rendering.document import Badge, Column, Document, Kind, Row, Table
from reports.rendering.folding import folded
from reports.rendering.wording import difference, written

PAGE = landscape(A4)
MARGIN = 14 * mm
ROOM = PAGE[0] - 2 * MARGIN - 12  # beside what reportlab's frame keeps free itself
ROOM_INCHES = ROOM / inch
_CELL = 7.5  # points, the letters of a table
_SMALLEST = 6.5  # of a table that fits the page then; a wider one is folded
_WIDEST = 150
_TEXT, _SOFT, _LINE, _SUNKEN = (
    colors.HexColor(one) for one in ("#16191f", "#505866", "#c9ced7", "#f3f4f7")
)
_BADGES = {
    "complete": (colors.HexColor("#e2f4e9"), colors.HexColor("#156c3c"), "✓"),
    "running": (colors.HexColor("#e7ecfe"), colors.HexColor("#2b49bd"), "…"),
    "incomplete": (colors.HexColor("#feebdf"), colors.HexColor("#97410a"), "⚠"),
}


def to_pdf(document: Document, chart: bytes | None = None) -> bytes:
    """`chart`: the document's first chart as a PNG, shown as wide as the page, so that it should be
    `ROOM_INCHES` wide. In the active language and zone.
    """
    _name_fonts()
    target = BytesIO()
    template = SimpleDocTemplate(
        target,
        pagesize=PAGE,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=16 * mm,
        title=document.title,
        author=document.company,
        lang=document.language,
    )
    parts: list[Flowable] = [
        Paragraph(escape(document.title), _style("title", 16, bold=True, leading=21)),
        Paragraph(escape(_facts(document)), _style("facts", 9, colour=_SOFT, leading=13)),
        Spacer(0, 3 * mm),
        *(_badge(one) for one in document.badges),
        *(
            Paragraph(f"• {escape(one)}", _style("said", 10, leading=14))
            for one in document.sentences
        ),
    ]
    if chart is not None:
        width, height = ImageReader(BytesIO(chart)).getSize()
        parts += [
            Spacer(0, 3 * mm),
            Image(BytesIO(chart), ROOM, ROOM * height / width, hAlign="LEFT"),
        ]
    for table in document.tables:
        parts += _table(table)
    parts += _definitions(document)
    if document.live_url:
        link = escape(document.live_url, {'"': "&quot;"})
        same = escape(_("The same, live"))
        words = f'{same}: <a href="{link}" color="#3452c7">{link}</a>'
        parts += [Spacer(0, 4 * mm), Paragraph(words, _style("link", 8, colour=_SOFT))]
    template.build(parts, canvasmaker=_numbered(document))
    return target.getvalue()


@cache
def _name_fonts() -> None:
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    pdfmetrics.registerFont(TTFont("Helin", folder / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(TTFont("Helin-Bold", folder / "DejaVuSans-Bold.ttf"))
    pdfmetrics.registerFontFamily("Helin", normal="Helin", bold="Helin-Bold")


def _style(
    name: str,
    size: float,
    *,
    bold: bool = False,
    leading: float = 0,
    colour: Any = _TEXT,
    **more: Any,
) -> ParagraphStyle:
    return ParagraphStyle(
        name,
        fontName="Helin-Bold" if bold else "Helin",
        fontSize=size,
        leading=leading or size * 1.3,
        textColor=colour,
        **more,
    )


def _facts(document: Document) -> str:
    made = document.made_at.astimezone(ZoneInfo(document.zone))
    made_words = _("made %(time)s") % {"time": written(made, Kind.INSTANT)}
    return " · ".join([document.company, document.period, document.zone, made_words])


def _badge(badge: Badge) -> Paragraph:
    back, front, sign = _BADGES.get(badge.level, _BADGES["incomplete"])
    style = _style(
        "badge", 9, colour=front, leading=13, backColor=back, borderPadding=(2, 5, 3, 5),
        spaceAfter=6, leftIndent=5,
    )  # fmt: skip
    return Paragraph(f"{sign} {escape(badge.words)}", style)


def _table(table: Table) -> list[Flowable]:
    parts: list[Flowable] = [
        CondPageBreak(40 * mm),
        Spacer(0, 5 * mm),
        Paragraph(escape(table.title), _style("table", 11, bold=True, leading=16)),
    ]
    if table.rows:
        needed = _needed(table)
        size = _CELL * min(1, ROOM / sum(needed))
        if size < _SMALLEST:
            size = _CELL
        needed = [width * size / _CELL for width in needed]
        for number, places in enumerate(folded(needed, ROOM + 0.01)):
            if number:
                parts += [CondPageBreak(20 * mm), Spacer(0, 3 * mm)]
            parts.append(_grid(_part(table, places), [needed[place] for place in places], size))
    if table.note:
        parts.append(Paragraph(escape(table.note), _style("note", 8, colour=_SOFT, leading=12)))
    return parts


def _part(table: Table, places: Sequence[int]) -> Table:
    columns = tuple(table.columns[place] for place in places)
    rows = tuple(
        replace(row, values=tuple(row.values[place] for place in places), links=())
        for row in table.rows
    )
    return replace(table, columns=columns, rows=rows)


def _grid(table: Table, needed: Sequence[float], size: float) -> Flowable:
    """What is needed, stretched to the page; a single word that is too wide for it is broken."""
    stretch = min(ROOM / sum(needed), 1.5)
    head = [_cell(one.title, one, size, is_bold=True, colour=_SOFT) for one in table.columns]
    rows = [head, *(_cells(table.columns, row, size) for row in table.rows)]
    widths = [width * stretch for width in needed]
    return LongTable(rows, widths, repeatRows=1, style=_look(table), hAlign="LEFT")


def _cells(columns: Sequence[Column], row: Row, size: float) -> list[Paragraph]:
    write = difference if row.is_difference else written
    return [
        _cell(write(value, column.kind), column, size, is_bold=row.is_total)
        for column, value in zip(columns, row.values, strict=True)
    ]


def _cell(
    text: str, column: Column, size: float, *, is_bold: bool = False, colour: Any = _TEXT
) -> Paragraph:
    style = _style("cell", size, bold=is_bold, leading=10, colour=colour)
    if column.kind not in (Kind.TEXT, Kind.DATE, Kind.INSTANT):
        style.alignment = TA_RIGHT
    return Paragraph(escape(text), style)


def _needed(table: Table) -> list[float]:
    """Of each column: what its words and figures need, so that none is broken."""
    needed = []
    for place, column in enumerate(table.columns):
        words = [stringWidth(word, "Helin-Bold", _CELL) for word in column.title.split()]
        texts = [written(row.values[place], column.kind) for row in table.rows[:200]]
        widest = max((stringWidth(text, "Helin-Bold", _CELL) for text in texts), default=0)
        needed.append(max(*words, min(widest, _WIDEST), 20) + 8)
    return needed


def _look(table: Table) -> TableStyle:
    commands: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, _LINE),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, _LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
    for line, row in enumerate(table.rows, 1):
        if row.is_total:
            commands.append(("BACKGROUND", (0, line), (-1, line), _SUNKEN))
    return TableStyle(commands)


def _definitions(document: Document) -> list[Flowable]:
    found = {
        column.title: column.definition
        for table in document.tables
        for column in table.columns
        if column.definition
    }
    if not found:
        return []
    style = _style("definition", 7.5, colour=_SOFT, leading=10.5)
    return [
        Spacer(0, 5 * mm),
        Paragraph(
            escape(_("What the figures mean")), _style("table", 9, bold=True, keepWithNext=1)
        ),
        *(
            Paragraph(f"<b>{escape(name)}</b>: {escape(words)}", style)
            for name, words in found.items()
        ),
    ]


def _numbered(document: Document) -> type[Canvas]:
    """A canvas that knows the number of pages when it writes the foot of each."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._kept.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            pages = len(self._kept)
            for number, page in enumerate(self._kept, 1):
                self.__dict__.update(page)
                self.setFont("Helin", 7.5)
                self.setFillColor(_SOFT)
                self.drawString(MARGIN, 9 * mm, f"{document.company} · {document.title}"[:140])
                words = _("Page %(number)d of %(pages)d") % {"number": number, "pages": pages}
                self.drawRightString(PAGE[0] - MARGIN, 9 * mm, words)
                super().showPage()
            super().save()

    return Numbered
