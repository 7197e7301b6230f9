"""Who has this number? One statement over all books that somebody reads, best first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from callcenter.tenants.scope import current_tenant_id
from phonebook.contacts.models import BookKind

BY_DEFAULT = (BookKind.PERSONAL.value, BookKind.GROUP.value, BookKind.COMPANY.value)
# OFFSET 0: by the number first. To the planner a company's book is next to empty (it takes company
# and book for independent), and it would rather read all of it when it plans without the values
NUMBERS_IN_BOOKS = """
FROM phonebook_contactnumber n
CROSS JOIN LATERAL (
  SELECT * FROM phonebook_contact one
  WHERE one.id = n.contact_id AND one.tenant_id = n.tenant_id OFFSET 0) c
CROSS JOIN LATERAL (
  SELECT * FROM phonebook_phonebook one
  WHERE one.id = c.book_id AND one.tenant_id = c.tenant_id OFFSET 0) b"""
_SQL = f"""
SELECT n.key, c.id, c.name, c.company, c.visibility, b.id, b.kind, b.group_id, b.name,
       n.type, n.entered
{NUMBERS_IN_BOOKS}
WHERE n.tenant_id = %(tenant)s AND n.key = ANY (%(keys)s) AND c.deleted_at IS NULL
  AND (c.visibility = 'public' OR c.creator_id = %(user)s)
  AND (b.kind = 'company' OR b.kind = 'personal' AND b.owner_id = %(user)s
       OR b.kind = 'group' AND b.group_id = ANY (%(groups)s))
ORDER BY array_position(%(order)s::text[], b.kind::text),
         (c.visibility = 'public'), c.name = '', c.id
LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class NumberOwner:
    """A contact that has the number. `kind`: of its book; `entered`: as the number stands there."""

    key: str
    contact_id: int
    name: str
    company: str
    is_private: bool
    book_id: int
    kind: str
    group_id: int | None
    book_name: str
    type: str
    entered: str

    @property
    def shown_name(self) -> str:
        return self.name or self.company


def contacts_of_number(
    key: str,
    *,
    user_id: int | None,
    group_ids: Collection[int],
    order: Sequence[str] = BY_DEFAULT,
    most: int = 10,
) -> list[NumberOwner]:
    """`key`: as phonebook.numbers.kinds.identify makes it (E.164 for telephones). `user_id`: whose
    personal book and private contacts count, None for nobody's; `group_ids`: whose group books.

    Sorted by `order` (kinds of books, all of them), one's own private ones first within a kind.
    """
    return contacts_of_numbers([key], user_id=user_id, group_ids=group_ids, order=order, most=most)


def contacts_of_numbers(
    keys: Collection[str],
    *,
    user_id: int | None,
    group_ids: Collection[int],
    order: Sequence[str] = BY_DEFAULT,
    most: int = 500,
) -> list[NumberOwner]:
    """The same for a page full of numbers, in one statement."""
    wanted = [key for key in dict.fromkeys(keys) if key]
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "tenant": current_tenant_id(),
                "keys": wanted,
                "user": user_id,
                "groups": sorted(group_ids),
                "order": list(order),
                "most": most,
            },
        )
        rows: list[Any] = cursor.fetchall()
    return [NumberOwner(*row[:4], row[4] != "public", *row[5:]) for row in rows]  # type: ignore[call-arg]
