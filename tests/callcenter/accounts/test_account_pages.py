"""The pages about one's own account, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.callcenter.dashboard.test_screens import open_as
from tests.cast import make_company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_they_fit_a_narrow_phone(page: Page, web_url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    alices = make_company("alice", number="+3726001000")
    for path in ("preferences/", "sessions/", "2fa/", "password/change/"):
        assert open_as(page, web_url, alices, "agent", f"/accounts/{path}") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        # every tab can be reached: the row begins at its first one
        assert page.locator(".tabs .tab").first.evaluate("tab => tab.offsetLeft") >= 0, path
        assert page.locator(".tabs").evaluate("row => row.getBoundingClientRect().left") >= 0, path


def test_the_two_step_sign_in_can_be_switched_on(page: Page, web_url: str) -> None:
    alices = make_company("alice", number="+3726001000")
    assert open_as(page, web_url, alices, "agent", "/accounts/2fa/totp/activate/") == []
    assert page.url.endswith("/2fa/totp/activate/"), "sent away instead of asked for a code"
    page.fill("input[name=code]", "000000")
    page.keyboard.press("Enter")
    page.wait_for_selector(".field-errors")
