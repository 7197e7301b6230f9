"""Contacts of the demo's companies: those who call them, so that calls have names."""

from __future__ import annotations

from random import Random

from callcenter.accounts.models import User
from callcenter.groups.models import AgentGroup
from phonebook.contacts.drafts import ContactDraft, NumberDraft, tidy
from phonebook.contacts.services import company_book, group_book
from phonebook.contacts.services.rows import insert_contacts
from telephony.traffic.people import ANONYMOUS, Person, regulars

_FIRMS = {
    "+372": ("Puit OÜ", "Meretuul AS", "Kadaka Pagar", "Õunapuu Aiand", "Põhjatäht OÜ", ""),
    "+49": ("Käfer GmbH", "Weiß & Söhne", "Bäckerei Groß", "Müßig KG", "Sägewerk Jäger", ""),
    "+39": ("Caffè Nardò", "Officine Cantù", "Pasticceria Forlì", "Vini Bassanì", ""),
}
_KNOWN = 0.8  # the others call as strangers


def seed_contacts(country: str, admin_email: str) -> None:
    """The same people each time. Some are a group's, and a few are there twice, to be merged."""
    draw = Random(f"contacts of {country}")  # noqa: S311 - invented people, no secret
    known = [one for one in regulars() if one.number != ANONYMOUS and draw.random() < _KNOWN]
    admin = User.objects.get(email=admin_email)
    drafts = [one for one in (_draft(person, draw) for person in known) if one.shown_name]
    insert_contacts(company_book(), drafts, creator_id=admin.pk, country=country)
    again = [
        tidy(ContactDraft(name=one.name, numbers=one.numbers[:1], email="")) for one in drafts[:2]
    ]
    insert_contacts(company_book(), again, creator_id=admin.pk, country=country)
    group = AgentGroup.objects.order_by("pk").first()
    if group is not None:
        insert_contacts(group_book(group=group), drafts[-3:], creator_id=admin.pk, country=country)


def _draft(person: Person, draw: Random) -> ContactDraft:
    prefix = next((one for one in _FIRMS if person.number.startswith(one)), "+372")
    firm = draw.choice(_FIRMS[prefix])
    numbers = [NumberDraft(person.number, "mobile")]
    if firm and draw.random() < 0.4:
        numbers.append(NumberDraft(f"{prefix}{_OFFICE[prefix]}{draw.randrange(100):02d}", "work"))
    return tidy(ContactDraft(name=person.name, company=firm, numbers=tuple(numbers)))


_OFFICE = {"+372": "60012", "+49": "302312500", "+39": "0655550"}
