"""A report with every kind of value in it, and with what an enemy would call himself."""

from __future__ import annotations

from datetime import UTC, date, datetime

from reports.rendering.document import (
    Badge,
    Chart,
    Column,
    Document,
    Kind,
    Row,
    Series,
    Table,
)

EVIL = '=HYPERLINK("http://x","<b>")'

COLUMNS = (
    Column("name", "Name"),
    Column("offered", "Offered", Kind.COUNT, "Calls that entered the queue."),
    Column("level", "Service level", Kind.SHARE, "Answered in time, of all offered."),
    Column("asa", "Speed of answer", Kind.SECONDS, "Wait of answered calls."),
    Column("last", "Last call", Kind.INSTANT),
    Column("day", "Day", Kind.DATE),
)
AT = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)  # a second before Tallinn's clocks go forward
TABLE = Table(
    "groups",
    "Groups: all/any",
    COLUMNS,
    (
        Row(
            ("Sales", 1234, 81.46, 187.4, AT, date(2026, 3, 29)), ("", "/calls?x=1&y=2", *[""] * 4)
        ),
        Row((EVIL, 0, None, None, None, None)),
        Row(("All", 1234, 81.46, 187.4, None, None), is_total=True),
        Row(("Difference", -12, 3.5, -61.0, None, None), is_difference=True),
    ),
    "Noted below.",
)
CHART = Chart(
    "Calls a day",
    "bars",
    ("Mon", "Tue", "<Wed>"),
    (Series("Answered", (3, 0, 5)), Series("Abandoned", (1, None, 2))),
    table="groups",
)
DOCUMENT = Document(
    title="Groups",
    company="Alice & Co",
    period="March 2026",
    zone="Europe/Tallinn",
    language="en",
    made_at=datetime(2026, 4, 1, 6, 0, tzinfo=UTC),
    tables=(TABLE,),
    charts=(CHART,),
    badges=(Badge("incomplete", "3 minutes missing on 29 March"),),
    sentences=("Fewer calls than before.",),
)
