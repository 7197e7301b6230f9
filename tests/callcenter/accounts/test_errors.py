"""What is told when the database is away, and when a sign-in has run out under an open page."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from callcenter.accounts import middleware
from tests.cast import PASSWORD, make_company

ALLAUTH = "allauth.account.auth_backends.AuthenticationBackend"


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
    assert answer["HX-Redirect"] == "/accounts/login/?out=1"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "headers", "url"),
    [
        ("post", "desk/pause/", {"hx-request": "true",
         "hx-current-url": "https://helin.example/t/alice/calls/?period=all&older=1"},
         "/accounts/login/?next=/t/alice/calls/%3Fperiod%3Dall%26older%3D1&out=1"),
        ("get", "calls/", {"referer": "https://helin.example/t/alice/desk/"},
         "/accounts/login/?next=/t/alice/calls/&out=1"),
        ("post", "manage/groups/1/", {"referer": "https://helin.example/t/alice/manage/"},
         "/accounts/login/?next=/t/alice/manage/&out=1"),
        ("post", "manage/groups/1/", {"referer": "https://[evil/"}, "/accounts/login/?"),
        ("get", "calls/", {"referer": "https://evil.example/"},
         "/accounts/login/?next=/t/alice/calls/"),
    ],
)  # fmt: skip
def test_signing_in_again_leads_back(
    method: str, path: str, headers: dict[str, str], url: str
) -> None:
    answer = getattr(Client(headers=headers), method)(f"/t/alice/{path}")
    assert (answer.get("HX-Redirect") or answer["Location"]) == url


@pytest.mark.django_db
def test_a_sign_in_that_is_over_is_said() -> None:
    company = make_company("alice", number="+3726001001")
    company.people["agent"].set_password(PASSWORD)
    company.people["agent"].save()
    client = Client()
    client.force_login(company.people["agent"], ALLAUTH)
    client.session.flush()
    answer = client.get("/t/alice/calls/?period=all", follow=True)
    words = "You were signed out; sign in to go on."
    assert words in answer.content.decode()
    assert words not in client.get("/accounts/login/").content.decode()
    form = {"login": company.people["agent"].email, "password": PASSWORD}
    again = client.post("/accounts/login/", {**form, "next": "/t/alice/calls/?period=all"})
    assert again["Location"] == "/t/alice/calls/?period=all"
    assert 'name="next" value="/t/alice/calls/?period=all"' in answer.content.decode()
