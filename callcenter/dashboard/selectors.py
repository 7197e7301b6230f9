"""What the live screens read: groups with their people, numbers, hours and today's figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from callcenter.accounts.permissions import Person, Right
from callcenter.agents.models import Agent, Device, PauseReason
from callcenter.calendars.selectors import rules_by_calendar, rules_of
from callcenter.dashboard.hours import hours_at, hours_of_day
from callcenter.dashboard.tiles import Figures, GroupFacts
from callcenter.groups.models import AgentGroup, GroupMember, Number, Queue
from callcenter.tenants.models import Tenant
from reports.statistics.selectors import Figures as TodaysFigures
from reports.statistics.selectors import day_of, figures_by_group
from telephony.calls.models import Call


def groups_seen_by(person: Person) -> QuerySet[AgentGroup]:
    """The groups of a supervisor's screen, by name; a membership may limit them."""
    groups = groups_with_people()
    return groups.filter(pk__in=person.group_ids) if person.group_ids else groups


def groups_of_agent(agent_id: int) -> QuerySet[AgentGroup]:
    """The groups whose calls this agent may take, by name."""
    return groups_with_people().filter(members__agent_id=agent_id)


def groups_with_people() -> QuerySet[AgentGroup]:
    members = GroupMember.objects.filter(agent__is_active=True).select_related("agent")
    return (
        AgentGroup.objects.filter(is_active=True)
        .select_related("calendar")
        .prefetch_related(
            Prefetch(
                "queues", Queue.objects.prefetch_related(Prefetch("numbers", Number.objects.all()))
            ),
            Prefetch("members", members),
        )
    )


def facts_of(
    groups: Iterable[AgentGroup], tenant: Tenant, at: datetime, url: str = ""
) -> list[GroupFacts]:
    """What a tile shows besides the live state. `url`: the group's page, with {id} in it."""
    found = list(groups)
    figures = figures_by_group([group.pk for group in found], *day_of(tenant, at))
    calendars = {group.calendar_id for group in found if group.calendar_id}
    rules = rules_by_calendar(calendars, tenant.time_zone)
    return [
        GroupFacts(
            id=group.pk,
            name=group.name,
            queues=tuple(pbx_queue(tenant, queue) for queue in group.queues.all()),
            members=tuple(member.agent_id for member in group.members.all()),
            answer_within=group.answer_within_seconds,
            target=group.service_level_target,
            hours=hours_at(rules.get(group.calendar_id or 0), at),
            figures=_shown(figures[group.pk]),
            numbers=tuple(
                number.e164 for queue in group.queues.all() for number in queue.numbers.all()
            ),
            url=url.format(id=group.pk) if url else "",
        )
        for group in found
    ]


def _shown(figures: TodaysFigures) -> Figures:
    visits = figures.visits
    return Figures(visits.offered, visits.answered, visits.abandoned, figures.service_level)


def hours_today(group: AgentGroup, tenant: Tenant, at: datetime) -> list[str]:
    rules = rules_of(group.calendar, tenant.time_zone) if group.calendar else None
    return hours_of_day(rules, at)


def pbx_queue(tenant: Tenant, queue: Queue) -> str:
    """The queue's name in the PBX and in the live state."""
    return f"{tenant.slug}-{queue.slug}"


def queue_labels(groups: Iterable[AgentGroup], tenant: Tenant) -> dict[str, str]:
    """PBX queue name -> what people call it; "" where a group has but one."""
    labels: dict[str, str] = {}
    for group in groups:
        queues = list(group.queues.all())
        for queue in queues:
            labels[pbx_queue(tenant, queue)] = queue.name if len(queues) > 1 else ""
    return labels


def agent_of(person: Person) -> Agent | None:
    """The agent that the person is, if any."""
    if person.agent_id is None:
        return None
    return Agent.objects.filter(pk=person.agent_id, is_active=True).first()


@dataclass(frozen=True, slots=True)
class Found:
    groups: Sequence[AgentGroup] = ()
    places: Sequence[GroupMember] = ()  # agents, each with a group to see them in


MOST_FOUND = 6


def found_by(person: Person, words: str) -> Found:
    """Groups and agents with these words in their name (or extension), that the person may see."""
    if not person.may(Right.LIVE_SEE):
        return Found()
    groups = AgentGroup.objects.filter(is_active=True)
    if person.group_ids:
        groups = groups.filter(pk__in=person.group_ids)
    places = (
        GroupMember.objects.filter(group__in=groups, agent__is_active=True)
        .filter(Q(agent__name__icontains=words) | Q(agent__device__extension__startswith=words))
        .select_related("agent", "agent__device", "group")
        .order_by("agent__name", "agent_id", "group__name")
    )
    first: dict[int, GroupMember] = {}
    for place in places[: MOST_FOUND * 5]:
        first.setdefault(place.agent_id, place)
    return Found(
        list(groups.filter(name__icontains=words)[:MOST_FOUND]),
        list(first.values())[:MOST_FOUND],
    )


def agents_led_by(person: Person) -> QuerySet[Agent]:
    """The active agents of the groups that a supervisor's rights reach."""
    agents = Agent.objects.filter(is_active=True).select_related("device", "membership")
    if person.group_ids:
        agents = agents.filter(memberships__group_id__in=person.group_ids).distinct()
    return agents


def pause_reasons() -> Sequence[PauseReason]:
    return list(PauseReason.objects.filter(is_active=True))


def extensions_of(agent_id: int) -> frozenset[str]:
    return frozenset(Device.objects.filter(agent_id=agent_id).values_list("extension", flat=True))


def last_calls(agent_id: int, most: int = 10) -> list[Call]:
    """The calls that the agent took, made or missed, latest first."""
    calls = Call.objects.filter(agent_ids__contains=[agent_id], part_of=None)
    return list(calls.order_by("-started_at", "-id")[:most])
