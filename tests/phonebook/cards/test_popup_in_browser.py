"""The popup in a real browser: only for whom it rings, only while it rings, never another's name."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, Route, expect

from callcenter.tenants.scope import tenant_scope
from phonebook.cards.services import change_group_link, change_popup
from phonebook.notes.models import Note
from phonebook.notes.services import Subject, write_note
from tests.callcenter.dashboard.live_state import forget_live, put_live
from tests.callcenter.dashboard.test_screens import a_call, an_agent, open_as, tell
from tests.cast import Company, make_company
from tests.phonebook.contacts.cast import actor, add

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("HELIN_TEST_PICTURES", "")


@pytest.fixture
def alices() -> Company:
    forget_live()
    company = make_company("alice", number="+3726001000")
    put_live(company, agents(company))
    return company


def agents(company: Company, **mine: Any) -> dict[str, Any]:
    first, second = (agent.pk for agent in company.agents)
    return {
        f"agent:{first}": an_agent(company, 0, "available", **mine),
        f"agent:{second}": an_agent(company, 1, "available"),
    }


def ringing(company: Company, name: str = "Mari Tamm", **more: Any) -> dict[str, Any]:
    number = more.pop("number", "+37255512345")
    return a_call(
        company,
        "waiting",
        ringing=[company.agents[0].pk],
        caller={"name": name, "number": number},
        name_source="company",
        shown={"caller": number, "dialled": "600 1000"},
        **more,
    )


def rings(company: Company, version: int, key: str, call: dict[str, Any]) -> None:
    mine = agents(company, call=key)
    first = f"agent:{company.agents[0].pk}"
    rung = {**mine[first], "state": "ringing", "since": time.time()}
    tell(company, version, {key: call, first: rung})


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(300)  # colours change over by and by
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def listens(page: Page) -> None:
    """The socket is open and what this person wants is known."""
    expect(page.locator("#link[data-link=live]")).to_be_attached()
    # asked again and again from here: the page's policy lets no text be run within it
    known = ("() => [...Array(sessionStorage.length).keys()].some("
             "n => sessionStorage.key(n).startsWith('popup-choice'))")  # fmt: skip
    for _ in range(300):
        if page.evaluate(known):
            return
        page.wait_for_timeout(100)
    pytest.fail("what this person wants of the popup is not known after 30 s")


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


def talks(company: Company, version: int, key: str, call: dict[str, Any]) -> None:
    """Who is rung answers."""
    mine = agents(company, call=key)
    first = company.agents[0].pk
    answered = {**call, "ringing": [], "state": "talking", "agents": [first],
                "answered_at": time.time()}  # fmt: skip
    agent = {**mine[f"agent:{first}"], "state": "in_call"}
    tell(company, version, {key: answered, f"agent:{first}": agent})


def test_what_is_written_while_it_rings_goes_on_at_the_desk(
    alices: Company, page: Page, web_url: str
) -> None:
    with tenant_scope(alices.tenant.pk):
        change_group_link(
            group=alices.group, link="https://crm.example/?q=$CALLER_NUMBER", link_when="button",
            by=actor(alices),
        )  # fmt: skip
    page.set_viewport_size({"width": 1440, "height": 900})
    complaints = open_as(page, web_url, alices, "agent", "/t/alice/desk/")
    listens(page)
    card, about = page.locator("#call"), page.locator("#about")
    rings(alices, 2, "call:1", ringing(alices))
    expect(about.get_by_role("button", name="Keep")).to_be_visible()
    # the card says who rings and for how long, so no popup says it again
    expect(card).to_have_attribute("data-state", "ringing")
    expect(card.get_by_role("link", name="Open", exact=True)).to_have_attribute(
        "href", "https://crm.example/?q=%2B37255512345"
    )
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    page.keyboard.press("w")
    page.keyboard.type("Wants the ")
    talks(alices, 3, "call:1", ringing(alices))
    written = about.get_by_role("textbox", name="Write a note")
    expect(written).to_be_focused()
    page.keyboard.type("oak")
    expect(written).to_have_value("Wants the oak")
    expect(page.locator("#call").get_by_role("link", name="Customer card")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(about.locator(".notes-list")).to_contain_text("Wants the oak")
    expect(written).to_have_value("")
    # another caller: nothing of the first one is left
    tell(alices, 4, agents(alices), ("call:1",))
    expect(about).to_be_hidden()
    second = ringing(alices, "Jaan Tamm", number="+37255500000")
    rings(alices, 5, "call:2", second)
    talks(alices, 6, "call:2", second)
    expect(about).to_contain_text("Nothing was written down yet")
    expect(about).not_to_contain_text("oak")
    expect(about).to_have_accessible_name("Jaan Tamm")
    page.keyboard.press("w")
    page.keyboard.type("Half a sen")
    page.keyboard.press("Escape")
    expect(page.locator(":focus")).to_have_count(0)
    # the next one, while that is not kept yet: it is kept for whom it was written about
    tell(alices, 7, agents(alices), ("call:2",))
    expect(about).to_be_visible()
    third = ringing(alices)
    rings(alices, 8, "call:3", third)
    # nobody is interrupted: until the answer the caller has a popup
    expect(page.get_by_role("alertdialog")).to_have_accessible_name("Mari Tamm")
    expect(written).to_have_value("Half a sen")
    with page.expect_response(lambda told: told.request.method == "POST") as told:
        talks(alices, 9, "call:3", third)
    assert told.value.ok
    expect(about).to_contain_text("Wants the oak")
    expect(about).not_to_contain_text("Half a sen")
    with tenant_scope(alices.tenant.pk):
        assert Note.objects.get(text="Half a sen").key == "+37255500000"
    assert complaints == []


@pytest.mark.parametrize(
    ("status", "words"), [(None, "Wants the oak"), (None, "Wants the oak. " * 260), (204, "Oak")]
)
def test_a_note_that_cannot_be_kept_for_the_caller_before_is_given_back(
    alices: Company, page: Page, web_url: str, status: int | None, words: str
) -> None:
    open_as(page, web_url, alices, "agent", "/t/alice/desk/")
    listens(page)
    first = ringing(alices, "Jaan Tamm", number="+37255500000")
    rings(alices, 2, "call:1", first)
    talks(alices, 3, "call:1", first)
    page.locator("#about").get_by_role("textbox", name="Write a note").fill(words)

    def refuse(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
        elif status is None:
            route.abort()
        else:
            route.fulfill(status=status)  # as to somebody signed out meanwhile

    page.route(lambda _url: True, refuse)
    tell(alices, 4, agents(alices), ("call:1",))
    second = ringing(alices)
    rings(alices, 5, "call:2", second)
    talks(alices, 6, "call:2", second)
    box = page.locator("#toasts .toast").last
    expect(box).to_contain_text(words.strip())
    for width, height in ((1440, 900), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        place = box.bounding_box()
        picture(page, f"note-given-back-{width}-{len(words)}")
        assert place is not None
        assert place["x"] >= 0
        assert place["y"] >= 0
        assert place["x"] + place["width"] <= width
        assert place["y"] + place["height"] <= height


def test_a_note_that_is_not_kept_outlives_the_ringing(
    alices: Company, page: Page, web_url: str
) -> None:
    complaints = open_as(page, web_url, alices, "agent", "/t/alice/calls/")
    listens(page)
    rings(alices, 2, "call:1", ringing(alices))
    box = page.get_by_role("alertdialog")
    box.get_by_role("textbox", name="Write a note").fill("Call again")
    talks(alices, 3, "call:1", ringing(alices))
    expect(box.get_by_text("Ringing")).to_be_hidden()
    expect(box.get_by_role("textbox", name="Write a note")).to_have_value("Call again")
    box.get_by_role("button", name="Keep").click()
    expect(box).to_have_count(0)
    assert complaints == []


def test_another_call_at_the_desk_has_a_popup_and_toasts_leave_the_clock_free(
    alices: Company, page: Page, web_url: str
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    open_as(page, web_url, alices, "agent", "/t/alice/desk/")
    listens(page)
    first = ringing(alices, "Jaan Tamm", number="+37255500000")
    rings(alices, 2, "call:1", first)
    clock = page.locator('#call [data-slot="since"]')
    say = """document.dispatchEvent(new CustomEvent('toast', {detail: {level: 'refused', text: 'Logged in.'}}))"""
    page.evaluate(say)
    toast = page.locator("#toasts .toast")
    expect(toast).to_be_visible()
    assert not overlap(clock, toast)
    talks(alices, 3, "call:1", first)
    tell(alices, 4, {"call:2": ringing(alices)})
    box = page.get_by_role("alertdialog")
    expect(box).to_have_accessible_name("Mari Tamm")
    expect(box.locator(".popup-strip").get_by_role("timer")).to_have_count(0)
    expect(page.locator("#about")).to_have_accessible_name("Jaan Tamm")
    assert not overlap(clock, toast)


def overlap(one: Locator, other: Locator) -> bool:
    first, second = one.bounding_box(), other.bounding_box()
    assert first is not None
    assert second is not None
    is_beside = (
        first["x"] + first["width"] <= second["x"] or second["x"] + second["width"] <= first["x"]
    )
    is_above = (
        first["y"] + first["height"] <= second["y"] or second["y"] + second["height"] <= first["y"]
    )
    return not (is_beside or is_above)


def test_who_rings_is_seen_though_the_journal_lies_over_the_card(
    alices: Company, page: Page, web_url: str
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    complaints = open_as(page, web_url, alices, "agent", "/t/alice/desk/")
    listens(page)
    card, journal = page.locator("#call"), page.locator("#journal")
    box = page.get_by_role("alertdialog")
    page.keyboard.press("y")
    expect(journal).to_be_visible()
    page.reload()
    listens(page)
    expect(journal).to_be_visible()
    rings(alices, 2, "call:1", ringing(alices))
    expect(card).to_have_attribute("data-state", "ringing")
    written = page.locator("#about").get_by_role("textbox", name="Write a note")
    written.fill("Wants the ")
    expect(box).to_have_count(0)  # it stands beside the card
    for width, height in ((1440, 900), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            picture(page, f"journal-and-card-{width}-{theme}")
    expect(box).to_have_accessible_name("Mari Tamm")
    assert is_on_top(box.get_by_role("heading", name="Mari Tamm"))
    assert is_on_top(box.get_by_role("link", name="Customer card"))
    journal.get_by_role("button", name="Close the journal").click()
    expect(box).to_have_count(0)
    assert is_on_top(card.get_by_role("heading", name="Mari Tamm"))
    expect(written).to_have_value("Wants the ")
    picture(page, "journal-closed-360-dark")
    page.locator("#journal-open").click()
    expect(box).to_have_accessible_name("Mari Tamm")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(box).to_have_count(0)
    # put over the name by hand, and away again
    place = card.get_by_role("heading", name="Mari Tamm").bounding_box()
    assert place is not None
    move(page, place["x"], place["y"])
    expect(box).to_have_accessible_name("Mari Tamm")
    picture(page, "journal-over-card-1440-dark")
    move(page, 1000, 500)
    expect(box).to_have_count(0)
    move(page, place["x"], place["y"])
    expect(box).to_be_visible()
    talks(alices, 3, "call:1", ringing(alices))
    expect(box).to_have_count(0)
    expect(written).to_have_value("Wants the ")
    with tenant_scope(alices.tenant.pk):
        assert not Note.objects.exists(), "half a note is not kept by itself"
    assert complaints == []


def move(page: Page, x: float, y: float) -> None:
    """Takes the journal by its title there."""
    title = page.locator("#journal-title").bounding_box()
    assert title is not None
    page.mouse.move(title["x"] + 5, title["y"] + 5)
    page.mouse.down()
    page.mouse.move(x, y, steps=4)
    page.mouse.up()


def is_on_top(element: Locator) -> bool:
    """Nothing lies over its middle."""
    return bool(
        element.evaluate(
            """(one) => {
              const { left, top, width, height } = one.getBoundingClientRect();
              return one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
            }"""
        )
    )


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
