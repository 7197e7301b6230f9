"""LDAP: people of a directory, page by page."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext
from ldap3 import AUTO_BIND_NO_TLS, NONE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException

from callcenter.outbound.addresses import pin
from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.sources.carddav import SourceFailed

PAGE = 500
MOST = 200_000
SECONDS = 20
FILTER = "(|(telephoneNumber=*)(mobile=*)(homePhone=*))"
_ATTRIBUTES = (
    "cn", "displayName", "givenName", "sn", "o", "company", "title", "mail", "telephoneNumber",
    "mobile", "homePhone", "facsimileTelephoneNumber", "postalAddress", "entryUUID", "objectGUID",
    "uid",
)  # fmt: skip
_NUMBERS = (
    ("telephoneNumber", "work"), ("mobile", "mobile"), ("homePhone", "home"),
    ("facsimileTelephoneNumber", "fax"),
)  # fmt: skip


def read_ldap(
    url: str, username: str, secret: str, settings: Mapping[str, Any]
) -> Iterator[ContactDraft | str]:
    """`settings`: `base` and `filter`. Raises SourceFailed, AddressRefused."""
    where = pin(url, ("ldap", "ldaps"))
    is_safe = where.scheme == "ldaps"
    # connected to by number; the certificate is held against the name
    tls = Tls(validate=ssl.CERT_REQUIRED, valid_names=[where.host], sni=where.host)
    server = Server(
        where.ip, where.port, use_ssl=is_safe, tls=tls if is_safe else None, get_info=NONE,
        connect_timeout=SECONDS,
    )  # fmt: skip
    try:
        link = Connection(
            server, username or None, secret or None, auto_bind=AUTO_BIND_NO_TLS, read_only=True,
            receive_timeout=SECONDS, auto_referrals=False, raise_exceptions=False,
            check_names=False,
        )  # fmt: skip
    except LDAPException as error:
        words = gettext("The directory cannot be entered: %(why)s")
        raise SourceFailed(words % {"why": str(error)[:200]}) from error
    try:
        yield from _people(link, settings)
    except LDAPException as error:
        words = gettext("The directory cannot be searched: %(why)s")
        raise SourceFailed(words % {"why": str(error)[:200]}) from error
    finally:
        link.unbind()


def _people(link: Connection, settings: Mapping[str, Any]) -> Iterator[ContactDraft]:
    cookie: Any = None
    count = 0
    while True:
        link.search(
            search_base=settings.get("base", ""),
            search_filter=settings.get("filter") or FILTER,
            search_scope=SUBTREE,
            attributes=list(_ATTRIBUTES),
            paged_size=PAGE,
            paged_cookie=cookie,
        )
        if link.result["result"] not in (0, 4):  # 4: it gives no more than so many
            raise SourceFailed(
                gettext("The directory refuses the search: %(why)s")
                % {"why": link.result.get("description", "")}
            )
        for entry in link.response or ():
            if entry.get("type") == "searchResEntry":
                yield _draft(str(entry["dn"]), entry["attributes"])
                count += 1
        controls = link.result.get("controls", {})
        cookie = controls.get("1.2.840.113556.1.4.319", {}).get("value", {}).get("cookie")
        if not cookie or count >= MOST:
            return


def _draft(dn: str, attributes: Mapping[str, Any]) -> ContactDraft:
    def first(*names: str) -> str:
        for name in names:
            values = _values(attributes, name)
            if values:
                return values[0]
        return ""

    parts = f"{first('givenName')} {first('sn')}" if first("givenName") else ""
    return ContactDraft(
        name=first("displayName") or parts or first("cn"),
        company=first("company", "o"),
        job_title=first("title"),
        email=first("mail"),
        address=first("postalAddress").replace("$", "\n"),
        external_id=(first("entryUUID", "objectGUID", "uid") or dn)[-200:],
        numbers=tuple(
            NumberDraft(value, kind)
            for name, kind in _NUMBERS
            for value in _values(attributes, name)
        ),
    )


def _values(attributes: Mapping[str, Any], name: str) -> list[str]:
    found = attributes.get(name) or []
    values = found if isinstance(found, list | tuple) else [found]
    return [
        one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in values
    ]
