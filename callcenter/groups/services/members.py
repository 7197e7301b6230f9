"""Who serves a group, and in which order."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Agent
from callcenter.audit.services import Actor, record
from callcenter.groups.models import AgentGroup, GroupMember
from callcenter.tenants.refusals import Refusal, refusing

HIGHEST_PENALTY = 99


class AlreadyMember(Refusal):
    def __init__(self, agent: Agent) -> None:
        super().__init__(gettext("%(agent)s is in this group already.") % {"agent": agent}, "agent")


class AgentInactive(Refusal):
    def __init__(self, agent: Agent) -> None:
        words = gettext("%(agent)s is not active and would never be called. Activate first.")
        super().__init__(words % {"agent": agent}, "agent")


class PenaltyOutOfRange(Refusal):
    def __init__(self) -> None:
        super().__init__(_("The level must be a number from 0 to 99."), "penalty")


def add_member(*, group: AgentGroup, agent: Agent, by: Actor, penalty: int = 0) -> GroupMember:
    """`agent` serves `group` from now on (logged out at first); `penalty` 0 is called first.

    Raises AlreadyMember, AgentInactive, PenaltyOutOfRange.
    """
    if not agent.is_active:
        raise AgentInactive(agent)
    _check_penalty(penalty)
    with refusing({"group_member_once": AlreadyMember(agent)}):
        member = GroupMember.objects.create(group=group, agent=agent, penalty=penalty)
        after = {"agent": {"id": agent.pk, "name": agent.name}, "penalty": penalty}
        record(action="group.member_added", by=by, about=group, after=after)
    return member


def change_penalty(*, member: GroupMember, penalty: int, by: Actor) -> GroupMember:
    """Raises PenaltyOutOfRange."""
    _check_penalty(penalty)
    with transaction.atomic():
        rows = GroupMember.objects.select_for_update(of=("self",)).select_related("agent", "group")
        member = rows.get(pk=member.pk)
        if member.penalty != penalty:
            agent = {"id": member.agent_id, "name": member.agent.name}
            before = {"agent": agent, "penalty": member.penalty}
            member.penalty = penalty
            member.save(update_fields=["penalty"])
            record(
                action="group.penalty_changed",
                by=by,
                about=member.group,
                before=before,
                after={"agent": agent, "penalty": penalty},
            )
    return member


def remove_member(*, member: GroupMember, by: Actor) -> None:
    with transaction.atomic():
        agent = {"id": member.agent_id, "name": member.agent.name}
        before = {"agent": agent, "penalty": member.penalty}
        record(action="group.member_removed", by=by, about=member.group, before=before)
        member.delete()


def _check_penalty(penalty: int) -> None:
    if not 0 <= penalty <= HIGHEST_PENALTY:
        raise PenaltyOutOfRange
