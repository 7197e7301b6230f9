"""The real Asterisk and the real browser that other tests rely on."""

import subprocess

import pytest
from playwright.sync_api import Page

from callcenter.runtime import asterisk


@pytest.mark.asterisk
def test_an_asterisk_of_a_known_kind_is_there() -> None:
    found = asterisk.find_or_fetch()
    said = subprocess.run([*found.command, "-V"], capture_output=True, text=True, check=True)
    assert int(said.stdout.split()[1].split(".")[0]) >= 20
    assert (found.modules / "app_queue.so").exists()
    assert found.odbc_driver.exists()
    assert found.sounds


@pytest.mark.browser
def test_the_browser_runs_scripts(page: Page) -> None:
    page.set_content("<p id=it>no</p><script>it.textContent = 'yes'</script>")
    assert page.inner_text("#it") == "yes"


@pytest.mark.browser
def test_the_browser_has_letters(page: Page) -> None:
    """Without fonts every letter is the same empty box."""
    shots = set()
    for letter in "ÕÜßЖ":
        page.set_content(f"<span style='font: 40px sans-serif'>{letter}</span>")
        shots.add(page.locator("span").screenshot())
    assert len(shots) == 4
