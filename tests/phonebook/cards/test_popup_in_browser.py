"""The popup in a real browser: only for whom it rings, only while it rings, never another's name."""

from __future__ import annotations

import time

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from callcenter.tenants.scope import tenant_scope
from phonebook.cards.services import change_group_link, change_popup
from phonebook.notes.services import Subject, write_note
from tests.callcenter.dashboard.live_state import put_live
from tests.callcenter.dashboard.test_screens import open_as, tell
from tests.cast import Company
from tests.phonebook.cards.popups import agents, listens, picture, ringing, rings
from tests.phonebook.contacts.cast import actor, add

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_it_is_there_before_the_answer_and_gone_with_it(
    alices: Company, page: Page, web_url: str
) -> None:
    add(alices, "Mari Tamm", "5551 2345", company="Puit OÜ")
    with tenant_scope(alices.tenant.pk):
        write_note(
            text="Wants the oak, not the pine", subject=Subject(key="+37255512345"),
            by=actor(alices), to_id=None, is_private=False, at=timezone.now(),
        )  # fmt: skip
        change_group_link(
            group=alices.group, link="https://crm.example/?q=$CALLER_NUMBER&n=$CALLER_NAME",
            link_when="button", by=actor(alices),
        )  # fmt: skip
    complaints = open_as(page, web_url, alices, "agent", "/t/alice/phonebook/")
    listens(page)
    box = page.get_by_role("alertdialog")
    expect(box).to_have_count(0)
    rings(alices, 2, "call:1", ringing(alices))
    expect(box).to_be_visible()
    expect(box).to_have_accessible_name("Mari Tamm")
    expect(box).to_contain_text("Sales")
    expect(box).to_contain_text("Wants the oak")
    expect(box).to_contain_text("No earlier calls")
    handset = box.get_by_role("link", name="Call +37255512345")
    expect(handset.first).to_have_attribute("data-dial", "+37255512345")
    # the clock beside "Ringing" is the phone's; how long the caller waited before stands apart
    expect(box.locator(".popup-strip").get_by_role("timer")).to_have_text("0:02", timeout=4000)
    expect(page.locator("#my-state").get_by_role("timer")).to_have_text("0:03", timeout=4000)
    expect(box.get_by_text("Waited before me: 1:05")).to_be_visible()
    expect(box.get_by_role("link", name="Open", exact=True)).to_have_attribute(
        "href", "https://crm.example/?q=%2B37255512345&n=Mari%20Tamm"
    )
    place = box.bounding_box()
    assert place is not None
    size = page.viewport_size
    assert size is not None
    assert place["x"] + place["width"] > size["width"] - 40
    assert place["y"] + place["height"] > size["height"] - 60
    for width, height in ((1440, 900), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            picture(page, f"popup-{width}-{theme}")
    page.set_viewport_size({"width": 1440, "height": 900})
    box.get_by_role("button", name="Whose name?").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Company phonebooks, entered here")
    picture(page, "explained")
    page.keyboard.press("Escape")
    # a colleague answers: gone at once, and so is the region
    tell(alices, 3, {"call:1": {**ringing(alices), "ringing": [], "state": "talking",
                                "agents": [alices.agents[1].pk]}})  # fmt: skip
    expect(box).to_have_count(0)
    assert complaints == []


def test_nobody_else_sees_it(alices: Company, page: Page, web_url: str) -> None:
    open_as(page, web_url, alices, "supervisor", "/t/alice/desk/")
    listens(page)
    rings(alices, 2, "call:1", ringing(alices))
    expect(page.locator("#waiting")).to_contain_text("Mari Tamm")
    expect(page.get_by_role("alertdialog")).to_have_count(0)


def test_fifty_calls_never_wear_anothers_name(alices: Company, page: Page, web_url: str) -> None:
    """Every box that was ever painted has the name that belongs to its number and its call."""
    open_as(page, web_url, alices, "agent", "/t/alice/phonebook/")
    listens(page)
    page.evaluate(
        """() => {
          window.wrong = []; window.seen = new Set();
          const look = () => {
            for (const box of document.querySelectorAll('.popup')) {
              const call = box.dataset.call.slice(5);
              const text = box.querySelector('[data-slot=title]').textContent;
              const number = box.querySelector('[data-slot=subtitle]').textContent;
              if (text && (text !== `Caller ${call}` || number !== `+372555${call}`)) window.wrong.push([call, text, number]);
              window.seen.add(call);
            }
          };
          new MutationObserver(look).observe(document.getElementById('popups'), {childList: true, subtree: true, characterData: true});
        }"""
    )
    keys = [f"{place:05d}" for place in range(50)]
    for version, key in enumerate(keys, 2):
        last = f"call:{keys[version - 3]}" if version > 2 else ""
        call = ringing(alices, f"Caller {key}", number=f"+372555{key}")
        tell(alices, version, {f"call:{key}": call}, (last,) if last and version % 2 else ())
    expect(page.locator(f'.popup[data-call="call:{keys[-1]}"]')).to_be_visible()
    assert page.evaluate("window.wrong") == []
    assert len(page.evaluate("[...window.seen]")) >= 25


def test_it_is_off_for_the_person_or_for_this_browser(
    alices: Company, page: Page, web_url: str
) -> None:
    complaints = open_as(page, web_url, alices, "agent", "/t/alice/card/popup/")
    picture(page, "settings")
    here = page.get_by_role("switch", name="Show the popup in this browser")
    here.click()
    expect(here).to_have_attribute("aria-checked", "false")
    listens_url = f"{web_url}/t/alice/phonebook/"
    page.goto(listens_url)
    listens(page)
    rings(alices, 2, "call:1", ringing(alices))
    expect(page.locator("#my-state")).to_contain_text("Ringing")
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    page.evaluate("localStorage.removeItem('popup-here')")
    with tenant_scope(alices.tenant.pk):
        change_popup(user_id=alices.people["agent"].pk, shows_popup=False)
    page.evaluate("sessionStorage.clear()")
    put_live(alices, {**agents(alices), "call:1": ringing(alices)}, 3)
    page.goto(listens_url)
    listens(page)
    page.wait_for_timeout(500)
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    assert complaints == []


def test_the_own_address_opens_once_when_it_rings(
    alices: Company, page: Page, web_url: str
) -> None:
    with tenant_scope(alices.tenant.pk):
        change_popup(
            user_id=alices.people["agent"].pk, link_when="ring",
            link=f"{web_url}/health/?who=$CALLER_NAME&at=$CALLED",
        )  # fmt: skip
    open_as(page, web_url, alices, "agent", "/t/alice/phonebook/")
    listens(page)
    other = page.context.new_page()
    other.goto(f"{web_url}/t/alice/phonebook/")
    listens(other)
    rings(alices, 2, "call:1", ringing(alices, "A&B $CALLED"))
    deadline = time.monotonic() + 5
    while len(page.context.pages) < 3 and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    page.wait_for_timeout(500)
    assert len(page.context.pages) == 3, "one tab opens it, once"
    assert "who=A%26B%20%24CALLED&at=%2B3726001000" in page.context.pages[2].url
