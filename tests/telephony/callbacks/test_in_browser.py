"""The worklist in a real browser: live, by keyboard, at both widths."""

import os

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from callcenter.tenants.scope import tenant_scope
from telephony.callbacks.announcing import announce
from telephony.callbacks.models import Callback
from telephony.provisioning.models import OutgoingPrefix
from tests.callcenter.dashboard.test_screens import open_as
from tests.cast import Company, make_company
from tests.telephony.callbacks.test_doors import act, client_of, lost
from tests.telephony.private_pbx import in_thread

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alice(transactional_db: None) -> Company:
    made = make_company("alice", number="+3726001000")
    lost(
        made, 130, caller_name="Mari Tamm", outcome="overflowed", reason="timeout", wait_seconds=63
    )
    lost(made, 20, outcome="closed")
    lost(made, 12, caller_number="anonymous", party_digits="")
    given_up = lost(made, 10)
    in_thread(lambda: act(client_of(made, "agent"), given_up, "give-up", reason="wrong number"))
    return made


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("HELIN_TEST_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=False)


def tell(company: Company) -> None:
    groups = [company.group.pk]
    at = timezone.now().timestamp()
    in_thread(lambda: announce(tenant_id=company.tenant.pk, group_ids=groups, at=at))


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_and_its_drawer(
    page: Page, web_url: str, alice: Company, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    complaints = open_as(page, web_url, alice, "supervisor", "/t/alice/callbacks/")
    expect(page.locator(".callbacks-table tbody tr")).to_have_count(4)
    picture(page, f"callbacks-{width}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Mari Tamm", exact=True).click()
    drawer = page.locator("#callback-drawer")
    expect(drawer).to_contain_text("waited 1:03")
    expect(drawer.locator(".notes-about")).to_be_visible()
    page.wait_for_timeout(300)
    picture(page, f"callback-{width}-{scheme}")
    with tenant_scope(alice.tenant.pk):
        assert Callback.objects.get(name="Mari Tamm").leased_by_id == alice.people["supervisor"].pk
    drawer.get_by_role("button", name="Snooze").click()
    expect(drawer).to_contain_text("Snoozed until")
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    with tenant_scope(alice.tenant.pk):
        row = Callback.objects.get(name="Mari Tamm")
    expect(page.locator(f"#callback-{row.pk}")).to_contain_text("Snoozed")
    page.wait_for_timeout(300)
    with tenant_scope(alice.tenant.pk):
        assert Callback.objects.get(pk=row.pk).leased_by_id is None
    assert complaints == []


def test_a_new_one_comes_without_being_asked_for(page: Page, web_url: str, alice: Company) -> None:
    complaints = open_as(page, web_url, alice, "supervisor", "/t/alice/callbacks/?refresh=0")
    expect(page.locator(".callbacks-table tbody tr")).to_have_count(4)
    expect(page.locator("#link")).to_be_visible()
    page.wait_for_timeout(500)
    lost(alice, 1, caller_name="Jaan Kask")
    tell(alice)
    expect(page.locator(".callbacks-table tbody tr")).to_have_count(5)
    assert complaints == []


def test_news_right_after_news_is_not_lost_on_the_desk(
    page: Page, web_url: str, alice: Company
) -> None:
    complaints = open_as(page, web_url, alice, "agent", "/t/alice/desk/")
    due = page.locator("#due-list")
    expect(due).to_contain_text("Mari Tamm")
    expect(page.locator("#link")).to_be_visible()
    page.wait_for_timeout(500)
    with page.expect_response(lambda response: response.url.endswith("/callbacks/due/")):
        tell(alice)
    lost(alice, 60, caller_name="Jaan Kask")
    tell(alice)
    expect(due).to_contain_text("Jaan Kask")
    assert complaints == []


def test_two_at_the_same_caller(page: Page, web_url: str, alice: Company) -> None:
    page.set_viewport_size({"width": 1440, "height": 800})
    complaints = open_as(page, web_url, alice, "supervisor", "/t/alice/callbacks/")
    with tenant_scope(alice.tenant.pk):
        row = Callback.objects.get(name="Mari Tamm")
        # the click dials, too: what is refused stands in the console
        OutgoingPrefix.objects.create(prefix="+372")
    in_thread(lambda: act(client_of(alice, "agent"), row, "open"))
    # seen in the page itself: its policy lets no text be run that waits for a script's variable
    page.evaluate("""() => { window.dialled = [];
      document.addEventListener("click", (event) => {
        const link = event.target.closest("[data-dial]");
        if (link) { event.preventDefault(); event.stopImmediatePropagation();
          window.dialled.push([link.dataset.dial, link.dataset.about]);
          document.body.dataset.dialled = window.dialled.length; }
      }, true); }""")
    page.locator(f"#callback-call-{row.pk}").click()
    ask = page.locator("#callback-ask")
    expect(ask).to_contain_text("Already in contact with Agent.")
    picture(page, "callback-ask")
    page.keyboard.press("Escape")
    assert page.evaluate("dialled") == []
    page.locator(f"#callback-call-{row.pk}").click()
    ask.get_by_role("button", name="Call all the same").click()
    expect(page.locator("body")).to_have_attribute("data-dialled", "1")
    assert page.evaluate("dialled") == [[row.key, f"callback:{row.pk}"]]
    expect(ask).not_to_be_visible()
    assert complaints == []
