"""Tables and charts as HTML and SVG: well-formed, escaped, without styles or scripts."""

from dataclasses import replace

import pytest
from defusedxml import ElementTree
from django.utils import translation

from reports.rendering.charts import legend, scale_to, to_svg
from reports.rendering.document import Chart, Column, Kind, Row, Series, Table
from reports.rendering.html import shade, table_html
from tests.reports.rendering.sample import CHART, EVIL, TABLE


@pytest.fixture(autouse=True)
def in_english() -> object:
    with translation.override("en"):
        yield


def test_a_table_leads_to_the_calls_and_explains_its_figures() -> None:
    tree = ElementTree.fromstring(table_html(TABLE))
    links = {one.get("href"): one.text for one in tree.iter("a")}
    assert links == {"/calls?x=1&y=2": "1,234"}
    button = next(tree.iter("button"))
    assert button.text == "Offered"
    told = tree.find(f".//*[@id='{button.get('aria-describedby')}']")
    assert told is not None
    assert told.get("role") == "tooltip"
    assert told.text == "Calls that entered the queue."
    rows = [[cell.text for cell in row] for row in tree.find("tbody") or ()]
    assert rows[1] == [EVIL, "0", "-", "-", "-", "-"]
    assert rows[3][1:4] == ["▼ 12", "▲ 3.5 points", "▼ 1:01"]
    assert [row.get("class") for row in tree.iter("tr")][-2:] == ["is-total", "is-difference"]


def test_a_heat_map_is_its_table_shaded() -> None:
    columns = (Column("day", "Day"), *(Column(f"h{h}", str(h), Kind.COUNT) for h in range(2)))
    columns += (Column("all", "All", Kind.COUNT),)
    table = Table("heat", "x", columns, (Row(("Mon", 0, 4, 4)), Row(("Tue", 1, 8, 9))))
    chart = Chart("x", "heat", ("0", "1"), (Series("Mon", (0, 4)), Series("Tue", (1, 8))))
    cells = [
        one.get("class") for one in ElementTree.fromstring(table_html(table, heat=chart)).iter("td")
    ]
    assert cells == [
        "number heat-0", "number heat-4", "number", "number heat-1", "number heat-8", "number",
    ]  # fmt: skip
    assert to_svg(chart, "x") == ""


def test_shades_tell_nothing_from_little() -> None:
    assert [shade(value, 100) for value in (0, 1, 50, 100)] == [0, 1, 4, 8]
    assert shade(0, 0) == 0


@pytest.mark.parametrize("kind", ["bars", "lines"])
def test_a_chart_is_well_formed_and_tells_each_point(kind: str) -> None:
    svg = to_svg(replace(CHART, kind=kind), "calls")
    tree = ElementTree.fromstring(svg)
    titles = [one.text for one in tree.iter("title")]
    assert titles[0] == "Calls a day: Answered, Abandoned. The numbers stand in the table."
    assert titles[1:] == [
        "Mon – Answered: 3, Abandoned: 1",
        "Tue – Answered: 0, Abandoned: -",
        "<Wed> – Answered: 5, Abandoned: 2",
    ]
    assert "style" not in svg
    assert "<Wed>" not in svg
    named = [item[-1].tail for item in ElementTree.fromstring(legend(CHART, "x"))]
    assert named == ["Answered", "Abandoned"]


def test_bars_are_as_high_as_their_numbers() -> None:
    tree = ElementTree.fromstring(to_svg(CHART, "calls"))
    heights = [
        float(one.get("height", 0))
        for one in tree.iter("rect")
        if "chart-bar" in one.get("class", "")
    ]
    assert len(heights) == 4  # 3 and 1, nothing, 5 and 2
    assert heights[0] / heights[1] == pytest.approx(3, rel=0.01)
    assert heights[2] / heights[3] == pytest.approx(2.5, rel=0.01)


def test_a_line_breaks_where_nothing_is_known() -> None:
    chart = Chart("x", "lines", tuple("abcd"), (Series("x", (1, None, 2, 3)),), Kind.SHARE)
    path = next(one for one in ElementTree.fromstring(to_svg(chart, "x")).iter("path")
                if "chart-line" in one.get("class", ""))  # fmt: skip
    assert path.get("d", "").count("M") == 2
    assert path.get("d", "").count("L") == 1


@pytest.mark.parametrize(
    ("largest", "unit", "top", "step"),
    [
        (0, Kind.COUNT, 1, 1),
        (3, Kind.COUNT, 3, 1),
        (9, Kind.COUNT, 9, 3),
        (1234, Kind.COUNT, 1500, 500),
        (42.0, Kind.SHARE, 100, 25),
        (100, Kind.SECONDS, 120, 30),
        (1e6, Kind.SECONDS, 1e6, 2.5e5),
    ],
)
def test_scales_are_of_round_numbers(largest: float, unit: Kind, top: float, step: float) -> None:
    scale = scale_to(largest, unit)
    assert (scale.top, scale.step) == (top, step)
    assert scale.top >= largest
