"""click.js in somebody else's page and the extension in a real Chromium; the door they come to."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Generator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, expect

from callcenter.accounts.models import Membership
from callcenter.audit.services import Actor
from callcenter.runtime import chromium
from callcenter.runtime.folders import ROOT
from callcenter.tenants.scope import tenant_scope
from telephony.dialling.browser_keys import create_browser_key, revoke_browser_key
from telephony.dialling.models import BrowserKey, PlacedCall
from telephony.provisioning.models import OutgoingPrefix
from tests.cast import Company, make_company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ALICE = Actor(name="Alice")
FAR = "+37255512345"


@pytest.fixture
def alices() -> Company:
    company = make_company("alice", number="+3726001000")
    with tenant_scope(company.tenant.pk):
        OutgoingPrefix.objects.create(prefix="+372")
    return company


def key_of(company: Company, *origins: str, for_extension: bool = False) -> str:
    with tenant_scope(company.tenant.pk):
        membership = Membership.objects.get(user=company.people["agent"])
        _row, key = create_browser_key(
            membership=membership, name="CRM", origins=list(origins),
            for_extension=for_extension, by=ALICE,
        )  # fmt: skip
    return key


def placed(company: Company) -> list[str]:
    with tenant_scope(company.tenant.pk):
        return list(PlacedCall.objects.values_list("number", flat=True))


@pytest.fixture
def crm(tmp_path: Path) -> Generator[tuple[str, Path]]:
    """Another site: its address, and the folder of its pages."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", tmp_path
    server.shutdown()


def ask(key: str, origin: str, number: str = FAR, what: str = "dial") -> Any:
    headers = {"Authorization": f"Bearer {key}", "Origin": origin}
    body = {"number": number}
    return Client().post(
        f"/click/v1/{what}/", body, content_type="application/json", headers=headers
    )


def test_a_key_works_only_where_it_may_and_only_for_calling(alices: Company) -> None:
    site = "https://crm.example"
    key = key_of(alices, f"{site}/page")
    for origin in ("https://evil.example", "", "null", f"{site}:8443", "chrome-extension://abc"):
        answer = ask(key, origin)
        assert answer.status_code == 401, origin
        assert "Access-Control-Allow-Origin" not in answer
    known = ask(key, site, "5551 2345", "number")
    assert known.json() == {"number": FAR, "shown": "5551 2345"}
    assert known["Access-Control-Allow-Origin"] == site
    assert placed(alices) == []
    assert ask(key, site, "nonsense").json()["code"] == "unreadable"
    assert ask(key, site).status_code == 202
    assert placed(alices) == [FAR]
    assert (
        Client(headers={"Authorization": f"Bearer {key}"}).get("/api/v1/calls/").status_code == 401
    )
    allowed = Client().options("/click/v1/dial/", headers={"Origin": site})
    assert allowed["Access-Control-Allow-Origin"] == site
    assert "Access-Control-Allow-Origin" not in Client().options(
        "/click/v1/dial/", headers={"Origin": "https://evil.example"}
    )


def test_a_revoked_key_and_one_of_somebody_who_left(alices: Company) -> None:
    site = "https://crm.example"
    first, second = key_of(alices, site), key_of(alices, site)
    with tenant_scope(alices.tenant.pk):
        row = BrowserKey.objects.get(prefix=first.split("_")[1])
        revoke_browser_key(key=row, by=ALICE, at=timezone.now())
    assert ask(first, site).status_code == 401
    assert ask(second, site, what="number").status_code == 200
    with tenant_scope(alices.tenant.pk):
        Membership.objects.filter(user=alices.people["agent"]).update(is_active=False)
    assert ask(second, site).status_code == 401
    assert ask(second + "x", site).status_code == 401


def test_numbers_of_another_page_become_buttons(
    browser: Browser, alices: Company, web_url: str, crm: tuple[str, Path]
) -> None:
    site, folder = crm
    key = key_of(alices, site)
    (folder / "index.html").write_text(
        f"""<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"
        content="style-src 'self'; connect-src {web_url}">
        <p id=a>Mari: +372 5551 2345, since 2026-11-22, 1 234 567 EUR</p>
        <p id=b><a href="tel:+372-5551-2345">office</a></p><textarea>+372 5551 2345</textarea>
        <ul id=list></ul><script src="{web_url}/static/click.js" data-key="{key}"></script>"""
    )
    page = browser.new_context().new_page()
    page.goto(f"{site}/index.html")
    expect(page.locator("#a button")).to_have_count(1)
    page.locator("#a button").dblclick()
    status = page.get_by_role("status")
    expect(status).to_contain_text("5551 2345")
    assert placed(alices) == [FAR]
    page.evaluate("document.getElementById('list').innerHTML = '<li>00372 5551 2345</li>'")
    expect(page.locator("#list button")).to_have_count(1)
    page.get_by_text("office").click()
    time.sleep(0.5)
    assert placed(alices) == [FAR]
    assert page.url == f"{site}/index.html"
    page.context.close()


def test_the_extension_shows_the_number_and_the_second_click_calls(
    browser: Browser, alices: Company, web_url: str, chromium_path: Path, tmp_path: Path
) -> None:
    key = key_of(alices, for_extension=True)
    folder = ROOT / "extension"
    context = browser.browser_type.launch_persistent_context(
        str(tmp_path / "profile"),
        executable_path=str(chromium_path),
        headless=False,
        args=[
            *chromium.ARGUMENTS, "--headless=new", f"--disable-extensions-except={folder}",
            f"--load-extension={folder}",
        ],
    )  # fmt: skip
    try:
        worker = context.service_workers[0] if context.service_workers else None
        worker = worker or context.wait_for_event("serviceworker", timeout=20_000)
        home = f"chrome-extension://{worker.url.split('/')[2]}"
        page = context.new_page()
        page.goto(f"{home}/options.html")
        page.get_by_label("Address of Helin").fill(f"{web_url}/t/alice/")
        page.get_by_label("Key").fill(key)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text("Saved.")
        with context.expect_page() as opened:
            worker.evaluate("helinShow('Mob: 5551 2345')")
        window = opened.value
        call = window.get_by_role("button", name="Call 5551 2345")
        expect(call).to_be_enabled()
        assert placed(alices) == []
        call.click()
        expect(window.get_by_role("status")).to_contain_text("5551 2345")
        assert placed(alices) == [FAR]
        page.goto(f"{home}/dial.html?number=%2B4915112345678")
        expect(page.get_by_role("status")).to_contain_text("not allowed")
        expect(page.get_by_role("button", name="Call")).to_be_disabled()
    finally:
        context.close()
