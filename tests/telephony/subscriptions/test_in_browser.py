"""The webhook pages in Chromium: made, its secret copied, its log seen to grow by itself."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from callcenter.tenants.scope import tenant_scope
from telephony.subscriptions.models import Webhook, WebhookDelivery
from telephony.subscriptions.tasks import tell_of_webhook
from tests.cast import Company, make_company
from tests.telephony.subscriptions.test_readers import cookie_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def look(page: Page, name: str) -> None:
    """Pictures for people, where they are asked for; the page must not scroll sideways."""
    folder = os.environ.get("HELIN_PICTURES", "")
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (name, width, wide)
        for scheme in ("light", "dark") if folder else ():
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)


def told_of(company: Company, webhook: Webhook) -> None:
    tell_of_webhook(tenant_id=company.tenant.pk, webhook_id=webhook.pk)
    connection.close()


def test_a_webhook_from_making_to_its_log(web_url: str, page: Page) -> None:
    alice = make_company("alice", number="+3726001001")
    _, _, value = cookie_of(alice.people["admin"]).partition("=")
    page.context.add_cookies(
        [{"name": django_settings.SESSION_COOKIE_NAME, "value": value, "url": web_url}]
    )
    page.goto(f"{web_url}/t/alice/manage/webhooks/")
    expect(page.get_by_text("No webhooks yet")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("CRM")
    page.get_by_label("Address").fill("https://10.0.0.1/hook")
    page.get_by_role("button", name="Make the webhook").click()
    expect(page.get_by_text("not on the public internet")).to_be_visible()
    page.get_by_label("Address").fill("https://203.0.114.7/hook")
    page.get_by_role("checkbox", name="call.ended").check()
    look(page, "webhooks")
    page.get_by_role("button", name="Make the webhook").click()
    expect(page.get_by_role("textbox", name="Its secret")).to_have_value(
        re.compile(r"whsec_[\w-]{43}")
    )
    look(page, "made")
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_text("Nothing sent yet")).to_be_visible()
    with tenant_scope(alice.tenant.pk):
        webhook = Webhook.objects.get()
        for n, status in enumerate((200, 500, None)):
            WebhookDelivery.objects.create(
                webhook=webhook, event=41 + n, type="call.ended", attempt=n + 1,
                at=timezone.now(), status=status, milliseconds=37, is_delivered=status == 200,
                response="thanks" if status == 200 else "", words="" if status else "Too late.",
            )  # fmt: skip
        Webhook.objects.update(failing_since=timezone.now(), next_try_at=timezone.now())
    expect(page.get_by_text("Too late.")).to_be_visible()
    expect(page.get_by_text("Failing", exact=True)).to_be_visible()
    look(page, "webhook")
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("A test event is on its way.")).to_be_visible()
    page.goto(f"{web_url}/t/alice/manage/webhooks/")
    expect(page.get_by_role("link", name="CRM")).to_be_visible()
    look(page, "list")
    # a day in vain: the bell says so at once, and until it is looked at
    with tenant_scope(alice.tenant.pk):
        Webhook.objects.update(state="failed", words="HTTP 500")
    telling = threading.Thread(target=told_of, args=(alice, webhook))  # Chromium's loop is here
    telling.start()
    telling.join()
    page.reload()
    expect(page.locator(".bell-count")).to_have_text("1")
    page.locator("#bell").click()
    look(page, "postit")
    expect(page.locator(".bell-count")).to_have_text("1")
    link = page.locator(".note-unread a").first
    expect(link).to_have_attribute("href", re.compile(r"/t/alice/manage/webhooks/\d+/$"))
    page.get_by_role("link", name="Open").first.click()
    page.reload()
    expect(page.locator(".bell")).to_be_visible()
    expect(page.locator(".bell-count")).to_have_count(0)
