"""A contact as phones read it by LDAP (inetOrgPerson, RFC 2798). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from phonebook.contacts.models import Contact

_NUMBERS = {"mobile": "mobile", "home": "homePhone", "fax": "facsimileTelephoneNumber"}
_DIALLED = {"telephone", "extension", "service"}


@dataclass(frozen=True, slots=True)
class Entry:
    """`attributes` by their name as it is written."""

    dn: str
    attributes: dict[str, tuple[str, ...]]

    @property
    def by_small_name(self) -> dict[str, tuple[str, ...]]:
        return {name.lower(): values for name, values in self.attributes.items()}


def suffix_of(slug: str) -> str:
    """Under what a company's contacts stand; phones call it the base."""
    return f"dc={slug}"


def company_entry(slug: str, name: str) -> Entry:
    attributes = {"objectClass": ("top", "dcObject", "organization"), "dc": (slug,), "o": (name,)}
    return Entry(suffix_of(slug), attributes)


def entry_of(contact: Contact, slug: str) -> Entry:
    name = _line(str(contact))
    first, _space, last = name.rpartition(" ")
    attributes: dict[str, tuple[str, ...]] = {
        "objectClass": ("top", "person", "organizationalPerson", "inetOrgPerson"),
        "uid": (str(contact.pk),),
        "cn": (name,),
        "sn": (last,),
        "displayName": (name,),
        "givenName": (first,),
        "o": (_line(contact.company),),
        "title": (_line(contact.job_title),),
        "mail": (_line(contact.email),),
        "ou": (_line(str(contact.book)),),
    }
    for number in contact.numbers.all():
        if number.key and number.kind in _DIALLED:
            kind = _NUMBERS.get(number.type, "telephoneNumber")
            attributes[kind] = (*attributes.get(kind, ()), number.key)
    given = {key: tuple(filter(None, values)) for key, values in attributes.items()}
    return Entry(
        f"uid={contact.pk},{suffix_of(slug)}", {key: one for key, one in given.items() if one}
    )


def _line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
