"""The line on top of a report: what differs from the same weekday, or the weeks or months, before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.rendering.wording import written
from reports.schedules.due import Span, periods_before
from reports.schedules.standing_out import leap
from reports.statistics.figures import FIGURES
from reports.statistics.selection import Selection
from reports.statistics.selectors import total_of
from reports.statistics.sums import Figures
from reports.statistics.tables import value_of

PAST = {Span.DAY: 8, Span.WEEK: 8, Span.MONTH: 6}
# a rate of a handful of calls jumps by itself
OFFERED_LEAST = 10


@dataclass(frozen=True, slots=True)
class Watched:
    """`least`: a smaller distance from the usual is not worth a word, in the figure's unit."""

    key: str
    least: float
    share: float = 0.0


WATCHED = (
    Watched("offered", 10, 0.25),
    Watched("abandon_rate", 5),
    Watched("service_level", 10),
    Watched("asa", 15, 0.25),
)
_UP = gettext_lazy("%(figure)s: %(value)s, unusually high; %(usual)s is usual %(when)s.")
_DOWN = gettext_lazy("%(figure)s: %(value)s, unusually low; %(usual)s is usual %(when)s.")


def unusual_sentences(selection: Selection, span: Span) -> tuple[str, ...]:
    """In the active language; nothing where all is as usual or too little is known. Only for periods
    that the span names: a period of chosen days has no usual.
    """
    before = periods_before(span, selection.since, selection.tz, PAST[span])
    if not before or not _is_whole(selection, span):
        return ()
    past = [
        total_of(replace(selection, since=since, until=until), [one.key for one in WATCHED])
        for since, until in before
    ]
    # before the first call there is no past, only a company that was not there yet
    past = [one for one in past if one.visits.offered]
    now = total_of(selection, [one.key for one in WATCHED])
    found = (_sentence(one, now, past, selection, span) for one in WATCHED)
    return tuple(one for one in found if one)


def _is_whole(selection: Selection, span: Span) -> bool:
    days = (selection.until - selection.since).total_seconds() / 86400
    low, high = {Span.DAY: (0.9, 1.1), Span.WEEK: (6.9, 7.1), Span.MONTH: (27.9, 31.1)}[span]
    return low <= days <= high


def _sentence(
    watched: Watched, now: Figures, past: Sequence[Figures], selection: Selection, span: Span
) -> str:
    figure = FIGURES[watched.key]
    if watched.key != "offered":
        past = [one for one in past if one.visits.offered >= OFFERED_LEAST]
        if now.visits.offered < OFFERED_LEAST:
            return ""
    values = [value_of(figure, one) for one in past]
    found = leap(value_of(figure, now), values, least=watched.least, share=watched.share)
    if found is None:
        return ""
    return str(_UP if found.is_up else _DOWN) % {
        "figure": figure.title,
        "value": written(found.value, figure.kind),
        "usual": written(found.usual, figure.kind),
        "when": _when(selection, span),
    }


def _when(selection: Selection, span: Span) -> str:
    if span is Span.WEEK:
        return _("a week")
    if span is Span.MONTH:
        return _("a month")
    return _("on a %(weekday)s") % {"weekday": WEEKDAYS[selection.local(selection.since).weekday()]}
