"""Requests that nobody's browser sends: refused in words, never a failure of Helin's."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Company, make_company, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


def signed_in(company: Company, role: str) -> Client:
    client = Client()
    client.force_login(company.people[role])
    return client


@pytest.mark.parametrize(
    "page",
    ["people/?q=", "manage/phones/?q=", "manage/audit/?since=", "calls/?number=", "find/?q=a"],
)
def test_a_nul_in_the_address(alice: Company, page: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = signed_in(alice, "admin").get(f"/t/alice/{page}%00b")
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.content.decode()
    assert not [said for said in caplog.records if said.levelname == "ERROR"]


def test_a_nul_in_the_address_of_operators_and_programs() -> None:
    operator = Client()
    operator.force_login(make_user("operator@helin.example", operator=True))
    assert operator.get("/operator/?q=%00").status_code == 400
    assert "detail" in Client().get("/api/v1/calls/?number=%00").json()


@pytest.mark.parametrize("path", ["%00/", "%00/calls/", "a%00b/desk/", "alice/calls/%00/"])
def test_a_nul_in_the_path(alice: Company, path: str) -> None:
    assert signed_in(alice, "admin").get(f"/t/{path}").status_code == 404


@pytest.mark.parametrize("path", ["/%00/", "/api/v1/%00/", "/compat/a%00b/call-init.php"])
def test_a_nul_in_the_path_of_nobody(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_a_nul_in_a_cookie(alice: Company) -> None:
    client = Client()
    client.cookies["sessionid"] = "abcdefgh\0ijklmnop"
    assert "login" in client.get("/t/alice/calls/")["Location"]


@pytest.mark.parametrize("page", ["manage/audit/", "calls/"])
@pytest.mark.parametrize("dates", ["until=9999-12-31", "since=0001-01-01", "since=9999-12-31"])
def test_the_first_and_last_day_of_all(alice: Company, page: str, dates: str) -> None:
    assert signed_in(alice, "admin").get(f"/t/alice/{page}?{dates}").status_code == 200


def test_a_form_with_an_old_token_says_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@b.example"})
    assert answer.status_code == 403
    assert "reload the page" in answer.content.decode()
