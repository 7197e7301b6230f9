"""Contacts are made, changed, deleted, merged, and every step can be taken back."""

import pytest

from callcenter.audit.changes import ChangedSince
from callcenter.audit.models import AuditEntry
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.lookup import BY_DEFAULT, contacts_of_number
from phonebook.contacts.models import Contact, ContactNumber
from phonebook.contacts.permissions import PROGRAM, Reader
from phonebook.contacts.selectors import (
    Cursor,
    deleted_contacts,
    duplicates_in,
    page_of_contacts,
    unread_numbers,
)
from phonebook.contacts.services import (
    change_contact,
    company_book,
    create_contact,
    delete_contact,
    group_book,
    merge_contacts,
    normalise_contacts,
    personal_book,
    restore_contact,
    undo_contact_change,
)
from phonebook.contacts.services.contacts import EmailNotRead, NobodyNamed, NumberNotRead
from phonebook.contacts.services.merging import NothingToMerge
from tests.cast import Company, make_company
from tests.phonebook.contacts.cast import actor, add, draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


@pytest.mark.parametrize(
    "spelt", ["+372 5551 2345", "00372 55512345", "5551-2345", "372 5551 2345"]
)
def test_a_number_is_found_however_it_is_spelt(alice: Company, spelt: str) -> None:
    one = add(alice, "Mari Tamm", spelt)
    with tenant_scope(alice.tenant.pk):
        [found] = contacts_of_number("+37255512345", user_id=None, group_ids=())
    assert (found.contact_id, found.shown_name, found.entered) == (one.pk, "Mari Tamm", spelt)


def test_sources_come_in_their_order_and_only_to_whom_they_belong(alice: Company) -> None:
    agent, manager = alice.people["agent"].pk, alice.people["manager"].pk
    with tenant_scope(alice.tenant.pk):
        mine, groups = personal_book(user_id=agent), group_book(group=alice.group)
    add(alice, "By the company", "5551 2345")
    add(alice, "By the group", "5551 2345", book=groups)
    add(alice, "By myself", "5551 2345", book=mine, role="agent")
    add(alice, "Kept private", "5551 2345", role="agent", visibility="private")

    def found(user: int | None, groups: tuple[int, ...], *order: str) -> list[str]:
        with tenant_scope(alice.tenant.pk):
            rows = contacts_of_number(
                "+37255512345", user_id=user, group_ids=groups,
                order=order or BY_DEFAULT,
            )  # fmt: skip
            return [one.name for one in rows]

    assert found(agent, (alice.group.pk,)) == [
        "By myself", "By the group", "Kept private", "By the company",
    ]  # fmt: skip
    assert found(manager, ()) == ["By the company"]
    assert found(None, (alice.group.pk,), "company", "group", "personal") == [
        "By the company", "By the group",
    ]  # fmt: skip
    bob = make_company("bob", number="+3726001002")
    with tenant_scope(bob.tenant.pk):
        assert contacts_of_number("+37255512345", user_id=agent, group_ids=()) == []


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [(draft(""), NobodyNamed), (draft("Mari", "12345678901234567890"), NumberNotRead),
     (draft("Mari", email="mari(at)example"), EmailNotRead)],
)  # fmt: skip
def test_nonsense_is_refused_in_words(alice: Company, wanted: object, refusal: type) -> None:
    with tenant_scope(alice.tenant.pk), pytest.raises(refusal):
        create_contact(book=company_book(), draft=wanted, by=actor(alice))  # type: ignore[arg-type]
    with tenant_scope(alice.tenant.pk):
        assert not Contact.objects.exists()


def test_what_was_deleted_is_found_by_nobody_and_can_be_restored(alice: Company) -> None:
    one = add(alice, "Mari Tamm", "5551 2345")
    with tenant_scope(alice.tenant.pk):
        delete_contact(contact=one, by=actor(alice))
        assert contacts_of_number("+37255512345", user_id=None, group_ids=()) == []
        assert deleted_contacts(PROGRAM) == [one]
        restore_contact(contact=one, by=actor(alice))
        assert len(contacts_of_number("+37255512345", user_id=None, group_ids=())) == 1


def test_a_change_is_undone_from_the_audit_log_unless_changed_since(alice: Company) -> None:
    one = add(alice, "Mari Tamm", "5551 2345", "6001 234")
    with tenant_scope(alice.tenant.pk):
        change_contact(contact=one, draft=draft("Liis Kask", "5559 9999"), by=actor(alice))
        entry = AuditEntry.objects.get(action="contact.changed")
        assert entry.before["name"] == "Mari Tamm"
        undo_contact_change(entry=entry, by=actor(alice))
        one.refresh_from_db()
        assert one.name == "Mari Tamm"
        assert [n.key for n in one.numbers.all()] == ["+37255512345", "+3726001234"]
        with pytest.raises(ChangedSince):
            undo_contact_change(entry=entry, by=actor(alice))


def test_merging_keeps_everything_and_can_be_undone(alice: Company) -> None:
    first = add(alice, "Mari Tamm", "5551 2345", note="calls early")
    second = add(alice, "Tamm, M.", "+372 5551 2345", "6001 234", email="m@example.com", note="VIP")
    with tenant_scope(alice.tenant.pk):
        [pair] = duplicates_in(first.book, PROGRAM)
        assert {one.pk for one in pair.contacts} == {first.pk, second.pk}
        merge_contacts(contacts=[first, second], by=actor(alice))
        [left] = Contact.objects.filter(deleted_at=None)
        assert (left.pk, left.name, left.email) == (first.pk, "Mari Tamm", "m@example.com")
        assert left.note == "calls early\nVIP"
        assert [n.entered for n in left.numbers.all()] == ["5551 2345", "6001 234"]
        assert duplicates_in(first.book, PROGRAM) == []
        with pytest.raises(NothingToMerge):
            merge_contacts(contacts=[first, second], by=actor(alice))
        undo_contact_change(entry=AuditEntry.objects.get(action="contact.merged"), by=actor(alice))
        assert Contact.objects.filter(deleted_at=None).count() == 2
        first.refresh_from_db()
        assert (first.email, first.numbers.count()) == ("", 1)


def test_the_audit_log_does_not_tell_what_is_private(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        book = personal_book(user_id=alice.people["agent"].pk)
    one = add(alice, "Secret Tamm", "5551 2345", book=book, role="agent")
    with tenant_scope(alice.tenant.pk):
        change_contact(contact=one, draft=draft("Secret Kask"), by=actor(alice, "agent"))
        told = str(list(AuditEntry.objects.values()))
    assert "Secret" not in told
    assert "contact_secret.changed" in told


def test_all_numbers_are_read_again_when_the_country_changes(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        add(alice, "Mari Tamm", "5551 2345")
        Tenant.objects.filter(pk=alice.tenant.pk).update(country="DE")
        ContactNumber.objects.create(
            contact=Contact.objects.get(), entered="12 of these 3456789", kind="unreadable"
        )
        found = normalise_contacts(by=actor(alice))
        assert (found.contacts, found.changed, found.unread) == (1, 1, 1)
        keys = ContactNumber.objects.values_list("key", flat=True)
        assert sorted(keys) == ["", "+4955512345"]
        assert [one.entered for one in unread_numbers(PROGRAM)] == ["12 of these 3456789"]


def test_rights_go_by_the_kind_of_book(alice: Company) -> None:
    agent = alice.people["agent"].pk
    with tenant_scope(alice.tenant.pk):
        mine, group, company = (
            personal_book(user_id=agent), group_book(group=alice.group), company_book(),
        )  # fmt: skip
        member = Reader(agent, frozenset({alice.group.pk}), frozenset(), manages_company=False)
        stranger = Reader(agent + 1, frozenset(), frozenset(), manages_company=False)
        leader = Reader(agent + 2, frozenset(), frozenset({alice.group.pk}), manages_company=False)
        boss = Reader(agent + 3, frozenset(), None, manages_company=True)
        own = add(alice, "A", book=company, role="agent")
        others = add(alice, "B", book=company)
        hidden = add(alice, "C", book=company, role="agent", visibility="private")
    assert [one.reads(mine) for one in (member, stranger, leader, boss)] == [
        True,
        False,
        False,
        False,
    ]
    assert [one.reads(group) for one in (member, stranger, leader, boss)] == [
        True,
        False,
        True,
        True,
    ]
    assert [one.adds_to(group) for one in (member, stranger, leader, boss)] == [
        False,
        False,
        True,
        True,
    ]
    assert all(one.adds_to(company) for one in (member, stranger, leader, boss))
    assert [one.changes(own) for one in (member, stranger, boss)] == [True, False, True]
    assert [one.changes(others) for one in (member, stranger, boss)] == [False, False, True]
    assert [one.sees(hidden) for one in (member, stranger, boss)] == [True, False, False]


@pytest.mark.parametrize("count", [1, 7])
def test_the_list_is_paged_and_bounded_in_queries(
    alice: Company, count: int, django_assert_num_queries: object
) -> None:
    for n in range(count):
        add(alice, f"Person {n}", "5551 2345")
    with tenant_scope(alice.tenant.pk):
        book = company_book()
        with django_assert_num_queries(2):  # type: ignore[operator]
            page = page_of_contacts(PROGRAM, book, size=3)
            [list(one.numbers.all()) for one in page.contacts]
        seen = [one.name for one in page.contacts]
        while page.next:
            page = page_of_contacts(PROGRAM, book, Cursor.read(str(page.next)), size=3)
            seen += [one.name for one in page.contacts]
    assert seen == [f"Person {n}" for n in range(count)]
    assert Cursor.read("nonsense") is None
