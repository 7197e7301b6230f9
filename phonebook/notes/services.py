"""Writing notes and work down, and what they may be booked on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import Membership
from callcenter.accounts.telling import tell_user
from callcenter.audit.services import Actor, change_row, record
from callcenter.tenants.refusals import Refusal, refusing
from phonebook.contacts.models import Contact
from phonebook.notes.models import Note, Project, TaskType, Work, WorkKind

LONGEST_TIME = timedelta(hours=24)
NAME_TAKEN = Refusal(_("There is one of this name already."), "name")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what it is about; every part may be missing. `key`: the number, identified."""

    key: str = ""
    contact: Contact | None = None
    call_pbx: str = ""
    call_linkedid: str = ""

    def as_fields(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "contact": self.contact,
            "call_pbx": self.call_pbx,
            "call_linkedid": self.call_linkedid,
        }


def write_note(
    *,
    text: str,
    subject: Subject,
    is_private: bool,
    by: Actor,
    at: datetime,
    to_id: int | None = None,
) -> Note:
    """With `to_id` (a user of the tenant) it is a POST-IT, and that person is told at once.

    Raises Refusal for an empty text or a recipient who does not work here.
    """
    _check_text(text)
    to = None
    if to_id is not None:
        found = Membership.objects.filter(user_id=to_id, is_active=True).select_related("user")
        member = found.first()
        if member is None:
            raise Refusal(_("This colleague is not here any more: choose another."), "to")
        to = member.user
    with transaction.atomic():
        note = Note.objects.create(
            text=text.strip(),
            is_private=is_private,
            by_id=by.user_id,
            by_name=by.name[:150],
            to=to,
            to_name=str(to)[:150] if to else "",
            created_at=at,
            **subject.as_fields(),
        )
        record(action="note.written", by=by, about=note)
        if to is not None and to.pk != by.user_id:
            with translation.override(to.language or note.tenant.language):
                words = gettext("POST-IT from %(name)s: %(text)s") % {
                    "name": note.by_name,
                    "text": note.text[:160],
                }
            tell_user(
                tenant_id=note.tenant.pk,
                user_id=to.pk,
                frame={"type": "note", "id": note.pk, "text": words},
            )
    return note


def change_note(*, note: Note, text: str, is_private: bool, by: Actor, at: datetime) -> None:
    _check_own(note, by)
    _check_text(text)
    changes = {"text": text.strip(), "is_private": is_private}
    with transaction.atomic():
        if change_row(row=note, changes=changes, action="note.changed", by=by) is not None:
            Note.objects.filter(pk=note.pk).update(changed_at=at)


def delete_note(*, note: Note, by: Actor) -> None:
    _check_own(note, by)
    with transaction.atomic():
        record(action="note.deleted", by=by, about=note, before={"text": note.text})
        note.delete()


def see_note(*, note: Note, by: Actor, at: datetime) -> None:
    """Its recipient has read it; nothing for anybody else."""
    if note.to_id is not None and note.to_id == by.user_id:
        Note.objects.filter(pk=note.pk, seen_at=None).update(seen_at=at)


def record_activity(
    *,
    subject: Subject,
    title: str,
    text: str,
    began_at: datetime,
    project: Project | None,
    by: Actor,
    at: datetime,
) -> Work:
    if not title.strip():
        raise Refusal(_("Say in a few words what was done."), "title")
    return _keep(
        Work(
            kind=WorkKind.ACTIVITY,
            subject=title.strip(),
            text=text.strip(),
            began_at=began_at,
            project=project,
            **subject.as_fields(),
        ),
        by,
        at,
    )


def record_time(
    *,
    subject: Subject,
    text: str,
    began_at: datetime,
    ended_at: datetime,
    project: Project | None,
    task_type: TaskType | None,
    by: Actor,
    at: datetime,
) -> Work:
    """Raises Refusal unless it ends after it began, within 24 hours."""
    if ended_at <= began_at:
        raise Refusal(_("The end must be after the beginning."), "ended_at")
    if ended_at - began_at > LONGEST_TIME:
        raise Refusal(_("One entry holds at most 24 hours: make two."), "ended_at")
    return _keep(
        Work(
            kind=WorkKind.TIME,
            text=text.strip(),
            began_at=began_at,
            ended_at=ended_at,
            project=project,
            task_type=task_type,
            **subject.as_fields(),
        ),
        by,
        at,
    )


def delete_work(*, work: Work, by: Actor) -> None:
    _check_own(work, by)
    with transaction.atomic():
        record(action="work.deleted", by=by, about=work, before={"text": str(work)})
        work.delete()


def create_project(*, name: str, by: Actor) -> Project:
    with refusing({"project_name_once": NAME_TAKEN}):
        row = Project.objects.create(name=name)
        record(action="project.created", by=by, about=row)
    return row


def change_project(*, project: Project, changes: Mapping[str, Any], by: Actor) -> None:
    with refusing({"project_name_once": NAME_TAKEN}):
        change_row(row=project, changes=changes, action="project.changed", by=by)


def create_task_type(*, name: str, by: Actor) -> TaskType:
    with refusing({"task_type_name_once": NAME_TAKEN}):
        row = TaskType.objects.create(name=name)
        record(action="task_type.created", by=by, about=row)
    return row


def change_task_type(*, task_type: TaskType, changes: Mapping[str, Any], by: Actor) -> None:
    """`is_for_calls` set takes it from the one that had it."""
    with refusing({"task_type_name_once": NAME_TAKEN}):
        if changes.get("is_for_calls"):
            others = TaskType.objects.select_for_update().filter(is_for_calls=True)
            for other in others.exclude(pk=task_type.pk):
                change_row(
                    row=other, changes={"is_for_calls": False}, action="task_type.changed", by=by
                )
        change_row(row=task_type, changes=changes, action="task_type.changed", by=by)


def _keep(work: Work, by: Actor, at: datetime) -> Work:
    work.by_id = by.user_id
    work.by_name = by.name[:150]
    work.created_at = at
    with transaction.atomic():
        work.save()
        record(action=f"{work.kind}.recorded", by=by, about=work)
    return work


def _check_text(text: str) -> None:
    if not text.strip():
        raise Refusal(_("Write something first."), "text")


def _check_own(row: Note | Work, by: Actor) -> None:
    if row.by_id is None or row.by_id != by.user_id:
        raise Refusal(_("Only the person who wrote it can change it."))
