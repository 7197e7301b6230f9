"""The popup and the desk share a call: who shows it, what is written, what lies over what."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from callcenter.tenants.scope import tenant_scope
from phonebook.cards.services import change_group_link
from phonebook.notes.models import Note
from tests.callcenter.dashboard.test_screens import open_as, tell
from tests.cast import Company
from tests.phonebook.cards.popups import agents, listens, picture, ringing, rings, talks
from tests.phonebook.contacts.cast import actor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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
