"""Clicks, the boxes and `tel:` links in a real browser, at 360 and 1440 px."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from callcenter.tenants.scope import tenant_scope
from telephony.callbacks.models import Callback
from telephony.calls.models import Call
from telephony.dialling.models import BrowserKey, DialChoice, PlacedCall
from telephony.provisioning.models import OutgoingPrefix
from tests.cast import Company, make_company
from tests.telephony.callbacks.test_doors import lost
from tests.telephony.calls.made import make_call

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PICTURES = os.environ.get("HELIN_TEST_PICTURES", "")


@pytest.fixture
def alices() -> Company:
    company = make_company("alice", number="+3726001000")
    with tenant_scope(company.tenant.pk):
        OutgoingPrefix.objects.create(prefix="+372")
        company.group.caller_id = "+3726001009"
        company.group.save()
    return company


@pytest.fixture
def desk(alices: Company, page: Page, web_url: str) -> Generator[Page]:
    client = Client()
    client.force_login(alices.people["agent"], BACKEND)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": web_url}])
    page.set_viewport_size({"width": 1440, "height": 900})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    yield page
    assert complaints == []


def picture(page: Page, name: str) -> None:
    if not PICTURES:
        return
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{theme}.png")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")


def soon(question: Callable[[], bool], within: float = 5) -> None:
    deadline = time.monotonic() + within
    while not question():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def numbers(company: Company) -> list[str]:
    with tenant_scope(company.tenant.pk):
        return list(PlacedCall.objects.order_by("pk").values_list("number", flat=True))


def fits(page: Page) -> bool:
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(page.evaluate(wide))


def test_a_pasted_number_and_enter_call(desk: Page, alices: Company, web_url: str) -> None:
    desk.goto(f"{web_url}/t/alice/calls/")
    desk.keyboard.press("/")
    # as fast as a paste and Enter: before the choices have come
    desk.locator("#box").fill("+372 (5551) 23-45")
    desk.keyboard.press("Enter")
    expect(desk.locator(".toast").first).to_contain_text("5551 2345")
    soon(lambda: numbers(alices) == ["+37255512345"])
    expect(desk.locator("#box")).to_have_value("")


def test_part_of_a_number_is_looked_for_and_not_called(
    desk: Page, alices: Company, web_url: str
) -> None:
    desk.goto(f"{web_url}/t/alice/calls/")
    desk.locator("#box").fill("5551")
    expect(desk.locator("#found")).to_be_visible()
    expect(desk.locator("#found [data-dial]")).to_have_count(0)
    desk.locator("#box").fill("102")
    expect(desk.locator("#found [data-dial]").first).to_contain_text("Call 102")
    assert numbers(alices) == []


def test_a_handset_in_the_list_calls_once(desk: Page, alices: Company, web_url: str) -> None:
    with tenant_scope(alices.tenant.pk):
        Call.objects.create(
            pbx="pbx1", linkedid="1.1", direction="in", caller_number="+37255512345",
            dialled="+3726001000", group_ids=[alices.group.pk], started_at=timezone.now(),
            outcome="abandoned", ended_at=timezone.now(),
        )  # fmt: skip
    desk.goto(f"{web_url}/t/alice/calls/?period=month")
    handset = desk.locator("table a.dial").first
    picture(desk, "calls")
    handset.dblclick()
    expect(desk.locator(".toast").first).to_contain_text("Ringing your phone")
    soon(lambda: len(numbers(alices)) == 1)
    time.sleep(0.5)
    assert numbers(alices) == ["+37255512345"]
    assert "/calls/" in desk.url


def test_a_promise_is_called_from_the_desk_and_the_call_is_kept_with_it(
    desk: Page, alices: Company, web_url: str
) -> None:
    row = lost(alices, 3, caller_name="Mari Tamm", caller_number="+37255512345",
               party_digits="37255512345")  # fmt: skip
    desk.goto(f"{web_url}/t/alice/desk/")
    handset = desk.locator("#due-list").get_by_role("button", name="Call Mari Tamm back")
    expect(handset).to_be_visible()
    picture(desk, "desk-due")
    handset.click()
    expect(desk.locator(".toast").first).to_contain_text("Ringing your phone to call 5551 2345")
    with tenant_scope(alices.tenant.pk):
        soon(lambda: PlacedCall.objects.exists())
        assert PlacedCall.objects.get().about == f"callback:{row.pk}"
        assert Callback.objects.get().leased_by_id == alices.people["agent"].pk


def test_the_last_calls_tell_more_when_pointed_at(
    desk: Page, alices: Company, web_url: str
) -> None:
    make_call(alices, caller_name="Mari Tamm")
    make_call(
        alices, caller_number="+37255500000", caller_name="", answered_at=None, agent_id=None,
        outcome="overflowed", reason="timeout", talk_seconds=0, wait_seconds=75,
        agent_ids=[alices.agents[0].pk],
    )  # fmt: skip
    desk.goto(f"{web_url}/t/alice/desk/")
    mari = desk.locator("#recent").get_by_role("link", name="Mari Tamm")
    mari.hover()
    detail = desk.locator(".detail")
    expect(detail).to_contain_text("600 1000")
    expect(detail).to_contain_text("Sales")
    expect(detail).to_contain_text("Answered")
    picture(desk, "recent-detail")
    desk.mouse.move(5, 5)
    expect(detail).not_to_be_visible()
    mari.focus()
    desk.keyboard.press("Shift+Tab")
    lost_one = desk.locator("#recent").get_by_role("link", name="5550 0000").first
    lost_one.focus()
    desk.keyboard.press("Tab")
    desk.keyboard.press("Shift+Tab")
    expect(lost_one).to_be_focused()
    expect(detail).to_contain_text("Overflowed, waited as long as allowed")
    expect(detail).to_contain_text("1:15")
    desk.keyboard.press("Escape")
    expect(detail).not_to_be_visible()
    handset = desk.locator("#recent a.dial").first
    handset.click()  # above the link that is as large as the row
    expect(desk.locator(".toast").first).to_contain_text("Ringing your phone")


def test_the_dial_box_by_keyboard(desk: Page, alices: Company, web_url: str) -> None:
    desk.goto(f"{web_url}/t/alice/calls/")
    desk.keyboard.press("d")
    field = desk.locator("#dial-number")
    expect(field).to_be_focused()
    picture(desk, "box")
    desk.get_by_label("They see").select_option("hidden")
    expect(desk.locator(".toast")).to_contain_text("Kept")
    field.fill("999")
    desk.keyboard.press("Enter")
    expect(desk.locator(".toast").last).to_contain_text("Nobody has the extension 999")
    field.fill("Mob: 5551 2345")
    desk.get_by_label("Private call").check()
    field.press("Enter")
    expect(desk.locator(".toast").last).to_contain_text("Ringing your phone")
    with tenant_scope(alices.tenant.pk):
        soon(lambda: PlacedCall.objects.exists())
        placed = PlacedCall.objects.get()
        assert (placed.is_hidden, placed.is_private) == (True, True)
        assert DialChoice.objects.get().is_hidden


def test_a_tel_link_asks_first(desk: Page, alices: Company, web_url: str) -> None:
    desk.goto(f"{web_url}/t/alice/dial/?number=tel%3A%2B372-5551-2345")
    call = desk.get_by_role("button", name=re.compile("Call 5551 2345"))
    expect(call).to_be_focused()
    picture(desk, "confirm")
    assert numbers(alices) == []
    desk.keyboard.press("Enter")
    soon(lambda: numbers(alices) == ["+37255512345"])
    desk.goto(f"{web_url}/t/alice/dial/?number=%2B4915112345678")
    expect(desk.locator(".notice")).to_contain_text("not allowed")


def test_my_phone(desk: Page, alices: Company, web_url: str) -> None:
    desk.goto(f"{web_url}/t/alice/dial/phone/")
    desk.get_by_label("They see").select_option("+3726001009")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_label("They see")).to_have_value("+3726001009")
    desk.get_by_role("button", name="Test my phone").click()
    expect(desk.locator(".toast").last).to_contain_text("Ringing your phone")
    soon(lambda: numbers(alices) == [""])
    desk.get_by_label("Name").fill("Our CRM")
    desk.get_by_label("Web sites that may use it").fill("https://crm.example/some/page")
    desk.get_by_role("button", name="Make the key").click()
    expect(desk.get_by_label("The new key")).to_have_value(re.compile("^helinb_"))
    picture(desk, "phone")
    desk.set_viewport_size({"width": 360, "height": 740})
    assert fits(desk)
    with tenant_scope(alices.tenant.pk):
        assert BrowserKey.objects.get(name="Our CRM").origins == ["https://crm.example"]
    app = desk.request.get(f"{web_url}/t/alice/app.webmanifest").json()
    assert app["protocol_handlers"][0]["url"] == "/t/alice/dial/?number=%s"
