"""What is told when the database is away, and when a sign-in has run out under an open page."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from callcenter.accounts import middleware


@pytest.fixture
def database_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(middleware, "key_in_use", fail)
    monkeypatch.setattr("callcenter.accounts.views.tenants_of", fail)
    monkeypatch.setattr("django.contrib.auth.middleware.get_user", fail)


def test_the_api_says_to_try_again(database_away: None) -> None:
    answer = Client(raise_request_exception=False).get("/api/v1/groups/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "try again" in answer.json()["detail"]


def test_a_page_says_that_calls_go_on(database_away: None) -> None:
    answer = Client(raise_request_exception=False).get("/t/alice/desk/")
    assert answer.status_code == 503
    assert b"Calls go on meanwhile" in answer.content


@pytest.mark.django_db
def test_a_fragment_asked_for_after_signing_out_leads_to_the_sign_in() -> None:
    answer = Client(headers={"hx-request": "true"}).post("/t/alice/desk/pause/")
    assert answer["HX-Redirect"] == "/accounts/login/"
