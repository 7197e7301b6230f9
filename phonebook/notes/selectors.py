"""Reading what was written down, as one person may."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.db.models import Count, Q, QuerySet

from callcenter.accounts.models import Membership
from phonebook.notes.models import Note, Project, TaskType, Work
from phonebook.numbers.kinds import ANONYMOUS_KEY

PAGE = 50
MOST_SHOWN = 20  # beside a call
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
RowT = TypeVar("RowT", Note, Work)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Before this row in a list, newest first. Written as <microseconds since 1970>-<id>."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """None for what is none."""
        found = re.fullmatch(r"([0-9]{1,17})-([0-9]{1,18})", text, re.ASCII)
        if found is None:
            return None
        return cls(_EPOCH + int(found[1]) * _MICROSECOND, int(found[2]))


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Note] | Sequence[Work]
    older: Cursor | None


def notes_seen(user_id: int | None) -> QuerySet[Note]:
    """Public ones, and those that this user wrote or was sent. None: a program, public ones."""
    seen = Q(is_private=False)
    if user_id is not None:
        seen |= Q(by_id=user_id) | Q(to_id=user_id)
    return Note.objects.filter(seen).select_related("contact")


def notes_about(
    user_id: int | None, *, key: str = "", contact_id: int | None = None, linkedid: str = ""
) -> list[Note]:
    """The latest of the number, the contact or the call, whichever are given; none for nothing."""
    about = _about(key, contact_id, linkedid)
    if about is None:
        return []
    return list(notes_seen(user_id).filter(about).order_by("-created_at", "-id")[:MOST_SHOWN])


def counts_by_call(user_id: int, linkedids: Collection[str]) -> dict[str, int]:
    """How many notes this user may read of each call; one query, calls without are left out."""
    wanted = [one for one in linkedids if one]
    if not wanted:
        return {}
    found = notes_seen(user_id).filter(call_linkedid__in=wanted).order_by()
    rows = found.values_list("call_linkedid").annotate(count=Count("pk"))
    return dict(rows)


def work_about(*, key: str = "", contact_id: int | None = None, linkedid: str = "") -> list[Work]:
    """Activities and time entries, likewise; everybody's."""
    about = _about(key, contact_id, linkedid)
    if about is None:
        return []
    rows = Work.objects.filter(about).select_related("project", "task_type", "contact")
    return list(rows.order_by("-began_at", "-id")[:MOST_SHOWN])


def page_of_notes(
    user_id: int | None,
    *,
    box: str = "",
    cursor: Cursor | None = None,
    size: int = PAGE,
) -> Page:
    """`box`: "received" or "sent" POST-ITs, "own" notes, "" everything that this user sees."""
    boxes = {
        "received": Q(to_id=user_id),
        "sent": Q(by_id=user_id, to__isnull=False),
        "own": Q(by_id=user_id),
    }
    rows = notes_seen(user_id).filter(boxes.get(box, Q()))
    return _page(rows, "created_at", cursor, size)


def page_of_work(
    *,
    kind: str = "",
    by_id: int | None = None,
    project_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: Cursor | None = None,
    size: int = PAGE,
) -> Page:
    rows = Work.objects.select_related("project", "task_type", "contact")
    wanted = {
        "kind": kind or None,
        "by_id": by_id,
        "project_id": project_id,
        "began_at__gte": since,
        "began_at__lt": until,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    return _page(rows, "began_at", cursor, size)


def _page(rows: QuerySet[RowT], field: str, cursor: Cursor | None, size: int) -> Page:
    if cursor is not None:
        later = Q(**{f"{field}__lt": cursor.at}) | Q(**{field: cursor.at, "id__lt": cursor.id})
        rows = rows.filter(later)
    found = list(rows.order_by(f"-{field}", "-id")[: size + 1])
    older = None
    if len(found) > size:
        last = found[size - 1]
        older = Cursor(getattr(last, field), last.pk)
    return Page(found[:size], older)


def unread_count(user_id: int, most: int = 100) -> int:
    """POST-ITs that this user was sent and has not looked at; counts no further than `most`."""
    rows = Note.objects.filter(to_id=user_id, seen_at=None)
    return len(rows.order_by().values_list("pk", flat=True)[:most])


def colleagues(user_id: int | None, most: int = 500) -> list[tuple[int, str]]:
    """(user id, name) of everybody else who works here."""
    rows = Membership.objects.filter(is_active=True, user__is_active=True).select_related("user")
    return [
        (row.user_id, str(row.user))
        for row in rows.exclude(user_id=user_id or 0).order_by("user__name")[:most]
    ]


def projects(ids: Collection[int] = ()) -> QuerySet[Project]:
    """Those in use, and those of `ids`."""
    return Project.objects.filter(Q(is_active=True) | Q(pk__in=ids))


def task_types(ids: Collection[int] = ()) -> QuerySet[TaskType]:
    return TaskType.objects.filter(Q(is_active=True) | Q(pk__in=ids))


def task_type_for_calls() -> TaskType | None:
    return TaskType.objects.filter(is_for_calls=True, is_active=True).first()


def _about(key: str, contact_id: int | None, linkedid: str) -> Q | None:
    about = None
    for part in (
        # who withholds the number is not one person: what was written of one is no other's
        Q(key=key) if key and key != ANONYMOUS_KEY else None,
        Q(contact_id=contact_id) if contact_id else None,
        Q(call_linkedid=linkedid) if linkedid else None,
    ):
        if part is not None:
            about = part if about is None else about | part
    return about
