"""ldaptor's messages in our words; imported by `run_directory` alone."""

from __future__ import annotations

from typing import Any

from ldaptor.protocols import pureldap

from phonebook.naming.ldap.filters import Both, Either, Filter, Like, Without
from phonebook.naming.ldap.reading import Question

_LONGEST = 200


class NotUnderstood(ValueError):
    """No LDAP, or more of it than a phone needs."""


def said(text: bytes | str) -> str:
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)


def question_of(asked: Any) -> Question:
    """Of an LDAPSearchRequest. Raises NotUnderstood."""
    try:
        return Question(
            base=said(asked.baseObject),
            is_base=asked.scope == pureldap.LDAP_SCOPE_baseObject,
            asked=filter_of(asked.filter),
            size=max(0, int(asked.sizeLimit)),
        )
    except (AttributeError, RecursionError, TypeError) as error:
        raise NotUnderstood from error


def filter_of(found: Any) -> Filter:
    match found:
        case pureldap.LDAPFilter_and():
            return Both(tuple(filter_of(one) for one in found))
        case pureldap.LDAPFilter_or():
            return Either(tuple(filter_of(one) for one in found))
        case pureldap.LDAPFilter_not():
            return Without(filter_of(found.value))
        case pureldap.LDAPFilter_present():
            return Like(said(found.value or b"").lower())
        case pureldap.LDAPFilter_substrings():
            return _substrings(found)
        case pureldap.LDAPFilter_equalityMatch() | pureldap.LDAPFilter_approxMatch():
            attribute = said(found.attributeDesc.value).lower()
            value = said(found.assertionValue.value)[:_LONGEST]
            return Like(attribute, (value,), is_begun=True, is_ended=True)
    raise NotUnderstood


def _substrings(found: Any) -> Like:
    parts = tuple(said(one.value)[:_LONGEST] for one in found.substrings)
    first, last = found.substrings[0], found.substrings[-1]
    return Like(
        said(found.type).lower(),
        parts,
        is_begun=isinstance(first, pureldap.LDAPFilter_substrings_initial),
        is_ended=isinstance(last, pureldap.LDAPFilter_substrings_final),
    )
