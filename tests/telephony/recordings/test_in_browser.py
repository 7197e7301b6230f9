"""A recording in a real browser: played, sought, noted; nothing breaks the security policy."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from callcenter.runtime import ports, probes, processes
from callcenter.runtime.folders import ROOT
from callcenter.tenants.scope import tenant_scope
from telephony.recordings.models import Problem, Recording, RecordingNote, RecordingState
from telephony.recordings.storage.choice import recording_store
from tests.cast import Company, make_company
from tests.conftest import TestDatabase
from tests.telephony.recordings.made import recording

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEY = "test:" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture(scope="module")
def web(
    database_urls: TestDatabase, stored: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[str]:
    """A web process that has this test's storage."""
    port = ports.free_port()
    environment = {
        **database_urls.environment,
        "HELIN_DATA_DIR": str(tmp_path_factory.mktemp("web")),
        "HELIN_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HELIN_RECORDING_STORAGE": str(stored),
        "HELIN_RECORDING_KEY": KEY,
        "PYTHONPATH": str(ROOT),
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(collect, env=environment, cwd=ROOT, check=True)
    command = [
        sys.executable, "-m", "daphne", "-p", str(port), "-v", "0", "callcenter.asgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, preexec_fn=processes.dies_with_parent()
    )
    serves = probes.serves_http(port, "/health/")
    deadline = time.monotonic() + 40
    while not serves(lambda _pattern: False):
        assert process.poll() is None, "the web process ended"
        assert time.monotonic() < deadline, "the web process does not answer"
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.fixture
def acme(settings: Any, stored: Path) -> Company:
    settings.RECORDING_STORAGE, settings.RECORDING_KEY = str(stored), KEY
    return make_company("acme", number="+3726001001")


@pytest.fixture
def manager(page: Page, web: str, acme: Company) -> Page:
    client = Client()
    client.force_login(acme.people["manager"])
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}]
    )
    return page


def made(acme: Company, **values: Any) -> Recording:
    values = {"group_id": acme.group.pk, "agent_ids": [acme.agents[0].pk]} | values
    at = timezone.now() - timedelta(hours=1)
    with tenant_scope(acme.tenant.pk):
        return recording(recording_store(), seconds=20.0, **(dict[str, Any](at=at) | values))


def wait(page: Page, what: str, within: float = 15) -> None:
    """Playwright's own way evaluates text, which our policy forbids."""
    deadline = time.monotonic() + within
    while not page.evaluate(what):
        assert time.monotonic() < deadline, what
        page.wait_for_timeout(50)


def test_play_seek_and_note(manager: Page, web: str, acme: Company) -> None:
    row = made(acme)
    told: list[str] = []
    manager.on("console", lambda message: told.append(message.text))
    manager.on("pageerror", lambda error: told.append(str(error)))
    statuses: list[int] = []
    manager.on(
        "response", lambda one: statuses.append(one.status) if "/sound/" in one.url else None
    )
    manager.goto(f"{web}/t/acme/recordings/{row.pk}/")
    wave = manager.locator("#wave canvas")
    expect(wave.first).to_be_visible()
    assert statuses == [], "opening the page is no listening"
    manager.evaluate("document.getElementById('sound').play()")
    wait(manager, "document.getElementById('sound').currentTime > 0.5")
    box = manager.locator("#wave").bounding_box()
    assert box is not None
    manager.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    wait(manager, "document.getElementById('sound').currentTime > 14")
    manager.evaluate("document.getElementById('sound').pause()")
    at = manager.evaluate("document.getElementById('sound').currentTime")
    assert 14 < at < 18
    assert set(statuses) <= {200, 206}
    assert 206 in statuses
    manager.select_option("#speed", "2")
    assert manager.evaluate("document.getElementById('sound').playbackRate") == 2
    manager.fill("#note-text", "Here he promises it")
    manager.keyboard.press("Enter")
    expect(manager.locator("#notes")).to_contain_text("Here he promises it")
    with tenant_scope(acme.tenant.pk):
        assert abs(RecordingNote.objects.get().at_seconds - at) < 0.5
    manager.locator("[data-seek]").click()
    wait(manager, "!document.getElementById('sound').paused")
    manager.reload()
    expect(manager.get_by_text("Manager listened to the recording")).to_be_visible()
    assert not [text for text in told if "Content Security Policy" in text or "Error" in text], told


def test_the_list_and_the_reason_why_one_cannot_be_heard(
    manager: Page, web: str, acme: Company
) -> None:
    made(acme)
    made(acme, kept_until=timezone.now() + timedelta(days=90), keep_reason="x", kept_by="Bob")
    with tenant_scope(acme.tenant.pk):
        broken = recording(state=RecordingState.BROKEN, problem=Problem.MISSING,
                           at=timezone.now(), talk_seconds=75.0, seconds=0.0)  # fmt: skip
    pictures = os.environ.get("HELIN_PICTURES")
    for theme in ("light", "dark"):
        for width in (1440, 360):
            manager.set_viewport_size({"width": width, "height": 900})
            manager.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            with tenant_scope(acme.tenant.pk):
                whole = Recording.objects.exclude(pk=broken.pk).order_by("pk")[0]
            for name, path in (
                ("list", "/t/acme/recordings/"),
                ("one", f"/t/acme/recordings/{whole.pk}/"),
                ("broken", f"/t/acme/recordings/{broken.pk}/"),
            ):
                manager.goto(web + path)
                if name == "one":
                    expect(manager.locator("#wave canvas").first).to_be_visible()
                wide = manager.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{name} is wider than {width}"
                if pictures:
                    manager.screenshot(
                        path=f"{pictures}/{name}-{width}-{theme}.png", full_page=True
                    )
    expect(manager.get_by_text("its file never came or is gone")).to_be_visible()
