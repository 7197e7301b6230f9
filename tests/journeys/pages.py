"""Browser pages of people of the demo, beside phones in the same event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import BrowserContext, Page

from .people import Cast, Tenant

BrowserOf = Callable[[], Awaitable[BrowserContext]]


async def sign_in(
    browser_of: BrowserOf, cast: Cast, tenant: Tenant, role: str, path: str, *, place: int = 0
) -> Page:
    """A signed-in page of the tenant's first (or other) person with that role."""
    login = tenant.login(role, place)
    page = await (await browser_of()).new_page()
    await page.goto(f"{cast.url}/accounts/login/")
    await page.fill("[name=login]", login["email"])
    await page.fill("[name=password]", login["password"])
    await page.click("button[type=submit]")
    await page.wait_for_url(lambda url: "/accounts/login" not in url)
    await page.goto(f"{cast.url}/t/{tenant.slug}/{path}")
    return page
