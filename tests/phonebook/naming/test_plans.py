"""Whose number it is costs the same however many contacts the book has, planned with values or not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db import connection

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts import lookup
from phonebook.contacts.models import Contact, ContactNumber
from phonebook.contacts.services import company_book
from phonebook.naming import local

APP_ROLE = "helin_app"
pytestmark = pytest.mark.django_db
TENANTS, CONTACTS = 8, 400
VALUES = {
    "tenant": ("bigint", ""), "keys": ("text[]", "'{+37255500007}'"), "user": ("bigint", "1"),
    "users": ("bigint[]", "'{1,2}'"), "groups": ("bigint[]", "'{1,2}'"),
    "order": ("text[]", "'{personal,group,company}'"), "most": ("bigint", "10"),
}  # fmt: skip


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


@pytest.fixture
def tenant_id() -> int:
    """One of several companies with a book full of contacts, of which the planner knows."""
    for n in range(TENANTS):
        tenant = Tenant.objects.create(slug=f"acme{n}", name="Acme")
        with tenant_scope(tenant.pk):
            book = company_book()
            Contact.objects.bulk_create(
                Contact(book=book, name="Bob", sort_name="bob") for _ in range(CONTACTS)
            )
            ids = Contact.objects.values_list("pk", flat=True)
            ContactNumber.objects.bulk_create(
                ContactNumber(contact_id=pk, kind="telephone", key=f"+372555{place:05d}")
                for place, pk in enumerate(ids)
            )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")  # who only uses tables may not analyze them
        cursor.execute("ANALYZE phonebook_contact, phonebook_contactnumber, phonebook_phonebook")
        cursor.execute(f"SET LOCAL ROLE {APP_ROLE}")
    return tenant.pk


@pytest.mark.parametrize("sql", [lookup._SQL, local._SQL], ids=["lookup", "local"])
@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
def test_no_contact_is_read_but_who_has_the_number(tenant_id: int, sql: str, mode: str) -> None:
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", sql)))
    for place, name in enumerate(names, 1):
        sql = sql.replace(f"%({name})s", f"${place}")
    values = [VALUES[name][1] or str(tenant_id) for name in names]
    with tenant_scope(tenant_id), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL plan_cache_mode = {mode}")
        cursor.execute(f"PREPARE asked({', '.join(VALUES[name][0] for name in names)}) AS {sql}")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked({', '.join(values)})")
        (found,) = cursor.fetchone()
        cursor.execute("DEALLOCATE asked")
    (explained,) = found if isinstance(found, list) else json.loads(found)
    contacts = [
        node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0)
        for node in nodes(explained["Plan"])
        if node.get("Relation Name") == "phonebook_contact"
    ]
    assert explained["Plan"]["Actual Rows"] == 1
    assert contacts == [1]
