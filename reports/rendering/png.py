"""A chart as a picture, for mail and PDF. Matplotlib takes a second to load: used in workers only."""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING

from reports.rendering.document import Chart, Kind
from reports.rendering.wording import clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_INCHES, HEIGHT_INCHES, DPI = 6.4, 2.7, 200
# dark enough on white for eyes that tell few colours apart, and told apart in grey too
COLOURS = ("#3a5bd6", "#ecaf3b", "#15803d", "#7c4fc4", "#6b7280", "#0e7490", "#97410a")
BAD = "#b3211a"
_TEXT, _LINE = "#505866", "#e2e5ea"
_LABELS_MOST = 16


def to_png(chart: Chart, width_inches: float = WIDTH_INCHES) -> bytes:
    """200 pixels an inch, on white. Values that are not known are gaps."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_inches, HEIGHT_INCHES), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    draw = {"lines": _lines, "heat": _heat}.get(chart.kind, _bars)
    draw(axes, chart)
    axes.set_title(
        _clipped(chart.title, 80), fontsize=9, color="#16191f", loc="left", parse_math=False
    )
    axes.tick_params(labelsize=7, colors=_TEXT, length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    target = BytesIO()
    figure.savefig(target, format="png", metadata={"Software": None})
    return target.getvalue()


def _bars(axes: Axes, chart: Chart) -> None:
    """Stacked: the whole bar is all of them together."""
    bottom = [0.0] * len(chart.labels)
    for one, colour in zip(chart.series, _colours(chart), strict=False):
        heights = [float(value or 0) for value in one.values]
        axes.bar(
            range(len(heights)), heights, 0.72, bottom, color=colour, label=_clipped(one.title, 40)
        )
        bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
    axes.set_xlim(-0.6, max(len(chart.labels) - 0.4, 0.6))
    _dress(axes, chart)


def _colours(chart: Chart) -> list[str]:
    """What is lost is red, on the page too."""
    own = iter(COLOURS)
    return [BAD if one.tone == "bad" else next(own, _TEXT) for one in chart.series]


def _lines(axes: Axes, chart: Chart) -> None:
    for one, colour in zip(chart.series, _colours(chart), strict=True):
        values = [math.nan if value is None else value for value in one.values]
        axes.plot(
            range(len(values)),
            values,
            color=colour,
            label=_clipped(one.title, 40),
            linewidth=1.6,
            marker="o",
            markersize=3 if len(values) <= 40 else 0,
        )
    _dress(axes, chart)


def _heat(axes: Axes, chart: Chart) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("calls", ["#f3f4f7", COLOURS[0]])
    rows = [[math.nan if value is None else value for value in one.values] for one in chart.series]
    if rows and rows[0]:
        axes.imshow(rows, aspect="auto", cmap=shades, vmin=0)
    axes.set_yticks(range(len(rows)), [_clipped(one.title, 16) for one in chart.series])
    _name_columns(axes, chart)


def _dress(axes: Axes, chart: Chart) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.grid(axis="y", color=_LINE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.set_ylim(bottom=0, top=100 if chart.unit is Kind.SHARE else None)
    if chart.unit is Kind.SECONDS:
        axes.yaxis.set_major_formatter(lambda value, _place: clock(value))
    elif chart.unit is Kind.SHARE:
        axes.yaxis.set_major_formatter(lambda value, _place: f"{value:.0f} %")
    else:
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    _name_columns(axes, chart)
    if len(chart.series) > 1:
        axes.figure.legend(
            loc="outside upper right",
            ncols=min(4, len(chart.series)),
            fontsize=7,
            frameon=False,
            labelcolor=_TEXT,
        )


def _name_columns(axes: Axes, chart: Chart) -> None:
    step = max(1, math.ceil(len(chart.labels) / _LABELS_MOST))
    places = range(0, len(chart.labels), step)
    names = [_clipped(chart.labels[place], 18) for place in places]
    slanted = len(names) > 6 and max(map(len, names), default=0) > 6
    for label in axes.set_xticks(
        list(places), names, rotation=30 if slanted else 0, ha="right" if slanted else "center"
    ):
        label.label1.set_parse_math(False)


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
