"""All that the company itself knows of some numbers, for any number of viewers: one statement."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection

from callcenter.tenants.scope import current_tenant_id
from phonebook.contacts.lookup import NUMBERS_IN_BOOKS
from phonebook.naming.chain import Candidate, colleague
from phonebook.naming.sources import COMPANY, GROUP, PERSONAL, SYNCED

_SQL = f"""
SELECT n.key, c.id, c.name, c.company, c.visibility, c.creator_id, b.kind, b.owner_id, b.group_id,
       b.name, c.external_id <> ''
{NUMBERS_IN_BOOKS}
WHERE n.tenant_id = %(tenant)s AND n.key = ANY (%(keys)s) AND c.deleted_at IS NULL
  AND (c.visibility = 'public' OR c.creator_id = ANY (%(users)s))
  AND (b.kind = 'company' OR b.kind = 'personal' AND b.owner_id = ANY (%(users)s)
       OR b.kind = 'group' AND b.group_id = ANY (%(groups)s))
UNION ALL
SELECT d.extension, NULL, coalesce(a.name, d.name), '', 'public', NULL, 'internal', NULL, NULL,
       d.extension, false
FROM callcenter_device d
LEFT JOIN callcenter_agent a ON a.id = d.agent_id AND a.tenant_id = d.tenant_id
WHERE d.tenant_id = %(tenant)s AND d.extension = ANY (%(keys)s) AND d.is_active
LIMIT %(most)s
"""  # noqa: S608 - our own words


def local_candidates(
    keys: Collection[str],
    *,
    user_ids: Collection[int] = (),
    group_ids: Collection[int] = (),
    most: int = 1000,
) -> dict[str, list[Candidate]]:
    """By key (phonebook.numbers.kinds.identify): what colleagues and phonebooks know of it.

    `user_ids`: whose own books and private contacts count; each is for its own viewer alone.
    """
    wanted = [key for key in dict.fromkeys(keys) if key]
    found: dict[str, list[Candidate]] = {key: [] for key in wanted}
    if not wanted:
        return found
    values: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "keys": wanted,
        "users": sorted(user_ids),
        "groups": sorted(group_ids),
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, values)
        for key, *row in cursor.fetchall():
            found[key].append(_candidate(*row))
    return found


def _candidate(
    pk: int | None,
    name: str,
    company: str,
    visibility: str,
    creator_id: int | None,
    kind: str,
    owner_id: int | None,
    group_id: int | None,
    book: str,
    is_synced: bool,
) -> Candidate:
    if kind == "internal":
        return colleague(name, book)
    source, viewer = SYNCED if is_synced else COMPANY, None
    if kind == "personal":
        source, viewer = PERSONAL, owner_id
    elif visibility != "public":
        source, viewer = PERSONAL, creator_id
    elif kind == "group":
        source = GROUP
    return Candidate(source, name or company, pk, book, viewer, group_id, not name)
