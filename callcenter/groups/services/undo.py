"""Taking back a change of a group, queue or clip from the audit log, by the same services."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from callcenter.audit.changes import NothingThere, earlier_values
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor
from callcenter.groups.models import AgentGroup, Clip, Queue
from callcenter.groups.selectors import places_of_clips
from callcenter.groups.services.clips import change_clip
from callcenter.groups.services.groups import change_group
from callcenter.groups.services.queues import change_queue


def undo_change(*, entry: AuditEntry, by: Actor) -> None:
    """Raises what the changing service raises, ChangedSince and NothingThere."""
    with transaction.atomic():
        row = _row_of(entry)
        values: Any = earlier_values(row, entry.before, entry.after)
        if isinstance(row, AgentGroup):
            change_group(group=row, by=by, **values)
        elif isinstance(row, Queue):
            change_queue(queue=row, by=by, **values)
        else:
            kept: dict[str, Any] = {"description": row.description, "is_public": row.is_public}
            change_clip(clip=row, by=by, **(kept | values))


def groups_concerned(entry: AuditEntry) -> set[int]:
    """The groups whose rights an undo needs."""
    pk = int(entry.about_id)
    if entry.about_type == "agentgroup":
        return {pk}
    if entry.about_type == "queue":
        return set(Queue.objects.filter(pk=pk).values_list("group_id", flat=True))
    clips = Clip.objects.filter(pk=pk).defer("audio")
    return {place.group_id for places in places_of_clips(clips).values() for place in places}


def _row_of(entry: AuditEntry) -> AgentGroup | Queue | Clip:
    pk = int(entry.about_id)
    row: AgentGroup | Queue | Clip | None = None
    if entry.about_type == "agentgroup":
        row = AgentGroup.objects.filter(pk=pk).first()
    elif entry.about_type == "queue":
        row = Queue.objects.filter(pk=pk).first()
    elif entry.about_type == "clip":
        row = Clip.objects.filter(pk=pk).defer("audio").first()
    if row is None:
        raise NothingThere
    return row
