"""Reading groups, their queues and clips for the management pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from callcenter.accounts.permissions import Person
from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup, Clip, GroupMember, Number, Queue
from callcenter.tenants.models import TenantScoped


def groups_managed_by(person: Person) -> QuerySet[AgentGroup]:
    """By name, those in use first, with `numbers_count`, `members_count`, `queues_count`."""
    numbers = Number.objects.filter(queue__group=OuterRef("pk"))
    members = GroupMember.objects.filter(group=OuterRef("pk"))
    queues = Queue.objects.filter(group=OuterRef("pk"))
    rows = (
        AgentGroup.objects.select_related("calendar")
        .annotate(
            numbers_count=_count(numbers, "queue__group"),
            members_count=_count(members, "group"),
            queues_count=_count(queues, "group"),
        )
        .order_by("-is_active", "name")
    )
    return rows.filter(pk__in=person.group_ids) if person.group_ids else rows


def _count(rows: QuerySet[TenantScoped], per: str) -> Coalesce:
    counted = rows.order_by().values(per).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def numbers_of(group: AgentGroup) -> QuerySet[Number]:
    return Number.objects.filter(queue__group=group).select_related("queue")


def members_of(group: AgentGroup) -> QuerySet[GroupMember]:
    """In the order in which they are called."""
    return GroupMember.objects.filter(group=group).select_related("agent__device")


def agents_to_add(group: AgentGroup) -> QuerySet[Agent]:
    return Agent.objects.filter(is_active=True).exclude(memberships__group=group)


def queues_of(group: AgentGroup) -> QuerySet[Queue]:
    numbers = Prefetch("numbers", Number.objects.all())
    return Queue.objects.filter(group=group).prefetch_related(numbers)


def queues_to_overflow_into(queue: Queue | None) -> QuerySet[Queue]:
    rows = Queue.objects.filter(group__is_active=True).select_related("group")
    rows = rows.order_by("group__name", "name")
    return rows.exclude(pk=queue.pk) if queue is not None and queue.pk else rows


def clips_seen_by(person: Person) -> QuerySet[Clip]:
    """Public ones, the person's own, and private ones whose owner is gone; without the sound."""
    seen = Q(is_public=True) | Q(owner_id=person.user_id) | Q(owner__isnull=True)
    return Clip.objects.filter(seen).defer("audio").select_related("owner")


def clips_to_choose(person: Person, chosen: Iterable[int | None] = ()) -> QuerySet[Clip]:
    """For a form's menu: those the person sees, and those that are in place already."""
    kept = [pk for pk in chosen if pk is not None]
    seen = Q(is_public=True) | Q(owner_id=person.user_id) | Q(owner__isnull=True)
    return Clip.objects.filter(seen | Q(pk__in=kept)).defer("audio")


@dataclass(frozen=True, slots=True)
class ClipPlace:
    """Where callers hear a clip: `part` is greeting, closed, consent or overflow."""

    part: str
    name: str
    group_id: int
    queue_id: int | None = None


def places_of_clips(clips: Iterable[Clip]) -> dict[int, list[ClipPlace]]:
    """Clip id -> where it is heard. Two queries however many clips."""
    ids = [clip.pk for clip in clips]
    places: dict[int, list[ClipPlace]] = {pk: [] for pk in ids}
    groups = AgentGroup.objects.filter(
        Q(greeting__in=ids) | Q(closed_clip__in=ids) | Q(consent_clip__in=ids)
    )
    for group in groups:
        if group.greeting_id in places:
            places[group.greeting_id].append(ClipPlace("greeting", group.name, group.pk))
        if group.closed_clip_id in places:
            places[group.closed_clip_id].append(ClipPlace("closed", group.name, group.pk))
        if group.consent_clip_id in places:
            places[group.consent_clip_id].append(ClipPlace("consent", group.name, group.pk))
    queues = Queue.objects.filter(overflow_clip__in=ids).annotate(clip_id=F("overflow_clip_id"))
    for queue in queues:
        places[queue.clip_id].append(ClipPlace("overflow", queue.name, queue.group_id, queue.pk))
    return places
