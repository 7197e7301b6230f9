"""One selection gives the same figures on the page, by the API, in the workbook and in the CSV."""

from __future__ import annotations

import asyncio
import csv
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from html import unescape
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import unquote

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from openpyxl import load_workbook

from callcenter.tenants.scope import tenant_scope
from reports.statistics.selection import of_days
from reports.statistics.selectors import total_of
from reports.statistics.tables import GROUP_FIGURES
from tests.api.test_api import client_with, key_for
from tests.cast import Company, limit_to
from tests.reports.statistics.test_pages import WEEK, signed_in
from tests.reports.statistics.visits import AT, make_visit

pytestmark = pytest.mark.django_db
Rows = dict[str, list[float | None]]
EXPORT = "/t/alice/statistics/export/"


def number(text: str) -> float | None:
    """What a page shows, as seconds, per cent or a count."""
    if text in ("-", ""):
        return None
    if ":" in text:
        total = 0
        for part in text.split(":"):
            total = total * 60 + int(part)
        return total
    return float(text.removesuffix(" %").replace(",", ""))


def by_page(company: Company, query: str) -> Rows:
    html = signed_in(company).get(f"/t/alice/statistics/?{query}").content.decode()
    table = re.search(r'aria-label="Groups"><table.*?</table>', html, re.DOTALL)
    assert table is not None
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', table[0])
    return {
        unescape(name): [
            number(re.sub("<[^>]*>", "", cell)) for cell in re.findall("<td[^>]*>(.*?)</td>", cells)
        ]
        for name, cells in rows
    }


def by_api(company: Company, query: str) -> Rows:
    query = query.replace("T00:00", "T00:00:00%2B02:00")
    answer = client_with(key_for(company)).get(f"/api/v1/statistics/?{query}&by=group").json()
    return {
        row["name"]: [row["figures"][key] for key in GROUP_FIGURES]
        for row in [*answer["rows"], {**answer["total"], "name": "All"}]
    }


def streamed(answer: Any) -> str:
    assert isinstance(answer, StreamingHttpResponse), answer.status_code
    return b"".join(answer).decode()


def by_csv(company: Company, query: str) -> Rows:
    answer = signed_in(company).get(f"{EXPORT}?{query}&format=csv&table=groups")
    rows = list(csv.reader(StringIO(streamed(answer).removeprefix("\ufeff"))))
    return {row[0]: [number(cell) for cell in row[1:]] for row in rows[1:]}


def by_xlsx(company: Company, query: str) -> Rows:
    answer = signed_in(company).get(f"{EXPORT}?{query}&format=xlsx")
    sheet = load_workbook(BytesIO(answer.content))["Groups"]

    def plain(cell: Any) -> float | None:
        if cell.value == "-":
            return None
        if isinstance(cell.value, timedelta):
            return cell.value.total_seconds()
        if isinstance(cell.value, time):
            return cell.value.hour * 3600 + cell.value.minute * 60 + cell.value.second
        value: float = cell.value
        return 100 * value if "%" in cell.number_format else value

    rows: Iterator[Any] = sheet.iter_rows(min_row=2)
    return {
        row[0].value: [plain(cell) for cell in row[1:]] for row in rows if row[1].value is not None
    }


DOORS: tuple[Callable[[Company, str], Rows], ...] = (by_page, by_api, by_csv, by_xlsx)


@pytest.mark.parametrize("filters", ["", "&weekdays=3&from=10:00&to=10:04", "&agents={agent}"])
def test_every_door_says_the_same(alice: Company, history: None, filters: str) -> None:
    make_visit(alice, AT + timedelta(seconds=30), wait=7, talk=1234)
    query = WEEK + filters.format(agent=alice.agents[0].pk)
    found = [door(alice, query) for door in DOORS]
    assert set(found[0]) == {"Sales", "Support", "All"}
    assert found[0]["All"][0]
    for other in found[1:]:
        assert set(other) == set(found[0])
        for name, values in found[0].items():
            for key, here, there in zip(GROUP_FIGURES, values, other[name], strict=True):
                if here is None or there is None:
                    assert here is there is None, (name, key)
                else:
                    # a page writes whole seconds, and tenths of a per cent
                    assert there == pytest.approx(here, abs=0.51), (name, key)
                    if key in ("offered", "answered", "service_level", "abandon_rate"):
                        assert there == pytest.approx(here, abs=0.05), (name, key)
    with tenant_scope(alice.tenant.pk):
        if not filters:
            week = of_days(date(2026, 11, 16), date(2026, 11, 22), "Europe/Tallinn")
            assert total_of(week).visits.offered == found[0]["All"][0]


def test_the_list_of_calls_has_as_many_lines_as_the_figure_says(
    alice: Company, history: None
) -> None:
    client = signed_in(alice)
    query = f"{WEEK}&page=statistics_calls&figure=unanswered"
    answer = client.get(f"{EXPORT}?{query}&format=xlsx")
    sheet = load_workbook(BytesIO(answer.content))["Unanswered"]
    rows: list[list[Any]] = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    rows = [row for row in rows if isinstance(row[0], datetime)]
    assert len(rows) == 3
    assert [row[5] for row in rows] == ["Overflowed", "Abandoned", "Abandoned"]
    assert [row[0].hour for row in rows] == [10, 10, 10]  # in the zone it was counted in
    about = load_workbook(BytesIO(answer.content))["About"]
    said = {row[1].value for row in about.iter_rows()}
    assert "16 November 2026 – 22 November 2026" in said
    assert f"http://testserver/t/alice/statistics/calls/?{WEEK}&figure=unanswered" in {
        unquote(str(one)) for one in said
    }


@pytest.mark.parametrize("page", ["statistics", "statistics_agents", "statistics_intervals",
                                  "statistics_comparison"])  # fmt: skip
def test_every_page_is_a_workbook_and_a_csv(alice: Company, history: None, page: str) -> None:
    client = signed_in(alice)
    book = client.get(f"{EXPORT}?{WEEK}&page={page}&format=xlsx")
    names = load_workbook(BytesIO(book.content)).sheetnames
    text = streamed(client.get(f"{EXPORT}?{WEEK}&page={page}&format=csv"))
    for name in names[1:]:
        assert name in text
    assert "Alice Ltd" in text
    assert f"{page.replace('_', '-')}-alice-" in book["Content-Disposition"]


@pytest.mark.parametrize(
    "query", ["format=pdf", "page=people", "table=nothing", "since=x", "page=statistics_calls&figure=x"]
)  # fmt: skip
def test_what_is_no_file_is_not_found(alice: Company, query: str) -> None:
    assert signed_in(alice).get(f"{EXPORT}?{query}").status_code == 404


def test_files_are_for_who_may_export_and_see_the_groups(
    alice: Company, support: Any, history: None
) -> None:
    assert signed_in(alice, "supervisor").get(EXPORT).status_code == 403
    limit_to(alice.people["manager"], support.group)
    text = streamed(signed_in(alice).get(f"{EXPORT}?{WEEK}&format=csv&table=groups"))
    assert "Sales" not in text
    assert "Support" in text
    refused = signed_in(alice).get(f"{EXPORT}?{WEEK}&groups={alice.group.pk}")
    assert refused.status_code == 404
    assert Client().get(EXPORT).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_long_list_streams_whole(
    alice: Company, history: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pages of two, so that the cursor leads on."""
    monkeypatch.setattr("reports.statistics.exports.ROWS_AT_ONCE", 2)
    make_visit(alice, AT, "abandoned", wait=30, caller="+4930123456")
    query = f"{WEEK}&page=statistics_calls&figure=unanswered&format=csv"
    answer: Any = signed_in(alice).get(f"{EXPORT}?{query}")
    stream = answer.streaming_content

    async def read() -> bytes:
        return b"".join([part async for part in stream])

    text = asyncio.run(read()).decode("utf-8-sig")
    header, *rows = csv.reader(StringIO(text))
    assert header[:2] == ["Entered", "Caller"]
    assert len(rows) == 4
    assert rows[-1][:2] == ["2026-11-18 10:00:00+02:00", "+4930123456"]
    assert len({row[-1] for row in rows}) == 4
