"""Figures as tables and charts of a document. Pure: sums in, rows with links to the calls out.

Titles are in the active language. Whatever shows figures, on a page or in a file, is made here, so
that all of it says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.dates import MONTHS, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.rendering.document import Chart, Column, Kind, Row, Series, Table, Value
from reports.statistics.figures import (
    ANSWERED_BUCKETS,
    FIGURES,
    UNANSWERED_BUCKETS,
    UNANSWERED_REASONS,
)
from reports.statistics.intervals import By, narrowed
from reports.statistics.kpi import WAIT_EDGES
from reports.statistics.selection import UNKNOWN, Selection
from reports.statistics.sums import NO_FIGURES, Figure, Figures, NotSummed, Number
from reports.statistics.wording import time_words

HEADLINE = (
    "offered", "answered", "abandoned", "overflowed", "service_level", "asa", "average_talk",
    "longest_wait",
)  # fmt: skip
GROUP_FIGURES = (
    "offered", "answered", "unanswered", "abandoned", "overflowed", "service_level", "answer_rate",
    "abandon_rate", "asa", "average_wait", "longest_wait", "average_talk", "aht",
    "short_abandoned", "closed",
)  # fmt: skip
INTERVAL_FIGURES = (
    "offered", "answered", "abandoned", "overflowed", "service_level", "abandon_rate", "asa",
    "average_wait", "longest_wait", "average_talk",
)  # fmt: skip
COMPARED_FIGURES = (
    "offered", "answered", "abandoned", "overflowed", "service_level", "answer_rate",
    "abandon_rate", "asa", "average_wait", "longest_wait", "average_talk",
)  # fmt: skip
REPEAT_FIGURES = ("offered", "repeated", "fcr")
CALLBACK_FIGURES = ("lost_calls", "called_back", "callback_share", "callback_time")
# of calls that they answered, but for those left ringing
AGENT_FIGURES = (
    "answered", "answered_in_time", "left_ringing", "asa", "average_talk", "talk", "aht",
)  # fmt: skip
# what a heat map can show: counts, of which each cell is a list of calls
HEAT_FIGURES = ("offered", "answered", "abandoned", "overflowed")


@dataclass(frozen=True, slots=True)
class Behind:
    """Where the calls behind a figure stand; `url` "": nowhere, so nothing links."""

    url: str = ""

    def links(self, selection: Selection) -> Callable[[Figure, Figures], str]:
        """Addresses of the calls of each figure of one selection; "" where there are none."""
        start = self.address(selection, "")

        def link(figure: Figure, figures: Figures) -> str:
            has_calls = bool(start and figure.behind) and figure.counted(figures) > 0
            return start + figure.key if has_calls else ""

        return link

    def address(self, selection: Selection, key: str) -> str:
        """Of the list of one figure."""
        page = self.page(selection)
        return f"{page}&figure={key}" if page else ""

    def page(self, selection: Selection) -> str:
        """Of a page of the same statistics with this selection."""
        return f"{self.url}?{urlencode(selection.as_query(), safe=':,')}" if self.url else ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row to be: what it is called, its figures, and which calls they are of. None: not known."""

    label: Value
    figures: Figures | None
    selection: Selection


def value_of(figure: Figure, figures: Figures | None) -> Number:
    """None also for what was not summed: not known."""
    if figures is None:
        return None
    try:
        return figure.formula(figures)
    except NotSummed:
        return None


def figure_columns(keys: Iterable[str]) -> tuple[Column, ...]:
    return tuple(
        Column(one.key, str(one.title), one.kind, str(one.definition))
        for one in (FIGURES[key] for key in keys)
    )


def figure_table(
    key: str,
    title: str,
    label: str,
    lines: Sequence[Line],
    keys: Sequence[str],
    behind: Behind,
    total: Line | None = None,
) -> Table:
    """One row for each line, one column for each figure, all of them together below."""
    rows = [_row(line, keys, behind) for line in lines]
    # of one line alone they would be the same again
    if total is not None and len(lines) != 1:
        rows.append(_row(total, keys, behind, is_total=True))
    return Table(key, title, (Column("name", label), *figure_columns(keys)), tuple(rows))


def _row(line: Line, keys: Sequence[str], behind: Behind, *, is_total: bool = False) -> Row:
    link = behind.links(line.selection)
    wanted = [FIGURES[key] for key in keys]
    return Row(
        (line.label, *(value_of(one, line.figures) for one in wanted)),
        ("", *(_link_if_summed(link, one, line.figures) for one in wanted)),
        is_total=is_total,
    )


def lines_by(
    by: By,
    found: Mapping[Any, Figures],
    selection: Selection,
    label: Callable[[Hashable], str],
) -> list[Line]:
    """In the order of `found`."""
    return [
        Line(label(key), figures, narrowed(selection, by, key)) for key, figures in found.items()
    ]


def labelled(
    by: By, selection: Selection, names: Mapping[int, str] | None = None
) -> Callable[[Hashable], str]:
    """How the keys of a kind are called: by a name, a date, an hour."""

    def label(key: Hashable) -> str:
        match by, key:
            case ((By.GROUP | By.AGENT), int(one)):
                return name_of(one, names or {})
            case By.WEEKDAY, int(day):
                return str(WEEKDAYS[day - 1])
            case By.HOUR_OF_DAY, int(hour):
                return hour_words(hour)
            case By.MONTH, date() as day:
                return f"{MONTHS[day.month]} {day.year}"
            case ((By.DAY | By.WEEK), date() as day):
                return f"{WEEKDAYS_ABBR[day.weekday()]} {date_format(day, 'SHORT_DATE_FORMAT')}"
            case ((By.HOUR | By.QUARTER_HOUR), datetime() as at):
                local = selection.local(at)
                return f"{date_format(local, 'SHORT_DATE_FORMAT')} {time_words(local)}"
        return str(key)

    return label


def name_of(one: int, names: Mapping[int, str]) -> str:
    if one == UNKNOWN:
        return _("(unknown)")
    return names.get(one, _("(removed)"))


def hour_words(hour: int) -> str:
    return f"{hour:02}:00\N{EN DASH}{hour + 1:02}:00"


def short_label(by: By, key: Hashable, selection: Selection) -> str:
    """Below a bar: as short as can be."""
    match by, key:
        case ((By.HOUR | By.QUARTER_HOUR), datetime() as at):
            return f"{selection.local(at):%H:%M}"
        case By.HOUR_OF_DAY, int(hour):
            return f"{hour:02}"
        case By.WEEKDAY, int(day):
            return str(WEEKDAYS_ABBR[day - 1])
        case By.MONTH, date() as day:
            return f"{day:%m}/{day:%y}"
        case ((By.DAY | By.WEEK), date() as day):
            return f"{day.day}.{day.month}."
    return str(key)


def calls_chart(
    by: By, found: Mapping[Hashable, Figures], selection: Selection, title: str, table: str
) -> Chart:
    """What became of the offered calls, stacked: the whole bar is what was offered."""
    labels = tuple(short_label(by, key, selection) for key in found)
    parts = (("answered", ""), ("abandoned", "bad"), ("overflowed", ""))
    series = tuple(
        Series(str(FIGURES[key].title), _values(key, found.values()), tone) for key, tone in parts
    )
    return Chart(title, "bars", labels, series, Kind.COUNT, table)


def answered_chart(
    by: By, found: Mapping[Hashable, Figures], selection: Selection, title: str, table: str
) -> Chart:
    """What an agent answered over time."""
    labels = tuple(short_label(by, key, selection) for key in found)
    series = (Series(str(FIGURES["answered"].title), _values("answered", found.values())),)
    return Chart(title, "bars", labels, series, Kind.COUNT, table)


def level_chart(
    by: By, found: Mapping[Hashable, Figures], selection: Selection, title: str, table: str
) -> Chart:
    """The service level over time; the line breaks where no call came."""
    labels = tuple(short_label(by, key, selection) for key in found)
    figure = FIGURES["service_level"]
    series = (Series(str(figure.title), _values(figure.key, found.values())),)
    return Chart(title, "lines", labels, series, Kind.SHARE, table)


def _values(key: str, found: Iterable[Figures]) -> tuple[Number, ...]:
    return tuple(value_of(FIGURES[key], figures) for figures in found)


def reasons_table(lines: Sequence[Line], label: str, behind: Behind, total: Line) -> Table:
    """Why calls were not answered, beside how many that were."""
    keys = ("unanswered", *UNANSWERED_REASONS)
    return figure_table("reasons", _("Why not answered"), label, lines, keys, behind, total)


def distribution_table(total: Line, behind: Behind) -> Table:
    """How long callers waited: a row for each range."""
    link = behind.links(total.selection)
    rows = tuple(
        Row(
            (
                str(answered.title),
                value_of(answered, total.figures),
                value_of(unanswered, total.figures),
            ),
            ("", *(_link_if_summed(link, one, total.figures) for one in (answered, unanswered))),
        )
        for answered, unanswered in zip(ANSWERED_BUCKETS, UNANSWERED_BUCKETS, strict=True)
    )
    columns = (
        Column("name", _("Waited")),
        Column("answered", str(FIGURES["answered"].title), Kind.COUNT,
               str(FIGURES["answered"].definition)),
        Column("unanswered", str(FIGURES["unanswered"].title), Kind.COUNT,
               str(FIGURES["unanswered"].definition)),
    )  # fmt: skip
    return Table("waits", _("How long callers waited"), columns, rows)


def _link_if_summed(
    link: Callable[[Figure, Figures], str], figure: Figure, figures: Figures | None
) -> str:
    return "" if figures is None or value_of(figure, figures) is None else link(figure, figures)


def distribution_chart(table: Table) -> Chart:
    """Of `distribution_table`: the same numbers as bars."""
    edges = (*(f"\N{LESS-THAN OR EQUAL TO} {edge}" for edge in WAIT_EDGES), f"> {WAIT_EDGES[-1]}")
    series = tuple(
        Series(
            table.columns[place].title,
            tuple(_number(row.values[place]) for row in table.rows),
            "bad" if table.columns[place].key == "unanswered" else "",
        )
        for place in (1, 2)
    )
    title = _("Calls by seconds waited")
    return Chart(title, "bars", edges, series, Kind.COUNT, table.key)


def _number(value: Value) -> Number:
    return value if isinstance(value, int | float) else None


def heat_map(
    found: Mapping[tuple[int, int], Figures], selection: Selection, key: str, behind: Behind
) -> tuple[Table, Chart]:
    """A figure by weekday and hour: `found` by (weekday, hour); the table, and the same to shade."""
    figure = FIGURES[key]
    hours = sorted({hour for _day, hour in found})
    rows, series = [], []
    for day in selection.weekdays:
        cells = [found.get((day, hour), NO_FIGURES) for hour in hours]
        values = tuple(value_of(figure, one) for one in cells)
        links = [
            behind.links(narrowed(selection, By.WEEKDAY_HOUR, (day, hour)))(figure, one)
            for hour, one in zip(hours, cells, strict=True)
        ]
        whole = sum(int(value or 0) for value in values)
        of_day = narrowed(selection, By.WEEKDAY, day)
        all_link = behind.address(of_day, key) if whole else ""
        rows.append(Row((str(WEEKDAYS[day - 1]), *values, whole), ("", *links, all_link)))
        series.append(Series(str(WEEKDAYS[day - 1]), values))
    columns = (
        Column("name", _("Weekday")),
        *(Column(f"h{hour}", f"{hour:02}", Kind.COUNT) for hour in hours),
        Column("all", _("All"), Kind.COUNT),
    )
    title = _("%(figure)s by weekday and hour") % {"figure": figure.title}
    note = str(figure.definition)
    labels = tuple(f"{hour:02}" for hour in hours)
    return (
        Table("heat", title, columns, tuple(rows), note),
        Chart(title, "heat", labels, tuple(series), Kind.COUNT, "heat"),
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """The same thing in two periods; `before` None: nothing is known of that one."""

    label: str
    now: Figures
    before: Figures | None
    selection: Selection
    selection_before: Selection


def comparison_table(
    key: str, title: str, label: str, pairs: Sequence[Pair], behind: Behind
) -> Table:
    """Three rows for each: this period, the one before, and what changed."""
    wanted = [FIGURES[one] for one in COMPARED_FIGURES]
    rows: list[Row] = []
    for pair in pairs:
        for words, figures, selection in (
            (pair.label, pair.now, pair.selection),
            (_("%s, before") % pair.label, pair.before, pair.selection_before),
        ):
            rows.append(_row(Line(words, figures, selection), COMPARED_FIGURES, behind))
        changes = (_change(one, pair) for one in wanted)
        rows.append(Row((_("%s, difference") % pair.label, *changes), is_difference=True))
    return Table(
        key, title, (Column("name", label), *figure_columns(COMPARED_FIGURES)), tuple(rows)
    )


def _change(figure: Figure, pair: Pair) -> Number:
    """None where one of them is not known: no calls are not zero per cent."""
    now, before = value_of(figure, pair.now), value_of(figure, pair.before)
    return None if now is None or before is None else now - before


def comparison_chart(
    now: Sequence[tuple[str, Figures | None]], before: Sequence[Figures], title: str, table: str
) -> Chart:
    """Offered calls of both periods, interval by interval: the first beside the first. None: has
    not begun.
    """
    figure = FIGURES["offered"]
    values = [value_of(figure, one) for one in before][: len(now)]
    values += [None] * (len(now) - len(values))
    here = tuple(None if one is None else value_of(figure, one) for _label, one in now)
    series = (Series(_("this period"), here), Series(_("the period before"), tuple(values)))
    return Chart(title, "lines", tuple(label for label, _one in now), series, Kind.COUNT, table)
