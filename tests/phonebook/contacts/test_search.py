"""Found by any part of a name or number, accents and slips forgiven, and never past the wall."""

import pytest
from django.db import ProgrammingError, connection, transaction

from callcenter.tenants.scope import system_scope, tenant_scope
from phonebook.contacts.permissions import PROGRAM, Reader
from phonebook.contacts.search import search_contacts, slips
from phonebook.contacts.services import change_contact, delete_contact, personal_book
from tests.cast import Company, make_company
from tests.phonebook.contacts.cast import actor, add, draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


@pytest.fixture
def bob() -> Company:
    return make_company("bob", number="+3726001002")


def names(company: Company, text: str, reader: Reader = PROGRAM) -> list[str]:
    with tenant_scope(company.tenant.pk):
        hits = search_contacts(text, reader, company.tenant.country)
        return [str(one) for one in hits.contacts]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("mari", True), ("MARI TAMM", True), ("tamm mari", True), ("amm", True), ("õun", False),
        ("tamm oü", True), ("puit", True), ("55512", True), ("5551 2345", True), ("+372 5551", True),
        ("2345", True), ("345", True), ("003725551", True), ("m", True), ("ma", True),
        ("tam", True), ("tamn", True), ("xyzzy", False), ("999", False),
    ],
)  # fmt: skip
def test_a_person_is_found(alice: Company, typed: str, found: bool) -> None:
    add(alice, "Mari Tamm", "+372 5551 2345", "6001 234", company="Puit OÜ")
    assert (names(alice, typed) == ["Mari Tamm"]) is found


@pytest.mark.parametrize(
    "typed", ["muller", "Müller", "mueller", "Muessig", "mussig", "jurgen gmbh"]
)
def test_accents_do_not_matter(alice: Company, typed: str) -> None:
    add(alice, "Jürgen Müller-Müßig", company="Käfer GmbH")
    assert names(alice, typed) == ["Jürgen Müller-Müßig"]


def test_a_company_without_a_person_is_found_with_all_its_numbers(alice: Company) -> None:
    add(alice, "", "6001 111", "6001 222", company="Ehitus AS")
    with tenant_scope(alice.tenant.pk):
        [one] = search_contacts("ehit", PROGRAM, "EE").contacts
        assert [number.entered for number in one.numbers.all()] == ["6001 111", "6001 222"]


def test_what_begins_so_comes_first(alice: Company) -> None:
    add(alice, "Tamara Kask")
    add(alice, "Otto Martens")
    add(alice, "Martin Saar")
    assert names(alice, "mart") == ["Martin Saar", "Otto Martens"]


def test_a_slip_is_said_to_be_a_guess(alice: Company) -> None:
    add(alice, "Kristjan Raudsepp")
    with tenant_scope(alice.tenant.pk):
        assert not search_contacts("raudsepp", PROGRAM, "EE").is_guess
        hits = search_contacts("raudespp", PROGRAM, "EE")
        assert [str(one) for one in hits.contacts] == ["Kristjan Raudsepp"]
        assert hits.is_guess


def test_changed_and_deleted_contacts_are_found_no_more_by_what_they_were(alice: Company) -> None:
    one = add(alice, "Mari Tamm", "5551 2345")
    with tenant_scope(alice.tenant.pk):
        change_contact(contact=one, draft=draft("Liis Kask", "5559 9999"), by=actor(alice))
    assert names(alice, "mari") == names(alice, "55512345") == []
    assert names(alice, "liis") == names(alice, "55599999") == ["Liis Kask"]
    with tenant_scope(alice.tenant.pk):
        delete_contact(contact=one, by=actor(alice))
    assert names(alice, "liis") == []


def test_another_company_and_another_person_find_nothing(alice: Company, bob: Company) -> None:
    add(alice, "Mari Tamm", "5551 2345")
    user = alice.people["agent"].pk
    with tenant_scope(alice.tenant.pk):
        book = personal_book(user_id=user)
    add(alice, "Secret Tamm", book=book, role="agent")
    add(alice, "Private Tamm", role="agent", visibility="private")
    owner = Reader(user, frozenset(), frozenset(), manages_company=False)
    assert names(bob, "tamm") == names(bob, "tamn") == []
    assert names(alice, "tamm") == ["Mari Tamm"]
    assert sorted(names(alice, "tamm", owner)) == ["Mari Tamm", "Private Tamm", "Secret Tamm"]


def test_the_index_itself_tells_nobody_anything(alice: Company, bob: Company) -> None:
    one = add(alice, "Mari Tamm", "5551 2345")
    ask = 'SELECT contact_id FROM contact_search.find(\'[{"text": ["%%tamm%%"], "digits": []}]\', \'\', %s, NULL, 9)'
    with connection.cursor() as cursor:
        with tenant_scope(alice.tenant.pk):
            cursor.execute(ask, [[one.book_id]])
            assert set(cursor.fetchall()) == {(one.pk,)}
        with tenant_scope(bob.tenant.pk):
            cursor.execute(ask, [[one.book_id]])
            assert cursor.fetchall() == []
            cursor.execute("SELECT contact_search.alike('tam', 9)")
            assert cursor.fetchall() == []
        with system_scope("nobody searches all companies"):
            cursor.execute(ask, [[one.book_id]])
            assert cursor.fetchall() == []
            for table in ("entry", "word"):
                with (
                    pytest.raises(ProgrammingError, match="permission denied"),
                    transaction.atomic(),
                ):
                    cursor.execute(f"TABLE contact_search.{table}")


@pytest.mark.parametrize(
    "typed", ["%", "_", "'", "\\", "%%%", "a'b\"c", "{}", "😀😀😀", "{seen}", "$1 {x}"]
)
def test_signs_are_no_commands(alice: Company, typed: str) -> None:
    add(alice, "Mari Tamm", "5551 2345")
    assert names(alice, typed) == []


@pytest.mark.parametrize(
    ("typed", "word", "count"),
    [("tamm", "tamm", 0), ("tamn", "tamm", 1), ("mrai", "mari", 1), ("raudse", "raudsepp", 0),
     ("radusep", "raudsepp", 1), ("kask", "saar", 3)],
)  # fmt: skip
def test_slips(typed: str, word: str, count: int) -> None:
    assert slips(typed, word) == count
