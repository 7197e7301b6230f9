"""Directories of others: cached, given up in time, left alone when broken, never believed blindly."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import pytest
from django.core.cache import cache

from callcenter.outbound.addresses import AddressNotRead
from callcenter.tenants.scope import tenant_scope
from phonebook.naming import services
from phonebook.naming.asking import FAILURES_UNTIL_REST, Told, look_up
from phonebook.naming.models import DirectoryQuestion, ExternalDirectory
from phonebook.naming.selectors import explain, rules_here
from phonebook.naming.services import (
    HeaderNotRead,
    NumberMissing,
    change_directory,
    create_directory,
    delete_directory,
)
from tests.cast import Company, make_company
from tests.phonebook.contacts.cast import actor, add
from tests.phonebook.naming.others import Others, serve_others

pytestmark = pytest.mark.django_db
NUMBER = "+37255512345"


@pytest.fixture
def others() -> Generator[Others]:
    with serve_others() as one:
        yield one


@pytest.fixture
def alice(settings: Any) -> Company:
    settings.OUTBOUND_ALLOWED = ["127.0.0.1/32"]
    cache.clear()
    return make_company("alice", number="+3726001001")


def wishes(url: str, **more: Any) -> dict[str, Any]:
    return {"name": "Register", "url": url, "answer": "json", "path": "name", **more}


def make(at: Company, url: str, **more: Any) -> ExternalDirectory:
    with tenant_scope(at.tenant.pk):
        return create_directory(by=actor(at), **wishes(url, **more))


def ask(at: Company, directory: ExternalDirectory, key: str = NUMBER) -> Told:
    with tenant_scope(at.tenant.pk):
        return look_up(directory, key)


def test_a_name_is_asked_once_and_so_is_its_absence(alice: Company, others: Others) -> None:
    others.names[NUMBER] = "Mari Tamm"
    row = make(alice, others.url, header="X-Key", secret="s3cret")
    assert ask(alice, row) == Told("found", "Mari Tamm")
    assert ask(alice, row) == Told("found", "Mari Tamm", is_cached=True)
    assert ask(alice, row, "+37255500000").outcome == "nothing"
    assert ask(alice, row, "+37255500000").is_cached
    assert others.asked == [NUMBER, "+37255500000"]
    assert others.headers[0]["X-Key"] == "s3cret"
    with tenant_scope(alice.tenant.pk):
        log = [(one.key, one.outcome, one.name) for one in DirectoryQuestion.objects.all()]
    assert sorted(log) == [("+37255500000", "nothing", ""), (NUMBER, "found", "Mari Tamm")]


def test_what_was_kept_before_a_change_is_not_used(alice: Company, others: Others) -> None:
    others.names[NUMBER] = "Old"
    row = make(alice, others.url)
    ask(alice, row)
    others.names[NUMBER] = "New"
    with tenant_scope(alice.tenant.pk):
        change_directory(directory=row, by=actor(alice), **wishes(others.url))
    assert ask(alice, row).name == "New"


def test_a_slow_one_is_given_up_in_its_time(alice: Company, others: Others) -> None:
    others.seconds = 3
    row = make(alice, others.url, timeout_ms=200)
    begun = time.monotonic()
    assert ask(alice, row).outcome == "failed"
    assert time.monotonic() - begun < 1


def test_a_broken_one_is_left_alone_and_tried_again(
    alice: Company, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phonebook.naming.asking.REST_SECONDS", 1)
    others.status = 500
    row = make(alice, others.url)
    for number in range(FAILURES_UNTIL_REST):
        assert ask(alice, row, f"+3725550000{number}").outcome == "failed"
    assert ask(alice, row).outcome == "resting"
    assert len(others.asked) == FAILURES_UNTIL_REST
    others.status, others.names[NUMBER] = 200, "Back"
    time.sleep(1.1)
    assert ask(alice, row).name == "Back"
    assert ask(alice, row, "+37255500001").outcome == "nothing"


def test_no_more_questions_a_minute_than_allowed(alice: Company, others: Others) -> None:
    row = make(alice, others.url, per_minute=3)
    told = [ask(alice, row, f"+3725550000{number}").outcome for number in range(6)]
    assert told.count("limited") >= 2  # a minute may turn meanwhile
    assert len(others.asked) <= 4


@pytest.mark.parametrize(
    "answer", [b"<html>", b'{"name": ["x"]}', b'{"name": "' + b"x" * 500 + b'"}', b"x" * 600_000]
)
def test_a_lie_is_no_name(alice: Company, others: Others, answer: bytes) -> None:
    others.answer = answer
    assert ask(alice, make(alice, others.url)).outcome == "failed"


def test_our_own_network_is_not_asked(alice: Company, others: Others, settings: Any) -> None:
    others.redirect = "http://127.0.0.2:1/"
    assert ask(alice, make(alice, others.url)).outcome == "failed"
    settings.OUTBOUND_ALLOWED = []
    told = ask(alice, make(alice, others.url, name="Other"))
    assert told.outcome == "failed"
    assert "127.0.0.1" in told.words
    assert len(others.asked) == 1


def test_a_dead_one_is_no_name(alice: Company) -> None:
    told = ask(alice, make(alice, "http://127.0.0.1:9/?q={digits}"))
    assert (told.outcome, told.name) == ("failed", "")


def test_what_cannot_be_an_address_is_refused(alice: Company) -> None:
    for url, refusal in (
        ("https://a.example/", NumberMissing),
        ("https://{digits}.example/{digits}", NumberMissing),
        ("ftp://a.example/{digits}", AddressNotRead),
    ):
        with pytest.raises(refusal):
            make(alice, url)
    with pytest.raises(HeaderNotRead):
        make(alice, "https://a.example/{digits}", header="Host")


def test_a_key_does_not_follow_to_another_host(alice: Company, others: Others) -> None:
    row = make(alice, others.url, header="X-Key", secret="s3cret")
    with tenant_scope(alice.tenant.pk):
        change_directory(directory=row, by=actor(alice), **wishes(others.url, header="X-Key"))
        assert row.secret
        elsewhere = others.url.replace("127.0.0.1", "localhost")
        change_directory(directory=row, by=actor(alice), **wishes(elsewhere, header="X-Key"))
        assert not row.secret


def test_the_order_decides_between_books_and_directories(alice: Company, others: Others) -> None:
    add(alice, "From the book", NUMBER)
    others.names[NUMBER] = "From the register"
    row = make(alice, others.url)
    ask(alice, row)

    def who() -> list[str]:
        found = explain(NUMBER, rules_here(), user_id=None, group_ids=(), given="CNAM")
        return [one.name for one in found]

    with tenant_scope(alice.tenant.pk):
        assert who() == ["From the book", "From the register", "CNAM"]
        services.take_preset(preset="targad_koned", by=actor(alice))
        assert who() == ["From the register", "From the book", "CNAM"]
        change_directory(directory=row, by=actor(alice), **wishes(others.url, is_active=False))
        assert who() == ["From the book", "CNAM"]
        delete_directory(directory=row, by=actor(alice))
        assert who() == ["From the book", "CNAM"]


def test_another_companys_directories_do_not_exist(alice: Company, others: Others) -> None:
    make(alice, others.url)
    bob = make_company("bob", number="+3726002001")
    with tenant_scope(bob.tenant.pk):
        assert rules_here().directories == {}
        assert not ExternalDirectory.objects.exists()
