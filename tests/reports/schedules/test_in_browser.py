"""Ordering and reading a report in a real browser: what the policy forbids stays forbidden."""

from __future__ import annotations

import os
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from callcenter.tenants.scope import tenant_scope
from reports.schedules.models import ReportDelivery, ReportRun, ReportSchedule
from reports.schedules.tasks import work_off_reports
from tests.cast import Company, make_company
from tests.reports.schedules.ordering import due, order, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SHOTS = os.environ.get("HELIN_TEST_SHOTS")


@pytest.fixture
def alice() -> Company:
    company = make_company("alice", number="+3726001001")
    # the company's yesterday, which near midnight is not that of UTC
    now = timezone.now().astimezone(ZoneInfo(company.tenant.time_zone))
    start = now - timedelta(days=1)
    for number in range(60):
        lost = number % 7 == 0
        visit(
            company,
            start.replace(hour=6 + number % 9),
            number=number,
            outcome="abandoned" if lost else "answered",
            wait_seconds=4 + number,
            talk_seconds=0 if lost else 90 + number,
        )
    return company


@pytest.fixture
def manager(alice: Company, page: Page, web_url: str) -> Generator[Page]:
    client = Client()
    client.force_login(alice.people["manager"], BACKEND)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": web_url}])
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type == "error" and "422" not in said.text
            else None
        ),
    )
    yield page
    assert complaints == []


def look(page: Page, name: str) -> None:
    """At both widths; pictures of both themes where somebody wants to look himself."""
    for width, height in ((1440, 900), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert page.evaluate(wide), (name, width)
        for theme in ("light", "dark") if SHOTS else ():
            page.emulate_media(color_scheme=theme)
            path = Path(SHOTS or "") / f"{name}-{width}-{theme}.png"
            page.screenshot(path=path, full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_report_is_previewed_ordered_and_read(
    manager: Page, alice: Company, web_url: str
) -> None:
    base = f"{web_url}/t/alice/reports/"
    manager.goto(base)
    look(manager, "empty")
    manager.get_by_role("link", name="Order a report").first.click()
    manager.get_by_label("Name").fill("Morning")
    expect(manager.get_by_label("Day of the month")).to_be_hidden()
    manager.get_by_label("How often").select_option("weekly")
    expect(manager.get_by_label("Wednesday")).to_be_visible()
    manager.get_by_label("How often").select_option("once")
    told = manager.get_by_text("For once. Empty: right away.").bounding_box()
    below = manager.locator("label", has_text="From").bounding_box()
    assert told is not None
    assert below is not None
    assert below["y"] - told["y"] - told["height"] >= 12, "a field and the next one's name touch"
    manager.get_by_label("How often").select_option("daily")
    manager.get_by_label("To other addresses").fill("nonsense")
    manager.get_by_label("Attach a PDF").check()
    manager.get_by_role("button", name="Order", exact=True).click()
    expect(manager.get_by_text("“nonsense” is not an e-mail address.")).to_be_visible()
    look(manager, "order-errors")
    manager.get_by_label("To other addresses").fill("chef@alice.example de")
    with manager.expect_popup() as popup:
        manager.get_by_role("button", name="Preview").click()
    preview = popup.value
    expect(preview.get_by_text("The report is being made.")).to_be_visible()
    work_off_reports(tenant_id=alice.tenant.pk)
    frame = preview.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Morning", exact=True)).to_be_visible()
    # the picture in the mail is there, and its styles are in force
    picture = frame.locator("img")
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 1280
    colour = "body => getComputedStyle(body).backgroundColor"
    assert frame.locator("body").evaluate(colour) == "rgb(245, 246, 248)"
    look(preview, "preview")
    preview.close()
    manager.get_by_role("button", name="Order", exact=True).click()
    expect(manager.get_by_text("Nothing yet")).to_be_visible()
    with tenant_scope(alice.tenant.pk):
        schedule = ReportSchedule.objects.get()
        assert schedule.name == "Morning"


def test_history_and_what_became_of_each_mail(manager: Page, alice: Company, web_url: str) -> None:
    now = timezone.now()
    recipients = tuple((f"{name}@alice.example", "en") for name in ("anna", "bert", "cleo", "dora"))
    row = order(alice, at=now - timedelta(days=3), name="Groups of yesterday", addresses=recipients)
    order(alice, kind="unanswered_week", repeats="weekly", weekdays=(1, 5), name="Lost calls")
    order(alice, kind="agents_month", repeats="monthly", month_day=31, name="Agents")
    due(now)
    work_off_reports(tenant_id=alice.tenant.pk)
    with tenant_scope(alice.tenant.pk):
        run = ReportRun.objects.filter(schedule=row).order_by("-due_at")[0]
        mails = list(ReportDelivery.objects.filter(run=run).order_by("address"))
        for one, state, words in (
            (mails[1], "refused", "550 5.1.1 <bert@alice.example>: Recipient address rejected"),
            (mails[2], "bounced", "5.2.2 552 The mailbox is full"),
            (mails[3], "queued", "451 4.7.1 Greylisted, try again later"),
        ):
            ReportDelivery.objects.filter(pk=one.pk).update(
                state=state, words=words, reason="", sent_at=None, attempts=2,
                next_try_at=datetime.now(UTC) + timedelta(minutes=15),
            )  # fmt: skip
    manager.goto(f"{web_url}/t/alice/reports/")
    expect(manager.get_by_text("2 of 4 not delivered")).to_be_visible()
    look(manager, "list")
    manager.get_by_role("link", name="Groups of yesterday").click()
    expect(manager.get_by_text("Sent to 4").first).to_be_visible()
    look(manager, "report")
    manager.goto(f"{web_url}/t/alice/reports/runs/{run.pk}/")
    expect(manager.get_by_text("Recipient address rejected")).to_be_visible()
    expect(manager.get_by_role("button", name="Send again")).to_have_count(2)
    look(manager, "run")
    manager.get_by_role("button", name="Send again").first.click()
    expect(manager.get_by_role("button", name="Send again")).to_have_count(1)
    manager.goto(f"{web_url}/t/alice/reports/outbox/")
    look(manager, "outbox")
