"""A chart as SVG made by the server: no script, no style, only classes that the page's CSS colours.

The series differ by pattern too, so that they can be told apart in grey and on paper. Numbers stand
in the table behind; the picture names itself and says where that table is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reports.rendering.document import Chart, Kind, Series
from reports.rendering.wording import written

WIDTH, HEIGHT = 960, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 8, 10, 26
_PLOT_WIDTH, _PLOT_HEIGHT = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_GRID_LINES = 4
_LETTER = 9  # wide, as a letter is on a phone
_ROUND_STEPS = (1, 2, 2.5, 5, 10)
# seconds are read as minutes and hours
_CLOCK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000)


@dataclass(frozen=True, slots=True)
class Scale:
    """From 0 to `top` in equal steps, all of them numbers that people like."""

    top: float
    step: float

    def y(self, value: float) -> float:
        return _TOP + _PLOT_HEIGHT * (1 - value / self.top)

    @property
    def lines(self) -> Iterator[float]:
        for number in range(round(self.top / self.step) + 1):
            yield number * self.step


def scale_to(largest: float, unit: Kind) -> Scale:
    """A scale that holds `largest`; shares always reach to 100."""
    if unit is Kind.SHARE:
        return Scale(100, 25)
    rough = max(largest, 1) / _GRID_LINES
    if unit is Kind.SECONDS and rough <= _CLOCK_STEPS[-1]:
        step: float = next(one for one in _CLOCK_STEPS if one >= rough)
    else:
        power = 10 ** math.floor(math.log10(rough))
        step = next(one * power for one in _ROUND_STEPS if one * power >= rough * 0.999)
    if unit is Kind.COUNT:
        step = max(1, math.ceil(step))  # there is no half a call
    return Scale(step * max(1, math.ceil(largest / step - 1e-9)), step)


def to_svg(chart: Chart, key: str) -> SafeString:
    """Bars are stacked upon each other, lines break where nothing is known. `key` names the picture
    within the page. A heat map is no picture: its table is shaded instead; "" here.
    """
    if chart.kind == "heat" or not chart.labels:
        return mark_safe("")
    scale = scale_to(_largest(chart), chart.unit)
    draw = _lines if chart.kind == "lines" else _bars
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{escape(key)}-title">',
        f'<title id="{escape(key)}-title">{escape(_said(chart))}</title>',
        *_patterns(chart, key),
        *_grid(scale, chart.unit),
        *draw(chart, scale, key),
        *_words_below(chart.labels),
        "</svg>",
    ]
    return mark_safe("".join(parts))  # noqa: S308 - every text in it is escaped


def legend(chart: Chart, key: str) -> SafeString:
    """Which series is which, as a list beside the picture; "" for a single one."""
    if chart.kind == "heat" or len(chart.series) < 2:
        return mark_safe("")
    shape = "M0 6H24" if chart.kind == "lines" else "M0 0H24V12H0Z"
    items = "".join(
        f'<li><svg class="chart-key" viewBox="0 0 24 12" aria-hidden="true"><path'
        f' class="{_classes(chart, number)}" d="{shape}"{_fill(chart, key, number)}/></svg>'
        f"{escape(series.title)}</li>"
        for number, series in enumerate(chart.series)
    )
    return mark_safe(f'<ul class="chart-legend">{items}</ul>')  # noqa: S308 - escaped


def _said(chart: Chart) -> str:
    names = ", ".join(series.title for series in chart.series)
    return _("%(title)s: %(series)s. The numbers stand in the table.") % {
        "title": chart.title,
        "series": names,
    }


def _largest(chart: Chart) -> float:
    if chart.kind == "lines":
        return max((value or 0 for one in chart.series for value in one.values), default=0)
    columns = zip(*(one.values for one in chart.series), strict=True)
    return max((sum(value or 0 for value in column) for column in columns), default=0)


def _classes(chart: Chart, number: int) -> str:
    return f"chart-{'line' if chart.kind == 'lines' else 'bar'} {_look(chart, number)}"


def _look(chart: Chart, number: int) -> str:
    tone = chart.series[number].tone
    return f"series-{number + 1}{f' series-{escape(tone)}' if tone else ''}"


def _fill(chart: Chart, key: str, number: int) -> str:
    if chart.kind == "lines" or number == 0:
        return ""
    return f' fill="url(#{escape(key)}-{number + 1})"'


def _patterns(chart: Chart, key: str) -> Iterator[str]:
    """Stripes one way, the other way, and across: the first series is plain."""
    yield "<defs>"
    for number in range(1, len(chart.series)):
        turned = (45, -45, 0, 90)[(number - 1) % 4]
        yield (
            f'<pattern id="{escape(key)}-{number + 1}" width="6" height="6"'
            f' patternUnits="userSpaceOnUse" patternTransform="rotate({turned})">'
            f'<rect class="chart-ground" width="6" height="6"/>'
            f'<rect class="{_look(chart, number)} chart-stripe" width="3" height="6"/></pattern>'
        )
    yield "</defs>"


def _grid(scale: Scale, unit: Kind) -> Iterator[str]:
    for value in scale.lines:
        y = scale.y(value)
        words = f"{value:.0f} %" if unit is Kind.SHARE else written(value, unit)
        yield f'<path class="chart-grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>'
        yield f'<text class="chart-scale" x="{_LEFT - 8}" y="{y + 4:.1f}">{escape(words)}</text>'


def _bars(chart: Chart, scale: Scale, key: str) -> Iterator[str]:
    pitch = _PLOT_WIDTH / len(chart.labels)
    width = max(1.0, min(pitch * 0.7, 48))
    for place, label in enumerate(chart.labels):
        x = _LEFT + pitch * (place + 0.5) - width / 2
        yield f"<g><title>{escape(_of_one(chart, place, label))}</title>"
        # the whole height answers to the pointer, not the bar alone
        left = _LEFT + pitch * place
        yield f'<rect class="chart-reach" x="{left:.1f}" y="{_TOP}"'
        yield f' width="{pitch:.1f}" height="{_PLOT_HEIGHT}"/>'
        below = 0.0
        for number, series in enumerate(chart.series):
            value = series.values[place]
            if not value:
                continue
            top, bottom = scale.y(below + value), scale.y(below)
            yield (
                f'<rect class="{_classes(chart, number)}" x="{x:.1f}" y="{top:.1f}"'
                f' width="{width:.1f}" height="{bottom - top:.1f}"{_fill(chart, key, number)}/>'
            )
            below += value
        yield "</g>"


def _lines(chart: Chart, scale: Scale, key: str) -> Iterator[str]:
    del key
    pitch = _PLOT_WIDTH / len(chart.labels)
    centres = [_LEFT + pitch * (place + 0.5) for place in range(len(chart.labels))]
    for number, series in enumerate(chart.series):
        classes = _classes(chart, number)
        yield f'<path class="{classes}" d="{_path(series, centres, scale)}"/>'
    for place, label in enumerate(chart.labels):
        yield f"<g><title>{escape(_of_one(chart, place, label))}</title>"
        left = _LEFT + pitch * place
        yield f'<rect class="chart-reach" x="{left:.1f}" y="{_TOP}"'
        yield f' width="{pitch:.1f}" height="{_PLOT_HEIGHT}"/>'
        for number, series in enumerate(chart.series):
            value = series.values[place]
            if value is not None:
                yield f'<circle class="chart-dot {_look(chart, number)}" cx="{centres[place]:.1f}"'
                yield f' cy="{scale.y(value):.1f}" r="3"/>'
        yield "</g>"


def _path(series: Series, centres: Sequence[float], scale: Scale) -> str:
    """The pen is lifted where nothing is known."""
    steps, is_down = [], False
    for x, value in zip(centres, series.values, strict=True):
        if value is None:
            is_down = False
            continue
        steps.append(f"{'L' if is_down else 'M'}{x:.1f} {scale.y(value):.1f}")
        is_down = True
    return "".join(steps)


def _of_one(chart: Chart, place: int, label: str) -> str:
    figures = (f"{one.title}: {written(one.values[place], chart.unit)}" for one in chart.series)
    return f"{label} – {', '.join(figures)}"


def _words_below(labels: Sequence[str]) -> Iterator[str]:
    """Every label, or every second, third, ... where they would touch."""
    pitch = _PLOT_WIDTH / len(labels)
    room = max(2, int(_PLOT_WIDTH / (_LETTER * max(map(len, labels)) + 10)))
    every = math.ceil(len(labels) / room)
    for place in range(0, len(labels), every):
        x = _LEFT + pitch * (place + 0.5)
        yield f'<text class="chart-label" x="{x:.1f}" y="{HEIGHT - 8}">{escape(labels[place])}</text>'
