"""What a report says, before it has a form: page, CSV, XLSX, PDF and mail all render one document.

Pure: values are numbers and instants, titles are already in the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

Value = str | int | float | date | datetime | None  # None: not known, or no calls; shown as "-"


class Kind(StrEnum):
    """How a value is written: 12, 81.5 %, 3:07, 2026-11-22 10:42:07, 22 November 2026."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"  # per cent, 0 to 100
    SECONDS = "seconds"
    INSTANT = "instant"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    title: str
    kind: Kind = Kind.TEXT
    definition: str = ""  # what the figure means, in a sentence


@dataclass(frozen=True, slots=True)
class Row:
    """`links`: by column, the address of the calls behind the figure, "" where there is none; or
    no links at all.
    `is_difference`: the row above the one above it, less the one above it; shares in points.
    """

    values: tuple[Value, ...]
    links: tuple[str, ...] = ()
    is_total: bool = False
    is_difference: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """`tone`: "bad" for what is lost, shown in red; else the series' own colour."""

    title: str
    values: tuple[float | None, ...]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """`kind`: bars, lines, or heat, where each series is a row of the map and each label a column.
    `table`: the key of the table that holds the same figures.
    """

    title: str
    kind: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Kind = Kind.COUNT
    table: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """Whether the data behind are whole: level "complete", "running" or "incomplete"."""

    level: str
    words: str


@dataclass(frozen=True, slots=True)
class Document:
    """`period` in words; `sentences` come first: what stands out, or that nothing happened.
    `live_url`: the page that makes the same report anew, behind sign-in.
    """

    title: str
    company: str
    period: str
    zone: str
    language: str
    made_at: datetime
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...] = ()
    badges: tuple[Badge, ...] = ()
    sentences: tuple[str, ...] = ()
    live_url: str = ""
