"""The pictures of the README, taken from the running product.

Start `./run --demo-traffic`, then `var/venv/bin/python docs/take_screenshots.py` (what
requirements-dev.txt names must be installed). Writes docs/pictures/{desk,live}{,-dark}.png.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SIZE = {"width": 1280, "height": 800}
A_CALL_MS = 120_000


def described() -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "manage.py"), "describe_demo", "--json"]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True).stdout
    )
    return found


def sign_in(browser: Browser, tenant: dict[str, Any], role: str, theme: str) -> Page:
    login = next(one for one in tenant["logins"] if one["role"] == role)
    context = browser.new_context(viewport=SIZE, color_scheme=theme, device_scale_factor=2)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(tenant["url"])
    page.fill("input[name=login]", login["email"])
    page.fill("input[name=password]", login["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{tenant['url']}**")
    page.locator("[data-toast-close]").evaluate_all(
        "buttons => buttons.forEach(one => one.click())"
    )
    return page


def take(page: Page, name: str) -> None:
    page.locator("#link[data-link=live]").wait_for()
    page.mouse.move(0, 0)
    page.screenshot(path=PICTURES / f"{name}.png")
    sys.stdout.write(f"{name}.png\n")


def take_desk(browser: Browser, tenant: dict[str, Any], theme: str, name: str) -> None:
    """With a call on it: the agent logs in to all groups and waits for the phone to be answered."""
    page = sign_in(browser, tenant, "agent", theme)
    page.goto(f"{tenant['url']}desk/")
    page.locator("#link[data-link=live]").wait_for()
    if page.locator("#me[data-state=paused]").is_visible():
        page.keyboard.press("r")
    page.keyboard.press("a")
    page.locator("#call[data-state=talking]").wait_for(timeout=A_CALL_MS)
    page.locator(".toast").first.wait_for(state="detached", timeout=15_000)
    take(page, name)
    page.keyboard.press("o")
    page.wait_for_timeout(1_000)
    page.context.close()


def take_live(browser: Browser, tenant: dict[str, Any], theme: str, name: str) -> None:
    page = sign_in(browser, tenant, "supervisor", theme)
    page.goto(f"{tenant['url']}live/")
    page.wait_for_timeout(2_000)
    take(page, name)
    page.context.close()


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--chromium", help="instead of the one that the tests use")
    arguments = reader.parse_args()
    sys.path.insert(0, str(ROOT))
    from callcenter.runtime import chromium

    PICTURES.mkdir(exist_ok=True)
    tenant = described()["tenants"][0]
    program = arguments.chromium or chromium.find_or_fetch()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(chromium.ARGUMENTS))
        for theme, ending in (("light", ""), ("dark", "-dark")):
            take_live(browser, tenant, theme, f"live{ending}")
            take_desk(browser, tenant, theme, f"desk{ending}")
        browser.close()


if __name__ == "__main__":
    main()
