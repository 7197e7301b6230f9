"""Whose figures a person may see: all of the company's, or those of his groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from callcenter.accounts.permissions import Person
from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup
from reports.statistics.selection import Selection


@dataclass(frozen=True, slots=True)
class StatisticsSight:
    """`group_ids` None: everything, calls of no group too."""

    group_ids: frozenset[int] | None

    def within(self, selection: Selection) -> Selection:
        """What of the selection may be seen."""
        return selection.for_groups(self.group_ids)

    def may_ask_for(self, group_ids: Iterable[int]) -> bool:
        return self.group_ids is None or self.group_ids.issuperset(group_ids)

    def groups(self) -> dict[int, str]:
        """Names by id, in their order."""
        found = AgentGroup.objects.all()
        if self.group_ids is not None:
            found = found.filter(pk__in=self.group_ids)
        return dict(found.values_list("pk", "name"))

    def agents(self) -> dict[int, str]:
        """Names by id of those who may be asked for: all, or the members of one's groups."""
        found: QuerySet[Agent] = Agent.objects.all()
        if self.group_ids is not None:
            found = found.filter(memberships__group_id__in=self.group_ids).distinct()
        return dict(found.values_list("pk", "name"))


EVERYTHING = StatisticsSight(None)


def sight_of(person: Person) -> StatisticsSight:
    return StatisticsSight(person.group_ids or None)
