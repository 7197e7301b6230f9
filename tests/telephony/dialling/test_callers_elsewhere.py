"""Who rings one's phone, in somebody else's page: click.js with data-popup in a real Chromium."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from callcenter.accounts.models import Membership
from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from telephony.dialling.browser_keys import create_browser_key, revoke_browser_key
from telephony.dialling.callers import Listening
from telephony.dialling.models import BrowserKey
from telephony.subscriptions import vocabulary as told
from telephony.subscriptions.deriving import instant
from telephony.subscriptions.vocabulary import OutEvent
from tests.callcenter.dashboard.live_state import forget_live, heard, put_live
from tests.cast import Company, make_company
from tests.telephony.dialling import test_other_pages
from tests.telephony.subscriptions.made import write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ALICE = Actor(name="Alice")
crm = test_other_pages.crm
# a page that hides whatever it can reach
HOSTILE = "div, section, article, h2, p, a { display: none; color: red; font-size: 90px } body > * { opacity: 0; position: absolute; left: -9999px }"


@pytest.fixture
def alices() -> Company:
    return make_company("alice", number="+3726001000")


def key_of(company: Company, origin: str, *, shows_callers: bool = True) -> str:
    with tenant_scope(company.tenant.pk):
        membership = Membership.objects.get(user=company.people["agent"])
        _row, key = create_browser_key(
            membership=membership, name="CRM", origins=[origin], for_extension=False, by=ALICE,
            shows_callers=shows_callers,
        )  # fmt: skip
    return key


def happens(
    company: Company, kind: str, call: str, *, name: str = "", number: str = "+37255500001",
    rings: bool = True, whose: int = 0, direction: str = "in", waited: float = 75,
) -> None:  # fmt: skip
    """An event of a call as the listener writes it, at this agent's phone."""
    agent = company.agents[whose]
    began = instant(time.time() - waited)
    inside = {
        "id": call, "pbx": "pbx1", "direction": direction, "state": "ringing",
        "caller": {"number": number, "name": name}, "dialled": company.number.e164,
        "group_id": company.group.pk, "queue": None, "private": False,
        "ringing": [{"id": agent.pk, "name": agent.name, "extension": "101"}] if rings else [],
        "talking": [], "started_at": began, "queued_at": began, "answered_at": None,
    }  # fmt: skip
    people = [{"id": agent.pk, "name": agent.name, "extension": "101"}]
    user_id = agent.membership.user_id
    event = OutEvent(
        kind, time.time(), {"call": inside, "agents": people}, call=call, agent_ids=(agent.pk,),
        user_ids=(user_id,),
    )  # fmt: skip
    write(company, event)


def look(page: Page, name: str) -> None:
    folder = os.environ.get("HELIN_PICTURES", "")
    for width in (1440, 360) if folder else ():
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 700})
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png")


def open_pages(
    browser: Browser, web_url: str, site: str, folder: Path, key: str, count: int = 1
) -> tuple[BrowserContext, list[Page]]:
    (folder / "page.css").write_text(HOSTILE)
    (folder / "index.html").write_text(
        f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>CRM</title>
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'self'; script-src {web_url}; connect-src {web_url}">
        <link rel="stylesheet" href="page.css"><h1>Customers</h1>
        <script src="{web_url}/static/click.js" data-key="{key}" data-popup></script></html>"""
    )
    context = browser.new_context()
    pages = []
    for _turn in range(count):
        page = context.new_page()
        page.goto(f"{site}/index.html")
        pages.append(page)
    return context, pages


def wait_until_told(page: Page, company: Company, call: str, name: str) -> None:
    """Until a page listens, what happens is told to nobody."""
    deadline = time.monotonic() + 30
    while page.get_by_role("group", name=f"Ringing: {name}").count() == 0:
        assert time.monotonic() < deadline
        happens(company, told.RINGING, call, name=name)
        page.wait_for_timeout(300)


def test_who_calls_is_shown_until_anybody_answers(
    browser: Browser, alices: Company, web_url: str, crm: tuple[str, Path]
) -> None:
    site, folder = crm
    key = key_of(alices, site)
    context, (first, second) = open_pages(browser, web_url, site, folder, key, count=2)
    wait_until_told(second, alices, "0", "Nobody yet")
    happens(alices, told.ENDED, "0", name="Nobody yet")
    expect(second.get_by_role("group")).to_have_count(0)
    happens(alices, told.RINGING, "1", name="Erika <b>Saar</b>")
    for page in (first, second):
        box = page.get_by_role("group", name="Ringing: Erika <b>Saar</b>")
        expect(box).to_be_visible(timeout=15_000)
        expect(box).to_contain_text("5550 0001")
        expect(box).to_contain_text(alices.group.name)
        expect(box.locator("time")).to_contain_text("1:1")
        place = box.bounding_box()
        view = page.viewport_size
        assert place is not None
        assert view is not None
        assert view["width"] - place["x"] - place["width"] < 40  # bottom right
        assert view["height"] - place["y"] - place["height"] < 40
        link = box.get_by_role("link", name="Customer card")
        href = link.get_attribute("href") or ""
        assert "number=%2B37255500001" in href
    # a second caller has a box of his own; an own call and a colleague's are none of it
    happens(alices, told.RINGING, "2", number="", waited=1)
    happens(alices, told.RINGING, "3", name="Own", direction="out")
    happens(alices, told.RINGING, "4", name="Colleague's", whose=1)
    for page in (first, second):
        expect(page.get_by_role("group")).to_have_count(2)
        expect(page.get_by_role("group", name="Number withheld")).to_be_visible()
    look(first, "callers")
    # anybody answers: it ends in every tab, and nothing of it is left for the next
    happens(alices, told.ANSWERED, "1", name="Erika <b>Saar</b>", rings=False)
    for page in (first, second):
        expect(page.get_by_role("group")).to_have_count(1)
    happens(alices, told.RINGING_ENDED, "2", number="")
    for page in (first, second):
        expect(page.get_by_role("group")).to_have_count(0)
    happens(alices, told.RINGING, "5", number="+37255500005")
    box = second.get_by_role("group")
    expect(box).to_have_accessible_name("Ringing: 5550 0005")
    expect(box).not_to_contain_text("Erika")
    happens(alices, told.NAMED, "5", number="+37255500005", name="Mart")
    expect(box).to_have_accessible_name("Ringing: Mart")
    # put away here, it is away here alone, and comes not again for the same ringing
    second.get_by_role("button", name="Put the popup away").click()
    expect(second.get_by_role("group")).to_have_count(0)
    happens(alices, told.NAMED, "5", number="+37255500005", name="Mart Kask")
    expect(first.get_by_role("group")).to_have_accessible_name("Ringing: Mart Kask")
    expect(second.get_by_role("group")).to_have_count(0)
    # the tab that listened goes: another takes over
    first.close()
    happens(alices, told.ENDED, "5", number="+37255500005", name="Mart Kask")
    wait_until_told(second, alices, "6", "Later")
    with tenant_scope(alices.tenant.pk):
        revoke_browser_key(key=BrowserKey.objects.get(), by=ALICE, at=timezone.now())
    expect(second.get_by_role("group")).to_have_count(0, timeout=15_000)
    context.close()


def test_a_page_that_opens_late_shows_who_rings_already(alices: Company) -> None:
    agent = alices.agents[0]
    ringing = {
        "direction": "in", "state": "ringing", "caller": {"number": "+37255500001", "name": "Erika"},
        "dialled": "", "queue": None, "group_id": alices.group.pk, "started_at": time.time() - 9,
        "joined_at": None, "ringing": [agent.pk], "agents": [],
    }  # fmt: skip
    listening = Listening(
        alices.tenant, agent.membership.user_id, agent.pk, {alices.group.pk: "Sales"}
    )
    own = {**ringing, "direction": "out"}
    answered = {**ringing, "ringing": [], "agents": [agent.pk]}
    put_live(alices, {"call:7": ringing, "call:8": own, "call:9": answered})
    with heard(alices):
        (one,) = listening.now()
    assert (one["id"], one["name"], one["shown"], one["group"]) == (
        "7", "Erika", "5550 0001", "Sales",
    )  # fmt: skip
    assert 8 < one["waited"] < 60
    forget_live()
    assert listening.now() == []  # nobody beats: nothing is known


def ask(key: str, origin: str) -> Any:
    return Client().post(
        "/click/v1/callers/", {}, content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Origin": origin},
    )  # fmt: skip


def test_only_a_key_that_may_tells_who_calls(alices: Company) -> None:
    site = "https://crm.example"
    blind, seeing = key_of(alices, site, shows_callers=False), key_of(alices, site)
    assert ask(blind, site).status_code == 403
    assert ask(seeing, "https://evil.example").status_code == 401
    assert ask(seeing, site).status_code == 200
    assert ask(seeing, site)["Access-Control-Allow-Origin"] == site
    client = Client()
    client.force_login(alices.people["agent"], BACKEND)
    wish = {"name": "CRM 2", "origins": site, "shows_callers": "on"}
    made = client.post("/t/alice/dial/phone/", wish)
    assert "data-popup" in made.content.decode()
    with tenant_scope(alices.tenant.pk):
        assert BrowserKey.objects.get(name="CRM 2").shows_callers
