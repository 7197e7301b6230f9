"""Management in a real browser: by keyboard, on a phone's width, without leaving the page."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from callcenter.accounts.models import Membership
from callcenter.agents.services import create_agent
from callcenter.audit.services import HELIN_ITSELF
from callcenter.calendars.models import OpeningCalendar
from callcenter.calendars.services import create_calendar
from callcenter.groups.models import Clip, GroupMember
from callcenter.tenants.scope import tenant_scope
from tests.callcenter.groups.sounds import encoded
from tests.cast import Company, make_company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

DURATION = """audio => new Promise(done => {
  if (audio.readyState > 0) done(audio.duration);
  audio.addEventListener("loadedmetadata", () => done(audio.duration));
})"""
SEEK_TO_ONE = """audio => new Promise(done => {
  audio.addEventListener("seeked", () => done(audio.currentTime));
  audio.currentTime = 1;
})"""


@pytest.fixture
def alices() -> Company:
    return make_company("alice", number="+3726001000")


@pytest.fixture
def manage(alices: Company, page: Page, web_url: str) -> Generator[Page]:
    """A page of Alice's admin at a phone's width; any complaint of the browser fails the test."""
    client = Client()
    client.force_login(alices.people["admin"], BACKEND)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": web_url}])
    page.set_viewport_size({"width": 360, "height": 740})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    page.goto(f"{web_url}/t/alice/manage/groups/")
    yield page
    assert complaints == []


def address(web_url: str, path: str) -> str:
    return f"{web_url}/t/alice/manage/{path}"


def fits(page: Page) -> bool:
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(page.evaluate(wide))


def test_a_member_is_added_levelled_and_removed_in_place(
    manage: Page, alices: Company, web_url: str
) -> None:
    with tenant_scope(alices.tenant.pk):
        manager = Membership.objects.get(user=alices.people["manager"])
        create_agent(membership=manager, name="Charlie", by=HELIN_ITSELF)
    url = address(web_url, f"groups/{alices.group.pk}/members/")
    manage.goto(url)
    manage.evaluate("window.stayed = true")
    manage.get_by_label("Agent", exact=True).select_option(label="Charlie")
    manage.get_by_role("button", name="Add").click()
    row = manage.locator("tr", has_text="Charlie")
    expect(row).to_be_visible()
    expect(manage.locator("#toasts")).to_contain_text("Charlie is in the group")
    manage.get_by_label("Level of Charlie").fill("3")
    manage.get_by_label("Level of Charlie").press("Enter")
    expect(manage.locator("#toasts")).to_contain_text("level 3")
    with tenant_scope(alices.tenant.pk):
        assert GroupMember.objects.get(agent__name="Charlie").penalty == 3
    manage.get_by_role("button", name="Remove Charlie from the group").click()
    expect(row).to_have_count(0)
    assert manage.evaluate("window.stayed") is True
    assert manage.url == url
    assert fits(manage)


def test_a_week_is_typed_by_keyboard_alone(manage: Page, alices: Company, web_url: str) -> None:
    with tenant_scope(alices.tenant.pk):
        calendar = create_calendar(name="Office", by=HELIN_ITSELF)
    manage.goto(address(web_url, f"calendars/{calendar.pk}/"))
    keys = manage.keyboard

    def add(opens: str, closes: str) -> None:
        manage.get_by_label("Mon", exact=True).focus()
        keys.press("Space")
        keys.press("Tab")
        keys.press("Space")  # Tuesday
        manage.get_by_label("From", exact=True).focus()
        keys.type(opens)
        keys.press("Tab")
        keys.type(closes)
        keys.press("Enter")

    add("9", "24:00")
    monday, tuesday, sunday = (manage.locator(".week-day").nth(day) for day in (0, 1, 6))
    expect(monday).to_contain_text("09:00–24:00")
    expect(tuesday).to_contain_text("09:00–24:00")
    add("8", "9:30")
    refused = "Monday 08:00–09:30 overlaps with 09:00–24:00"
    expect(manage.locator(".field-errors")).to_contain_text(refused)
    expect(manage.get_by_label("From", exact=True)).to_have_value("8")
    assert monday.locator(".week-bar rect").count() == 1
    assert manage.url.endswith(f"calendars/{calendar.pk}/")
    summary = monday.locator("summary")
    summary.focus()
    keys.press("Enter")
    monday.get_by_label("Sunday").check()
    monday.get_by_role("button", name="Copy", exact=True).press("Enter")
    expect(sunday).to_contain_text("09:00–24:00")
    manage.get_by_role("button", name="Remove Monday 09:00–24:00").press("Enter")
    expect(monday.locator(".week-hours")).to_have_text("closed")
    manage.get_by_label("What for").fill("Short day")
    manage.get_by_label("First day").fill("2031-12-23")
    manage.get_by_label("Open from").fill("9")
    manage.get_by_label("Open to").fill("13")
    manage.get_by_label("Open to").press("Enter")
    expect(manage.locator("#exceptions")).to_contain_text("09:00–13:00")
    twice = """[...document.querySelectorAll('[id]')].map(one => one.id)
      .filter((id, at, all) => all.indexOf(id) !== at)"""
    assert manage.evaluate(twice) == []
    assert fits(manage)
    with tenant_scope(alices.tenant.pk):
        days = OpeningCalendar.objects.get().hours.values_list("weekday", flat=True)
        assert list(days) == [2, 7]


def open_holidays(manage: Page, alices: Company, web_url: str) -> None:
    with tenant_scope(alices.tenant.pk):
        calendar = create_calendar(name="Office", by=HELIN_ITSELF)
    manage.goto(address(web_url, f"calendars/{calendar.pk}/holidays/"))


def test_another_country_shows_its_regions_and_holidays_at_once(
    manage: Page, alices: Company, web_url: str
) -> None:
    open_holidays(manage, alices, web_url)
    manage.get_by_label("Country").select_option("DE")
    manage.get_by_label("Region").select_option("BY")
    expect(manage.get_by_text("Epiphany").first).to_be_visible()
    manage.get_by_role("button", name="Keep these holidays").click()
    expect(manage.locator("#holidays")).to_contain_text("DE")
    assert fits(manage)


CHOOSE_AT_ONCE = """() => document.addEventListener("htmx:afterSwap", () => setTimeout(() => {
  const region = document.querySelector("[name=holiday_region]");
  region.value = "BY";
  region.dispatchEvent(new Event("change", { bubbles: true }));
}), { once: true })"""


def test_what_is_chosen_the_moment_a_piece_of_the_page_came_counts(
    manage: Page, alices: Company, web_url: str
) -> None:
    open_holidays(manage, alices, web_url)
    manage.evaluate(CHOOSE_AT_ONCE)
    manage.get_by_label("Country").select_option("DE")
    expect(manage.get_by_text("Epiphany").first).to_be_visible()


def test_an_uploaded_clip_plays(
    manage: Page, alices: Company, web_url: str, tmp_path: Path
) -> None:
    recording = tmp_path / "greeting.mp3"
    recording.write_bytes(encoded(1.5, "mp3", "libmp3lame"))
    manage.goto(address(web_url, "clips/"))
    manage.get_by_label("Description").fill("Greeting")
    manage.get_by_label("Recording").set_input_files(recording)
    manage.get_by_role("button", name="Upload").click()
    manage.get_by_role("link", name="Greeting", exact=True).click()
    player = manage.locator("audio")
    assert player.evaluate(DURATION) == pytest.approx(1.5, abs=0.1)
    assert player.evaluate(SEEK_TO_ONE) == pytest.approx(1.0, abs=0.01)
    assert fits(manage)
    with tenant_scope(alices.tenant.pk):
        assert Clip.objects.get().description == "Greeting"


def test_a_new_phone_tells_its_secret_to_copy(manage: Page, web_url: str) -> None:
    manage.goto(address(web_url, "phones/new/"))
    manage.get_by_label("Extension").fill("777")
    manage.get_by_label("Name").fill("Lobby")
    manage.get_by_role("button", name="Make the phone").click()
    secret = manage.locator("#sip-secret").inner_text()
    assert len(secret) == 20
    manage.locator("[data-copies=sip-secret]").click()
    # plain http gives no clipboard: then the secret is marked, so that Ctrl-C takes it
    marked = "getSelection().toString().includes(document.querySelector('#sip-secret').innerText)"
    copied = manage.get_by_text("Copied")
    until = time.monotonic() + 5
    # the browser answers the wish to copy a moment after the click
    while not (copied.count() or manage.evaluate(marked)):
        assert time.monotonic() < until, "neither copied nor marked"
        manage.wait_for_timeout(50)
    assert fits(manage)
