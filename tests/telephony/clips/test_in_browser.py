"""The page follows a recording by itself."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from callcenter.tenants.scope import tenant_scope
from telephony.clips.models import ClipTake, TakeState
from telephony.commands.models import PbxCommand
from tests.cast import make_company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def test_it_is_followed_to_its_end_and_a_refusal_is_said(page: Page, web_url: str) -> None:
    alice = make_company("alice", number="+3726001000")
    client = Client()
    client.force_login(alice.people["manager"], BACKEND)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": web_url}])
    at = timezone.now()
    with tenant_scope(alice.tenant.pk):
        command = PbxCommand.objects.create(
            kind="record_clip", pbx="pbx1", orders=[], requested_at=at, deadline_at=at
        )
        take = ClipTake.objects.create(
            pbx="pbx1", command=command, description="Welcome", requested_at=at,
            requested_by=alice.people["manager"],
        )  # fmt: skip
    page.goto(f"{web_url}/t/alice/manage/clips/by-phone/{take.pk}/")
    for state, words in (
        (TakeState.RINGING, "Your phone rings"),
        (TakeState.RECORDING, "Speak now"),
        (TakeState.THROWN_AWAY, "It is gone"),
    ):
        with tenant_scope(alice.tenant.pk):
            ended_at = None if ClipTake(state=state).is_going_on else at
            ClipTake.objects.filter(pk=take.pk).update(state=state, ended_at=ended_at)
        expect(page.locator("#clip-take")).to_contain_text(words, timeout=20_000)
        expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    page.get_by_role("link", name="Try again").click()
    page.get_by_label("Description").fill("Welcome")
    page.get_by_role("button", name="Ring my phone").click()
    expect(page.locator("#manage")).to_contain_text("has no phone to call from", timeout=20_000)
