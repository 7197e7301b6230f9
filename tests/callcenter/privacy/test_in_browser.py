"""A case in a real browser: narrow and wide, light and dark, looked up and held by keyboard."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from callcenter.privacy import erasing
from callcenter.tenants.scope import tenant_scope
from telephony.privacy.models import PrivacyCase
from telephony.recordings.storage.sealed import SealedStore
from tests.callcenter.privacy.made import CALLER
from tests.callcenter.privacy.test_pages import known
from tests.cast import make_company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SHOTS = os.environ.get("HELIN_SHOTS", "")
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def look(page: Page, name: str) -> None:
    """At both widths, in both colours: nothing sticks out."""
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.evaluate(WIDER), (name, width)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if SHOTS:
                page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png", full_page=True)


def test_a_case_from_looking_up_to_its_report(page: Page, web_url: str, store: SealedStore) -> None:
    alice = make_company("alice", number="+3726001001")
    known(alice, store)
    client = Client()
    client.force_login(alice.people["admin"], BACKEND)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": web_url}])
    page.goto(f"{web_url}/t/alice/manage/privacy/")
    page.get_by_label("The person's numbers").fill("0049 151 12345")
    page.keyboard.press("Tab")
    page.keyboard.type("F 7/2026")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Erika Muster")).to_be_visible()
    look(page, "case")
    began = page.get_by_role("region", name="Latest calls").get_by_role("link").first
    assert began.evaluate("link => link.offsetHeight") < 30, "a narrow screen breaks it"
    page.get_by_label("Reason").fill("Court of Tallinn, 2-26-1")
    page.get_by_role("button", name="Put under legal hold").click()
    expect(page.get_by_text("Court of Tallinn").first).to_be_visible()
    expect(page.get_by_role("button", name="Erase", exact=True)).to_have_count(0)
    look(page, "held")
    page.get_by_role("button", name="Lift the legal hold of this case").click()
    page.get_by_label("I know that this cannot be taken back").check()
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.get_by_text("Choosing pseudonyms")).to_be_visible()
    look(page, "erasing")
    with tenant_scope(alice.tenant.pk):
        case = PrivacyCase.objects.get(state="erasing")
        assert erasing.erase(case_id=case.pk, store=store, now=timezone.now)
    expect(page.get_by_text("What could not be erased")).to_be_visible()
    assert CALLER[1:] not in page.content()
    look(page, "erased")
    page.goto(f"{web_url}/t/alice/manage/privacy/")
    look(page, "cases")
