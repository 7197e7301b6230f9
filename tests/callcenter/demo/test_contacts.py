"""Those who call the demo's companies stand in their phonebooks."""

import pytest

from callcenter.demo.services import seed_demo
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.lookup import contacts_of_number
from phonebook.contacts.models import Contact
from phonebook.contacts.permissions import PROGRAM
from phonebook.contacts.selectors import duplicates_in
from phonebook.contacts.services import company_book
from telephony.traffic.people import ANONYMOUS, regulars

pytestmark = pytest.mark.django_db


def test_most_regulars_have_a_name_and_some_are_there_twice() -> None:
    for tenant in seed_demo():
        with tenant_scope(tenant.pk):
            numbers = [one.number for one in regulars() if one.number != ANONYMOUS]
            known = [
                number
                for number in numbers
                if contacts_of_number(number, user_id=None, group_ids=())
            ]
            assert 0.6 * len(numbers) < len(known) < len(numbers)
            assert len(duplicates_in(company_book(), PROGRAM)) >= 2
            assert not Contact.objects.filter(numbers__kind="unreadable").exists()
