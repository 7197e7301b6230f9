"""Menus in a real browser: within a narrow window, and by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.callcenter.dashboard.test_screens import open_as
from tests.cast import make_company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_menu_stays_in_the_window_and_closes_behind_the_keyboard(
    page: Page, web_url: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    alices = make_company("alice", number="+3726001000")
    assert open_as(page, web_url, alices, "supervisor", "/t/alice/live/") == []
    menu = page.locator(".page-actions details.menu").first
    menu.locator("summary").click()
    edges = menu.locator(".menu-panel").evaluate(
        "p => [p.getBoundingClientRect().left, innerWidth - p.getBoundingClientRect().right]"
    )
    assert min(edges) >= 0, edges

    page.keyboard.press("ArrowDown")
    expect(menu.locator(".menu-item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()

    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    menu.locator(".menu-item").last.focus()
    page.keyboard.press("Tab")
    expect(menu).not_to_have_attribute("open", "")


def test_a_menu_at_the_lower_edge_opens_upwards(page: Page, web_url: str) -> None:
    alices = make_company("alice", number="+3726001000")
    path = f"/t/alice/live/{alices.group.pk}/"
    assert open_as(page, web_url, alices, "supervisor", path) == []
    menu = page.locator(".agent-row details.menu").last
    box = menu.bounding_box()
    assert box is not None
    page.set_viewport_size({"width": 1440, "height": int(box["y"] + box["height"] + 20)})
    menu.locator("summary").click()
    panel = menu.locator(".menu-panel").bounding_box()
    button = menu.bounding_box()
    assert panel is not None
    assert button is not None
    assert panel["y"] > 48
    assert panel["y"] + panel["height"] <= button["y"]
