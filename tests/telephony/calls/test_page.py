"""The Calls page in a real browser: drawer, filters, paging by key, new calls by the socket."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from callcenter.accounts.models import Membership
from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call
from telephony.live.frames import to_text
from telephony.live.streams import TENANT, channel_group
from tests.callcenter.dashboard.test_screens import open_as
from tests.cast import Company, make_user
from tests.telephony.calls.company import make_acme, play
from tests.telephony.calls.made import make_call

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def acme(tmp_path: Path) -> Company:
    """What the recordings tell, as if it had happened just now."""
    made = make_acme()
    play(tmp_path, "01_", "02_", "03_", "05c", "06", "13", "14", "21", "02d", "30", "36")
    with tenant_scope(made.tenant.pk):
        user = make_user("manager@acme.example")
        Membership.objects.create(user=user, role="manager")
    agents = [made.agents["101"], made.agents["102"]]
    return Company(made.tenant, made.groups["support"], None, None, {"manager": user}, agents)  # type: ignore[arg-type]


def announce_figures(company: Company) -> None:
    """What the ledger sends after a batch of lines."""
    frame = to_text({"type": "figures", "at": timezone.now().timestamp(), "queues": {}})
    message = {"type": "live.frame", "frame": frame}
    with ThreadPoolExecutor(1) as thread:
        send = async_to_sync(get_channel_layer().group_send)
        thread.submit(send, channel_group(company.tenant.pk, TENANT), message).result()


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("HELIN_TEST_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=False)


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_and_its_drawer(
    page: Page, web_url: str, acme: Company, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    complaints = open_as(page, web_url, acme, "manager", "/t/acme/calls/?period=all")
    rows = page.locator(".calls-table tbody tr")
    expect(rows).to_have_count(12)
    picture(page, f"calls-{width}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    rows.filter(has_text="Erika").filter(has_text="Agent 102").locator(".row-link").click()
    drawer = page.locator("#call-drawer")
    expect(drawer).to_be_visible()
    expect(drawer).to_contain_text("no answer")
    expect(drawer).to_contain_text("rang 0:05")
    page.wait_for_timeout(300)
    picture(page, f"call-{width}-{scheme}")
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    assert complaints == []


def test_a_closed_drawer_stays_closed_when_a_part_of_it_comes_late(
    page: Page, web_url: str, acme: Company
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/recordings/**", hold)
    open_as(page, web_url, acme, "manager", "/t/acme/calls/?period=all")
    with page.expect_request("**/recordings/**"):
        page.locator(".calls-table tbody .row-link").first.click()
    drawer = page.locator("#call-drawer")
    expect(drawer).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    held[0].fulfill(status=200, content_type="text/html", body='<p id="late">late</p>')
    expect(page.locator("#late")).to_be_attached()
    expect(drawer).not_to_be_visible()


def test_back_closes_the_drawer_and_forward_opens_it_again(
    page: Page, web_url: str, acme: Company
) -> None:
    open_as(page, web_url, acme, "manager", "/t/acme/desk/")
    page.goto(f"{web_url}/t/acme/calls/?period=all")
    rows = page.locator(".calls-table tbody tr")
    drawer = page.locator("#call-drawer")
    rows.first.locator(".row-link").click()
    expect(drawer).to_be_visible()
    words = drawer.locator("#call-title").inner_text()
    page.go_back()
    expect(drawer).not_to_be_visible()
    assert page.url.endswith("/calls/?period=all")
    expect(rows).to_have_count(12)
    page.go_forward()
    expect(drawer).to_be_visible()
    expect(drawer.locator("#call-title")).to_have_text(words)
    page.reload()
    expect(drawer).to_be_visible()
    # closed by key, it leaves no step behind that would open it or has to be gone back over
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    page.wait_for_function("!history.state?.drawers")
    page.locator("select[name=direction]").select_option("in")
    expect(page).to_have_url(re.compile("direction=in"))
    rows.first.locator(".row-link").click()
    expect(drawer).to_be_visible()
    page.go_back()
    expect(drawer).not_to_be_visible()
    expect(page).to_have_url(re.compile("direction=in"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"period=all$"))
    expect(rows).to_have_count(12)
    expect(drawer).not_to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile("/desk/|/calls/"))


def test_a_call_has_an_address_of_its_own(page: Page, web_url: str, acme: Company) -> None:
    open_as(page, web_url, acme, "manager", "/t/acme/calls/?period=all")
    page.locator(".calls-table tbody .row-link").first.click()
    page.get_by_role("link", name="Link to this call").click()
    expect(page).to_have_url(re.compile(r"/calls/\d+/$"))
    page.go_back()
    expect(page.locator("#call-drawer")).to_be_visible()
    page.go_back()
    expect(page.locator("#call-drawer")).not_to_be_visible()
    expect(page.locator(".calls-table tbody tr")).to_have_count(12)


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_was_done_to_a_call_stands_in_its_drawer(
    page: Page, web_url: str, acme: Company, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    complaints = open_as(page, web_url, acme, "manager", "/t/acme/calls/?period=all")
    rows = page.locator(".calls-table tbody tr").filter(has_text="Agent 103")
    drawer = page.locator("#call-drawer")
    told = []
    for number in range(rows.count()):
        rows.nth(number).locator(".row-link").click()
        expect(drawer).to_be_visible()
        page.wait_for_timeout(250)
        moments = drawer.locator(".calls-moment")
        if moments.count():
            told += moments.all_inner_texts()
            moments.first.scroll_into_view_if_needed()
            picture(page, f"moments-{len(told)}-{width}-{scheme}")
            assert drawer.evaluate("one => one.scrollWidth <= one.clientWidth")
        page.keyboard.press("Escape")
        expect(drawer).not_to_be_visible()
    words = " ".join(told)
    assert "Agent 101 transferred the call to Agent 103 after asking" in words
    assert "fetched" in words
    assert "picked up" in words
    assert complaints == []


def test_filters_keep_the_address_and_the_export_true(
    page: Page, web_url: str, acme: Company
) -> None:
    open_as(page, web_url, acme, "manager", "/t/acme/calls/?period=all")
    page.get_by_label("Outcome").select_option("unanswered")
    rows = page.locator(".calls-table tbody tr")
    expect(rows).to_have_count(4)
    assert "outcome=unanswered" in page.url
    assert "period=all" in page.url
    export = page.get_by_role("link", name="Export CSV")
    expect(export).to_have_attribute("href", re.compile("outcome=unanswered"))
    page.go_back()
    expect(rows).to_have_count(12)
    since = page.locator("input[name=since]")
    expect(since).not_to_be_visible()
    page.get_by_label("Period").select_option("dates")
    since.fill("2020-01-01")
    since.blur()
    page.wait_for_url("**since=2020-01-01**")
    expect(rows).to_have_count(12)
    with page.expect_download() as download:
        export.click()
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) == 13


def test_paging_by_key(page: Page, web_url: str, acme: Company) -> None:
    at = timezone.now() - timedelta(hours=1)
    for number in range(60):
        make_call(acme, at=at + timedelta(seconds=number))
    open_as(page, web_url, acme, "manager", "/t/acme/calls/?period=all")
    rows = page.locator(".calls-table tbody tr")
    expect(rows).to_have_count(50)
    page.keyboard.press("j")
    expect(rows).to_have_count(22)
    page.keyboard.press("k")
    expect(rows).to_have_count(50)


def test_new_calls_are_hinted_at_when_figures_come(page: Page, web_url: str, acme: Company) -> None:
    open_as(page, web_url, acme, "manager", "/t/acme/calls/?period=all")
    hint = page.locator(".calls-news a")
    expect(hint).to_have_count(0)
    make_call(acme, at=timezone.now())
    for _ in range(20):  # the socket may not be open yet
        announce_figures(acme)
        page.wait_for_timeout(500)
        if hint.count():
            break
    expect(hint).to_have_text("1 new call")
    hint.click()
    expect(page.locator(".calls-table tbody tr")).to_have_count(13)


def test_no_calls_is_not_said_beside_new_calls(page: Page, web_url: str, acme: Company) -> None:
    with tenant_scope(acme.tenant.pk):
        Call.objects.all().delete()
    open_as(page, web_url, acme, "manager", "/t/acme/calls/")
    nothing = page.get_by_text("No calls in the last 7 days")
    expect(nothing).to_be_visible()
    make_call(acme, at=timezone.now())
    hint = page.locator(".calls-news a")
    for _ in range(20):  # the socket may not be open yet
        announce_figures(acme)
        page.wait_for_timeout(500)
        if hint.count():
            break
    expect(hint).to_have_text("1 new call")
    expect(nothing).to_be_hidden()
    hint.click()
    expect(page.locator(".calls-table tbody tr")).to_have_count(1)


def test_the_log_of_a_group(page: Page, web_url: str, acme: Company) -> None:
    open_as(page, web_url, acme, "manager", f"/t/acme/calls/log/{acme.group.pk}/")
    expect(page.locator(".is-lost")).to_have_count(2)
    picture(page, "log")
    page.locator(".row-link").first.click()
    expect(page.locator("#call-drawer")).to_be_visible()
