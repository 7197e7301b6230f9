"""The pictures of the README, taken from the running product.

Start `./run --demo-traffic`, then `var/venv/bin/python docs/take_screenshots.py` (what
requirements-dev.txt names must be installed). Writes docs/pictures/{desk,live}{,-dark}.png.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SIZE = {"width": 1280, "height": 640}
A_CALL_SECONDS = 240


def described() -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "manage.py"), "describe_demo", "--json"]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True).stdout
    )
    return found


def logins(tenant: dict[str, Any], role: str) -> list[dict[str, str]]:
    return [one for one in tenant["logins"] if one["role"] == role]


def sign_in(browser: Browser, tenant: dict[str, Any], login: dict[str, str], theme: str) -> Page:
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
    """Of the first of the demo's busy agents who talks. The first two are left for people."""
    pages = [sign_in(browser, tenant, login, theme) for login in logins(tenant, "agent")[2:]]
    for page in pages:
        page.goto(f"{tenant['url']}desk/")
    deadline = time.monotonic() + A_CALL_SECONDS
    while time.monotonic() < deadline:
        for page in pages:
            if page.locator("#call[data-state=talking]").is_visible():
                take(page, name)
                for other in pages:
                    other.context.close()
                return
        pages[0].wait_for_timeout(500)
    raise SystemExit("Nobody talked: does `./run --demo-traffic` run?")


def take_live(browser: Browser, tenant: dict[str, Any], theme: str, name: str) -> None:
    """With somebody waiting, if anybody comes."""
    page = sign_in(browser, tenant, logins(tenant, "supervisor")[0], theme)
    page.goto(f"{tenant['url']}live/")
    with contextlib.suppress(PlaywrightTimeout):
        page.locator(".tile .has-some").first.wait_for(timeout=A_CALL_SECONDS * 500)
    page.locator(".toast").first.wait_for(state="detached", timeout=15_000)
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
