"""`manage.py normalise_numbers`: all numbers of a company read again, and what cannot be read told."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from callcenter.audit.models import AuditEntry
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.lookup import contacts_of_number
from phonebook.contacts.models import ContactNumber
from tests.cast import Company, make_company
from tests.phonebook.contacts.cast import add

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Company:
    """Numbers as another program left them in the table: unread, each as it was entered."""
    company = make_company("alice", number="+3726001001")
    for name, entered in (("Mari", "5551 2345"), ("Jaan", "(+372) 5551-0000"), ("=Kim", "5551 1")):
        one = add(company, name, "600 1111", company="Puit")
        with tenant_scope(company.tenant.pk):
            one.numbers.update(entered=entered, key="", kind="unreadable")
    with tenant_scope(company.tenant.pk):
        ContactNumber.objects.filter(entered="5551 1").update(entered="12 of these 3456789")
    return company


def run(*options: str) -> tuple[list[list[str]], str]:
    out, told = io.StringIO(), io.StringIO()
    call_command("normalise_numbers", "--tenant", "alice", *options, stdout=out, stderr=told)
    return list(csv.reader(io.StringIO(out.getvalue()))), told.getvalue().strip()


def keys(company: Company) -> list[str]:
    with tenant_scope(company.tenant.pk):
        return sorted(ContactNumber.objects.values_list("key", flat=True))


def test_a_dry_run_changes_nothing(alice: Company) -> None:
    rows, told = run("--dry-run")
    assert told.startswith(
        "3 contacts read: 2 would be kept otherwise, 1 numbers could not be read"
    )
    assert [row[1:] for row in rows] == [
        ["name", "company", "phonebook", "type", "number"],
        ["'=Kim", "Puit", "Company", "mobile", "12 of these 3456789"],
    ]
    assert keys(alice) == ["", "", ""]
    with tenant_scope(alice.tenant.pk):
        assert not AuditEntry.objects.filter(action="phonebook.normalised").exists()


def test_twice_is_as_once(alice: Company, tmp_path: Path) -> None:
    bob = make_company("bob", number="+3726001002")
    theirs = add(bob, "Bob's", "5551 2345")
    with tenant_scope(bob.tenant.pk):
        theirs.numbers.update(key="", kind="unreadable")
    report = tmp_path / "unread.csv"
    _rows, told = run("--report", str(report))
    assert "2 kept otherwise now, 1 numbers" in told
    assert keys(alice) == ["", "+37255510000", "+37255512345"]
    assert "12 of these 3456789" in report.read_text(encoding="utf-8-sig")
    with tenant_scope(alice.tenant.pk):
        [found] = contacts_of_number("+37255512345", user_id=None, group_ids=())
        assert found.name == "Mari"
        assert AuditEntry.objects.filter(action="phonebook.normalised").exists()
    assert "0 kept otherwise now" in run()[1]
    assert keys(bob) == [""], "another company's are its own matter"


def test_national_numbers_of_another_country(alice: Company) -> None:
    assert "2 kept otherwise now" in run("--country", "de")[1]
    assert keys(alice) == ["", "+37255510000", "+4955512345"]
    with pytest.raises(CommandError, match="no country"):
        run("--country", "Atlantis")
    with pytest.raises(CommandError, match="no company"):
        call_command("normalise_numbers", "--tenant", "nobody")
    with pytest.raises(CommandError, match="cannot be written"):
        run("--report", "/nowhere/at/all.csv")
