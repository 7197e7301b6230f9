"""The statistics in a real browser: by keyboard alone, on a phone's width, on paper."""

from __future__ import annotations

import re
from collections.abc import Generator
from io import BytesIO

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, ViewportSize, expect
from pypdf import PdfReader

from tests.cast import Company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WEEK = "since=2026-11-16T00:00&until=2026-11-23T00:00&zone=Europe/Tallinn"


@pytest.fixture
def statistics(alice: Company, history: None, page: Page, web_url: str) -> Generator[Page]:
    """Any complaint of the browser fails the test."""
    client = Client()
    client.force_login(alice.people["manager"], BACKEND)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": web_url}])
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    page.goto(f"{web_url}/t/alice/statistics/?{WEEK}")
    yield page
    assert complaints == []


def test_the_pickers_by_keyboard(statistics: Page) -> None:
    keys = statistics.keyboard
    hours = statistics.locator("summary", has_text="Hours")
    hours.focus()
    keys.press("Enter")
    keys.press("Tab")
    expect(statistics.get_by_label("Monday")).to_be_focused()
    statistics.get_by_label("Thursday").focus()
    keys.press("Space")
    keys.press("Enter")
    expect(statistics.locator(".stats-said")).to_contain_text("Thursday")
    assert "weekdays=4" in statistics.url
    offered = statistics.locator(".stats-value").first
    expect(offered).to_have_text("1")
    groups = statistics.locator("summary", has_text="All groups")
    groups.focus()
    keys.press("Enter")
    statistics.get_by_role("checkbox", name="Sales").focus()
    keys.press("Space")
    keys.press("Escape")
    expect(groups).to_be_focused()
    keys.press("Enter")
    statistics.get_by_role("checkbox", name="Sales").press("Enter")
    expect(statistics.locator(".stats-said")).to_contain_text("Groups: Sales")
    expect(offered).to_have_text("0")


def test_a_definition_shows_on_focus_within_the_window_and_goes_by_escape(
    statistics: Page,
) -> None:
    button = statistics.get_by_role("button", name="While closed").first
    button.focus()
    told = statistics.get_by_role("tooltip").filter(has_text="outside the opening hours").first
    expect(told).to_be_visible()
    box = told.bounding_box()
    assert box is not None
    width = statistics.evaluate("document.documentElement.clientWidth")
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    statistics.keyboard.press("Escape")
    expect(told).to_be_hidden()
    expect(button).to_have_accessible_description(re.compile("outside the opening hours"))


def test_a_chart_has_its_table_and_a_number_its_calls(statistics: Page) -> None:
    card = statistics.locator("section", has=statistics.get_by_role("heading", name="Day by day"))
    expect(
        card.get_by_role("img", name=re.compile("The numbers stand in the table"))
    ).to_have_count(2)
    table = card.get_by_role("table")
    expect(table).to_be_hidden()
    card.locator("summary").press("Enter")
    expect(table).to_be_visible()
    row = table.get_by_role("row", name=re.compile("2026-11-18"))
    number = row.get_by_role("link").nth(0)
    expect(number).to_have_text("6")
    number.press("Enter")
    expect(statistics.get_by_role("heading", name="Offered: 6 calls")).to_be_visible()
    rows = statistics.locator(".calls-table tbody tr")
    expect(rows).to_have_count(6)
    rows.first.get_by_role("link").press("Enter")
    expect(statistics.locator("#call-drawer")).to_be_visible()
    expect(statistics.locator("#call-drawer")).to_contain_text("waited as long as allowed")


@pytest.mark.parametrize("path", ["", "agents/", "intervals/", "comparison/", "calls/"])
def test_no_page_is_wider_than_a_phone(statistics: Page, web_url: str, path: str) -> None:
    statistics.set_viewport_size({"width": 360, "height": 740})
    statistics.goto(f"{web_url}/t/alice/statistics/{path}?{WEEK}")
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert statistics.evaluate(wide)


@pytest.mark.parametrize("period", ["today", "last_week", "this_year"])
def test_the_chosen_period_is_in_sight_on_a_phone(
    statistics: Page, web_url: str, period: str
) -> None:
    statistics.set_viewport_size({"width": 360, "height": 740})
    statistics.goto(f"{web_url}/t/alice/statistics/?period={period}")
    chosen = statistics.locator(".stats-picker .segments > [aria-current]")
    expect(chosen).to_be_in_viewport(ratio=0.99)


def test_the_line_above_a_note_is_as_long_as_its_card(statistics: Page, web_url: str) -> None:
    statistics.set_viewport_size({"width": 1440, "height": 900})
    statistics.goto(f"{web_url}/t/alice/statistics/intervals/?{WEEK}")
    note = statistics.locator(".card-foot")
    assert note.evaluate("note => note.parentElement.clientWidth - note.offsetWidth") == 0


def table_of_groups(page: Page, title: str) -> Locator:
    page.set_viewport_size({"width": 1440, "height": 900})
    return page.get_by_role("group", name=title, exact=True).filter(has=page.get_by_role("table"))


def test_every_figure_of_groups_fits_beside_the_rail(statistics: Page) -> None:
    box = table_of_groups(statistics, "Groups")
    last = box.get_by_role("columnheader").last
    expect(last).to_have_text(re.compile("While closed"))
    expect(last).to_be_in_viewport(ratio=1)
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    expect(box).not_to_have_class(re.compile("has-more"))


def test_where_words_are_longer_an_edge_tells_of_more(
    alice: Company, statistics: Page, web_url: str
) -> None:
    alice.people["manager"].language = "de"
    alice.people["manager"].save()
    statistics.goto(f"{web_url}/t/alice/statistics/?{WEEK}")
    box = table_of_groups(statistics, "Gruppen")
    expect(box).to_have_class(re.compile("has-more"))
    expect(box).to_have_css("mask-image", re.compile("gradient"))
    box.focus()
    box.evaluate("box => { box.scrollLeft = box.scrollWidth }")
    expect(box).not_to_have_class(re.compile("has-more"))
    expect(box.get_by_role("columnheader").last).to_be_in_viewport(ratio=0.99)


def test_paper_has_every_number_and_no_picker(statistics: Page) -> None:
    statistics.evaluate("dispatchEvent(new Event('beforeprint'))")
    statistics.emulate_media(media="print")
    expect(statistics.locator(".stats-picker")).to_be_hidden()
    expect(statistics.locator(".rail")).to_be_hidden()
    for table in statistics.get_by_role("table").all():
        expect(table).to_be_visible()
    expect(statistics.get_by_text("Offered calls that an agent answered.").last).to_be_visible()
    paper = PdfReader(BytesIO(statistics.pdf(prefer_css_page_size=True))).pages[0]
    assert paper.mediabox.width > paper.mediabox.height
    # the first table begins on the first page, and its last column is not cut off
    words = " ".join(paper.extract_text().split())
    assert "Given up at once" in words
    assert "While closed" in words
    statistics.evaluate("dispatchEvent(new Event('afterprint'))")
    statistics.emulate_media(media="screen")
    expect(statistics.get_by_role("table").filter(has_text="2026-11-18")).to_be_hidden()


# headings of which a word stands on more than one line
BROKEN = """tables => tables.flatMap((table) => [...table.querySelectorAll("thead :is(th, button)")])
  .filter((head) => head.firstChild?.nodeType === Node.TEXT_NODE)
  .filter((head) => [...head.textContent.matchAll(/[^ -]+/g)].some((word) => {
    const range = new Range();
    range.setStart(head.firstChild, word.index);
    range.setEnd(head.firstChild, word.index + word[0].length);
    return range.getClientRects().length > 1;
  })).map((head) => head.textContent)"""
A4_WITHIN_ITS_MARGINS: ViewportSize = {"width": 1032, "height": 703}


@pytest.mark.parametrize("language", ["en", "de", "et", "it"])
def test_paper_breaks_no_word_of_a_heading(
    alice: Company, statistics: Page, web_url: str, language: str
) -> None:
    alice.people["manager"].language = language
    alice.people["manager"].save()
    for path in ("", "agents/", "comparison/"):
        statistics.goto(f"{web_url}/t/alice/statistics/{path}?{WEEK}")
        statistics.set_viewport_size(A4_WITHIN_ITS_MARGINS)
        statistics.evaluate("dispatchEvent(new Event('beforeprint'))")
        statistics.emulate_media(media="print")
        assert statistics.locator(".report-table").evaluate_all(BROKEN) == [], path
        for box in statistics.locator(".table-scroll").all():
            assert box.evaluate("box => box.scrollWidth <= box.clientWidth"), path
        statistics.emulate_media(media="screen")
