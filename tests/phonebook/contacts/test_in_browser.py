"""The phonebook in a real browser: by keyboard, on a phone's width, from the top bar's box."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.models import Contact
from tests.cast import Company, make_company
from tests.phonebook.contacts.cast import add

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def alices() -> Company:
    company = make_company("alice", number="+3726001000")
    add(company, "Mari Tamm", "5551 2345", "600 1234", company="Puit OÜ", email="mari@puit.example")
    add(company, "Jürgen Müßig", "+49 30 2312 5001", company="Käfer GmbH")
    add(company, "", "600 1299", company="Ehitus AS")
    return company


@pytest.fixture
def book(alices: Company, page: Page, web_url: str) -> Generator[Page]:
    """The phonebook of Alice's admin at a phone's width; any complaint of the browser fails the test."""
    client = Client()
    client.force_login(alices.people["admin"], BACKEND)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": web_url}])
    page.set_viewport_size({"width": 360, "height": 740})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    page.goto(f"{web_url}/t/alice/phonebook/")
    yield page
    assert complaints == []


def fits(page: Page) -> bool:
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(page.evaluate(wide))


def test_somebody_is_found_as_one_types_and_opened_in_the_drawer(book: Page) -> None:
    field = book.get_by_role("searchbox", name="Find", exact=True)
    field.press_sequentially("2345")
    expect(book.locator("#contacts tbody tr")).to_have_count(1)
    expect(book.locator("#contacts")).to_contain_text("600 1234")
    assert "q=2345" in book.url
    book.get_by_role("link", name="Mari Tamm", exact=True).click()
    drawer = book.locator("#contact-drawer")
    expect(drawer).to_be_visible()
    expect(drawer.get_by_role("link", name="Call 5551 2345")).to_have_attribute(
        "href", "tel:+37255512345"
    )
    assert fits(book)


def test_the_box_picks_a_contact_by_keyboard_and_makes_a_new_one(
    book: Page, alices: Company
) -> None:
    book.set_viewport_size({"width": 1440, "height": 900})
    book.keyboard.press("/")
    book.keyboard.type("muessig")
    expect(book.locator("#found [role=option]").first).to_contain_text("Jürgen Müßig")
    book.keyboard.press("Enter")
    expect(book.get_by_role("heading", name="Jürgen Müßig")).to_be_visible()
    book.keyboard.press("/")
    book.keyboard.type("Liis Kask")
    expect(book.locator("[data-found-new]")).to_be_visible()
    book.keyboard.press("+")
    expect(book.locator("#id_name")).to_have_value("Liis Kask")
    book.locator("#id_numbers-0-number").fill("5551 7777")
    book.get_by_role("button", name="Another number").press("Enter")
    book.keyboard.type("5551 8888")
    book.keyboard.press("Enter")
    expect(book.get_by_role("heading", name="Liis Kask")).to_be_visible()
    with tenant_scope(alices.tenant.pk):
        made = Contact.objects.get(name="Liis Kask")
        assert sorted(number.key for number in made.numbers.all()) == [
            "+37255517777", "+37255518888",
        ]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["", "new/", "duplicates/", "import/", "books/", "numbers/", "sources/new/", "?q=zzz"]
)
def test_every_page_fits_a_phone(book: Page, web_url: str, path: str) -> None:
    book.goto(f"{web_url}/t/alice/phonebook/{path}")
    assert fits(book)
