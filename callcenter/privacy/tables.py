"""The sweep over every other table of a company: whatever text there names the person's numbers.

What is looked at is not listed but found: every text of every table that belongs to a company,
unless it is named here. So a table that is added later is swept too.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection, models

from callcenter.agents.models import Device
from callcenter.groups.models import Number
from callcenter.tenants.models import TenantScoped
from phonebook.contacts.models import Contact, ContactNumber
from reports.schedules.models import ReportEdition
from telephony.calls.models import HistoryRow
from telephony.ledger.models import CompanyFact
from telephony.privacy.matching import Matcher
from telephony.privacy.models import ErasedFile, ErasedNumber, PrivacyCase, PrivacyExport
from telephony.recordings.models import LegalHold, Recording

ROWS_AT_ONCE = 500
# rewritten from the ledger, removed whole, the company's own, or this room's
_OTHERS: tuple[type[models.Model], ...] = (
    HistoryRow, Recording, ReportEdition, CompanyFact, Number, Device, LegalHold,
    PrivacyCase, ErasedNumber, ErasedFile, PrivacyExport,
)  # fmt: skip
# with the contacts kept, they are kept as they are
OF_CONTACTS: tuple[type[models.Model], ...] = (Contact, ContactNumber)
# names of things, not of people: digits in them are chance
_TECHNICAL = frozenset((
    "call_linkedid", "linkedid", "uniqueid", "secret", "digest", "sha256", "token", "prefix",
    "pbx", "call_pbx", "search_text", "search_digits", "sort_name", "storage_key",
))  # fmt: skip
# whose number stands beside it, whole; "text": of a note among the events
_NAMES = frozenset(("name", "caller_name", "party_name", "shown_name", "text"))
_SHORTEST_COLUMN = 6


def swept(*, with_contacts: bool) -> list[type[models.Model]]:
    """In an order that stays the same."""
    left_out = _OTHERS if with_contacts else (*_OTHERS, *OF_CONTACTS)
    found = [
        model
        for model in apps.get_models()
        if issubclass(model, TenantScoped) and not issubclass(model, left_out) and texts_of(model)
    ]
    return sorted(found, key=lambda model: model._meta.label)


def texts_of(model: type[models.Model]) -> list[str]:
    """The columns in which a number may stand."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
        and not isinstance(field, models.GeneratedField)
        and not field.unique
        and not field.choices
        and field.name not in _TECHNICAL
        and (getattr(field, "max_length", None) or 4000) >= _SHORTEST_COLUMN
    ]


def sweep_rows(
    *, model: type[models.Model], tenant_id: int, after: str, pattern: str, matcher: Matcher
) -> tuple[str, int]:
    """The next rows after the key `after`; returns the last one's key ("" at the end) and how many
    rows changed. In the tenant's scope."""
    names = texts_of(model)
    ids = _next_keys(model, tenant_id, after, pattern, names)
    changed = 0
    # only what cannot be sorted out by its own words is read whole
    for row in model._default_manager.filter(pk__in=ids).values("pk", *names):
        changes = _without(dict(row), matcher)
        changes.pop("pk")
        changes = {name: value for name, value in changes.items() if value != row[name]}
        if changes:
            fitting = {name: _fitting(model, name, value) for name, value in changes.items()}
            changed += model._default_manager.filter(pk=row["pk"]).update(**fitting)
    return (str(ids[-1]) if len(ids) == ROWS_AT_ONCE else ""), changed


def _column(model: type[models.Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.column)


def _next_keys(
    model: type[models.Model], tenant_id: int, after: str, pattern: str, names: list[str]
) -> list[Any]:
    quote = connection.ops.quote_name
    key = quote(_column(model, model._meta.pk.name))
    table = quote(model._meta.db_table)
    texts = ", ".join(f"{quote(_column(model, one))}::text" for one in names)
    beyond = f"AND {key} > %s" if after else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key} FROM {table} WHERE tenant_id = %s {beyond} "  # noqa: S608 - our words
            f"AND regexp_replace(concat_ws(' ', {texts}), '[^0-9]', '', 'g') ~ %s "
            f"ORDER BY {key} LIMIT {ROWS_AT_ONCE}",
            [tenant_id, *([after] if after else []), pattern],
        )
        return [row[0] for row in cursor.fetchall()]


def _without(value: Any, matcher: Matcher) -> Any:
    if isinstance(value, str):
        return matcher.written(value)
    if isinstance(value, dict):
        is_theirs = any(isinstance(one, str) and matcher.whole(one) for one in value.values())
        return {
            matcher.written(key): ""
            if is_theirs and key in _NAMES and isinstance(one, str)
            else (one if key in _TECHNICAL else _without(one, matcher))
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_without(one, matcher) for one in value]
    return value


def _fitting(model: type[models.Model], name: str, value: Any) -> Any:
    most = getattr(model._meta.get_field(name), "max_length", None)
    return value[:most] if isinstance(value, str) and most else value
