"""Which entries of the audit log a person sees, and which of them he may take back."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q

from callcenter.accounts.permissions import Person, Right
from callcenter.audit.models import AuditEntry
from callcenter.audit.undo import UNDOABLE
from callcenter.groups.models import AgentGroup, Queue
from callcenter.groups.selectors import clips_seen_by, places_of_clips

# what belongs to one group: of other groups' a person with limits sees nothing
_OF_GROUPS = ("agentgroup", "queue", "recording")
# by what the entry is about; the doors that undo ask for the same
UNDO_NEEDS = {
    "agentgroup": Right.GROUPS_MANAGE,
    "queue": Right.GROUPS_MANAGE,
    "clip": Right.GROUPS_MANAGE,
    "openingcalendar": Right.GROUPS_MANAGE,
    "pausereason": Right.SETTINGS,
    "agent": Right.PEOPLE_MANAGE,
    "device": Right.PEOPLE_MANAGE,
    "reportschedule": Right.REPORTS,
    "contact": Right.PHONEBOOK_COMPANY,
}


def limits_of(person: Person) -> Q:
    """A condition on AuditEntry; empty where nothing is hidden."""
    if not person.group_ids:
        return Q()
    queues = Queue.objects.filter(group_id__in=person.group_ids).values_list("pk", flat=True)
    return (
        ~Q(about_type__in=_OF_GROUPS)
        | Q(about_type="agentgroup", about_id__in=[str(pk) for pk in person.group_ids])
        | Q(about_type="queue", about_id__in=[str(pk) for pk in queues])
    )


def undoable_by(person: Person, entries: Iterable[AuditEntry]) -> frozenset[int]:
    """The ids of those that the person may take back. `entries` are ones he may see."""
    found = [
        entry
        for entry in entries
        if entry.action in UNDOABLE
        and (right := UNDO_NEEDS.get(entry.about_type)) is not None
        and person.may(right)
    ]
    clips = _clips_in_reach(person, _ids(found, "clip"))
    calendars = _calendars_in_reach(person, _ids(found, "openingcalendar"))
    return frozenset(
        entry.pk
        for entry in found
        if (entry.about_type != "clip" or entry.about_id in clips)
        and (entry.about_type != "openingcalendar" or entry.about_id in calendars)
    )


def _ids(entries: Iterable[AuditEntry], about_type: str) -> list[int]:
    return [int(entry.about_id) for entry in entries if entry.about_type == about_type]


def _clips_in_reach(person: Person, ids: Collection[int]) -> set[str]:
    """Neither another's private clip, nor one that groups out of reach play."""
    if not ids:
        return set()
    clips = list(clips_seen_by(person).filter(pk__in=ids))
    places = places_of_clips(clips)
    return {
        str(clip.pk)
        for clip in clips
        if all(
            person.may_in_group(Right.GROUPS_MANAGE, place.group_id) for place in places[clip.pk]
        )
    }


def _calendars_in_reach(person: Person, ids: Collection[int]) -> set[str]:
    if not ids or not person.group_ids:
        return {str(pk) for pk in ids}
    out_of_reach = AgentGroup.objects.filter(calendar_id__in=ids).exclude(pk__in=person.group_ids)
    return {str(pk) for pk in ids} - {
        str(pk) for pk in out_of_reach.values_list("calendar_id", flat=True)
    }
