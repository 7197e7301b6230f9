"""One running product for all journeys; every scene starts with nobody on the phone."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, async_playwright

from callcenter.runtime import chromium
from callcenter.runtime.ports import free_port

from .helin import Helin
from .pages import BrowserOf
from .people import Cast


@pytest.fixture(scope="session")
def helin(request: pytest.FixtureRequest) -> Iterator[Helin]:
    """HELIN_JOURNEYS_FOLDER names a Helin that runs already, to try one journey over and over."""
    if running := os.environ.get("HELIN_JOURNEYS_FOLDER"):
        yield Helin(Path(running))
        return
    folder = Path(tempfile.mkdtemp(prefix="helin-journeys-"))
    sip_port = free_port(udp=True)
    product = Helin(folder, "--port", str(free_port()), "--sip-port", str(sip_port))
    try:
        product.start()
        yield product
    finally:
        product.stop()
        if request.session.testsfailed:
            print(f"the product's logs are kept in {folder}")  # noqa: T201
        else:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def described(helin: Helin) -> dict[str, Any]:
    demo = helin.describe()
    assert not demo["simulated"], "journeys need a real Asterisk"
    return demo


@pytest_asyncio.fixture
async def cast(helin: Helin, described: dict[str, Any]) -> AsyncIterator[Cast]:
    async with AsyncExitStack() as stack:
        cast = Cast(helin.url, described, stack)
        yield cast
        await cast.hang_up_all()


@pytest_asyncio.fixture
async def browser_of(chromium_path: Path) -> AsyncIterator[BrowserOf]:
    """Each call gives another person's browser; a page error fails the test."""
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, args=list(chromium.ARGUMENTS)
        )

        async def another() -> BrowserContext:
            context = await browser.new_context(locale="en-GB")
            context.set_default_timeout(10_000)
            context.on("weberror", lambda error: errors.append(str(error.error)))
            return context

        yield another
        await browser.close()
    assert errors == []
