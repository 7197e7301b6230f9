"""The frame of every page: ways, company switch, theme."""

from __future__ import annotations

import pytest
from django.test import Client

from callcenter.accounts.models import Membership
from callcenter.templatetags.frame import initials
from callcenter.tenants.scope import tenant_scope
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db


def page_of(company: Company, role: str, path: str, **cookies: str) -> str:
    client = Client()
    client.force_login(company.people[role], "allauth.account.auth_backends.AuthenticationBackend")
    for name, value in cookies.items():
        client.cookies[name] = value
    return client.get(f"/t/{company.tenant.slug}/{path}").content.decode()


def test_the_rail_leads_only_where_the_person_may_go() -> None:
    alices = make_company("alice", number="+3726001000")
    by_agent = page_of(alices, "agent", "desk/")
    assert 'href="/t/alice/desk/"' in by_agent
    assert 'href="/t/alice/live/"' not in by_agent
    assert 'href="/t/alice/manage/"' not in by_agent
    by_manager = page_of(alices, "manager", "live/")
    assert 'href="/t/alice/live/"' in by_manager
    assert 'href="/t/alice/manage/"' in by_manager


def test_what_belongs_to_a_room_shows_the_room() -> None:
    alices = make_company("alice", number="+3726001000")
    here = 'href="/t/alice/phonebook/" title="Phonebook" data-key="g o" data-key-word="Phonebook" '
    for path in ("phonebook/", "naming/", "card/setup/"):
        assert f'{here}aria-current="page"' in page_of(alices, "manager", path), path
    assert f'{here}aria-current="page"' not in page_of(alices, "manager", "calls/")


def test_people_of_several_companies_can_change_between_them() -> None:
    alices = make_company("alice", number="+3726001000")
    bobs = make_company("bob", number="+3726002000")
    assert 'href="/t/bob/"' not in page_of(alices, "agent", "desk/")
    with tenant_scope(bobs.tenant.pk):
        Membership.objects.create(user=alices.people["agent"], role="agent")
    assert 'href="/t/bob/"' in page_of(alices, "agent", "desk/")


def test_the_theme_is_in_the_first_byte_and_nonsense_is_not() -> None:
    alices = make_company("alice", number="+3726001000")
    assert '<html lang="en" data-theme="dark">' in page_of(alices, "agent", "desk/", theme="dark")
    assert '<html lang="en">' in page_of(alices, "agent", "desk/", theme="auto")
    assert "x-onload" not in page_of(alices, "agent", "desk/", theme='"x-onload="')


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Mari Tamm", "MT"), ("Alice", "A"), ("Jaan von der Linde", "JL"), ("", ""), ("-", "")],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters
