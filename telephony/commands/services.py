"""Orders that people give: each checks the rule, writes the command and its audit entry in one
transaction, and leaves the carrying out to a worker. Live state is not touched here: the screen
changes when the PBX says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from callcenter.agents.models import WRAP_UP_REASON, Agent, PauseReason
from callcenter.audit.services import Actor, record
from callcenter.groups.models import AgentGroup, GroupMember, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal
from telephony.commands.models import PbxCommand
from telephony.live.selectors import live_snapshot
from telephony.live.streams import LEGS, TENANT
from telephony.pbx.orders import AddMember, HangUp, Order, PauseMember, RemoveMember, to_json

SOON = timedelta(seconds=20)
AT_ONCE = timedelta(seconds=8)
LONGEST_WRAP_UP = timedelta(minutes=30)


class OrderRefused(Refusal):
    """The order makes no sense now."""


class NoPhone(OrderRefused):
    def __init__(self, agent: Agent) -> None:
        super().__init__(
            _("%(agent)s has no phone yet. An admin can give one under Management, Agents.")
            % {"agent": agent.name}
        )


class NotAMember(OrderRefused):
    def __init__(self, group: AgentGroup) -> None:
        super().__init__(_("Not a member of %(group)s.") % {"group": group.name})


class NoGroups(OrderRefused):
    def __init__(self) -> None:
        super().__init__(_("Not a member of any group yet. A manager can add one."))


class UnknownReason(OrderRefused):
    def __init__(self) -> None:
        super().__init__(_("Choose a pause reason from the list."))


class NotWrappingUp(OrderRefused):
    def __init__(self) -> None:
        super().__init__(_("There is no wrap-up now."))


class NoSuchCall(OrderRefused):
    def __init__(self) -> None:
        super().__init__(_("This call has ended already."))


class NotLoggedIn(OrderRefused):
    def __init__(self) -> None:
        super().__init__(_("Log in to a group first."))


def interface_of(agent: Agent, tenant: Tenant) -> str:
    """The phone that group calls ring. Raises NoPhone."""
    if agent.device is None or not agent.device.is_active:
        raise NoPhone(agent)
    return f"PJSIP/{tenant.slug}-{agent.device.extension}"


def member_name(agent: Agent, tenant: Tenant) -> str:
    return f"{tenant.slug}-a{agent.pk}"


def log_in_agent(
    *,
    agent: Agent,
    requested_by: Actor,
    at: datetime,
    groups: Iterable[AgentGroup] | None = None,
) -> PbxCommand:
    """Into these groups, or all of the agent's. Raises NoPhone, NotAMember, NoGroups."""
    tenant = agent.tenant
    interface = interface_of(agent, tenant)
    places = _places(agent, groups)
    return give_order(
        kind="log_in",
        agent=agent,
        group=places[0].group if len(places) == 1 else None,
        orders=[
            AddMember(
                queue=f"{tenant.slug}-{queue.slug}",
                interface=interface,
                member_name=member_name(agent, tenant),
                penalty=place.penalty,
                **_standing_pause(agent),
            )
            for place in places
            for queue in _queues(place.group)
        ],
        effect={"logged_in": True, "places": _place_of_each(places)},
        requested_by=requested_by,
        at=at,
        within=SOON,
    )


def log_out_agent(
    *,
    agent: Agent,
    requested_by: Actor,
    at: datetime,
    groups: Iterable[AgentGroup] | None = None,
) -> PbxCommand:
    """Out of these groups, or all. A running call goes on. Raises NotAMember, NoGroups.

    Somebody without a phone is in no queue of the PBX: only Helin's own rows are to change.
    """
    tenant = agent.tenant
    has_phone = agent.device is not None and agent.device.is_active
    interface = interface_of(agent, tenant) if has_phone else ""
    places = _places(agent, groups)
    return give_order(
        kind="log_out",
        agent=agent,
        group=places[0].group if len(places) == 1 else None,
        orders=[
            RemoveMember(queue=f"{tenant.slug}-{queue.slug}", interface=interface)
            for place in places
            for queue in _queues(place.group)
            if has_phone
        ],
        effect={"logged_in": False, "places": _place_of_each(places)},
        requested_by=requested_by,
        at=at,
        within=SOON,
    )


def pause_agent(*, agent: Agent, reason: str, requested_by: Actor, at: datetime) -> PbxCommand:
    """In all groups, at once; during a call it begins after it. Raises UnknownReason, NoPhone,
    NotLoggedIn."""
    _check_reason(reason)
    _check_logged_in(agent)
    return give_order(
        kind="pause",
        agent=agent,
        orders=[
            PauseMember(interface=interface_of(agent, agent.tenant), paused=True, reason=reason)
        ],
        requested_by=requested_by,
        at=at,
        within=SOON,
        audited={"reason": reason},
    )


def resume_agent(*, agent: Agent, requested_by: Actor, at: datetime) -> PbxCommand:
    """Back to work in all groups, wishes for after the call forgotten. Raises NoPhone."""
    return give_order(
        kind="resume",
        agent=agent,
        orders=[PauseMember(interface=interface_of(agent, agent.tenant), paused=False)],
        effect={"forget_wishes": agent.pk},
        requested_by=requested_by,
        at=at,
        within=SOON,
    )


@transaction.atomic
def wish_pause_after_call(
    *, agent: Agent, reason: str | None, requested_by: Actor, at: datetime
) -> PbxCommand | None:
    """Pause when this call ends, or at once when there is none; None takes the wish back.

    A wish is kept with the agent, where the listener sees it. Raises UnknownReason, NotLoggedIn.
    """
    if reason:
        _check_reason(reason)
        _check_logged_in(agent)
        state = _agent_entity(agent).get("state")
        if state not in {"in_call", "ringing", None}:
            return pause_agent(agent=agent, reason=reason, requested_by=requested_by, at=at)
    before = agent.pause_after_call
    agent.pause_after_call = reason or None
    agent.save(update_fields=["pause_after_call"])
    record(
        action="agent.pause_after_call",
        by=requested_by,
        about=agent,
        before={"reason": before},
        after={"reason": agent.pause_after_call},
    )
    return None


def finish_wrap_up(*, agent: Agent, requested_by: Actor, at: datetime) -> PbxCommand:
    """Take calls again now. Raises NotWrappingUp."""
    if _agent_entity(agent).get("state") != "wrapping_up":
        raise NotWrappingUp
    return resume_agent(agent=agent, requested_by=requested_by, at=at)


@transaction.atomic
def extend_wrap_up(*, agent: Agent, seconds: int, requested_by: Actor, at: datetime) -> datetime:
    """Until when the wrap-up now lasts. Raises NotWrappingUp, OrderRefused for too long a one."""
    entity = _agent_entity(agent)
    if entity.get("state") != "wrapping_up":
        raise NotWrappingUp
    ends_at = datetime.fromtimestamp(entity.get("wrap_until") or at.timestamp(), tz=at.tzinfo)
    until = max(ends_at, at) + timedelta(seconds=seconds)
    if until - at > LONGEST_WRAP_UP:
        minutes = int(LONGEST_WRAP_UP.total_seconds() // 60)
        raise OrderRefused(
            ngettext(
                "A wrap-up lasts at most %(minutes)s minute. Take a pause instead.",
                "A wrap-up lasts at most %(minutes)s minutes. Take a pause instead.",
                minutes,
            )
            % {"minutes": minutes}
        )
    agent.wrap_up_until = until
    agent.save(update_fields=["wrap_up_until"])
    record(
        action="agent.wrap_up_extended",
        by=requested_by,
        about=agent,
        after={"until": until.isoformat()},
    )
    return until


def hang_up(*, agent: Agent, call: str, requested_by: Actor, at: datetime) -> PbxCommand:
    """End the agent's leg of the call with this key (`call:<linkedid>`), and so the conversation.

    Raises NoSuchCall when the agent has no leg in it (any more).
    """
    tenant = agent.tenant
    legs = live_snapshot(tenant.pk, [LEGS], tenant.pbx).document
    entity: Mapping[str, Any] = legs.get(f"_legs:{call.removeprefix('call:')}", {})
    channels = [leg["name"] for leg in entity.get("legs", ()) if leg["agent"] == agent.pk]
    if not channels:
        raise NoSuchCall
    return give_order(
        kind="hang_up",
        agent=agent,
        orders=[HangUp(channel=channel) for channel in channels],
        requested_by=requested_by,
        at=at,
        within=AT_ONCE,
        audited={"call": call},
    )


def give_order(
    *,
    kind: str,
    agent: Agent,
    orders: Sequence[Order],
    requested_by: Actor,
    at: datetime,
    within: timedelta,
    group: AgentGroup | None = None,
    effect: Mapping[str, Any] | None = None,
    audited: Mapping[str, Any] | None = None,
) -> PbxCommand:
    from telephony.commands.tasks import run_command

    tenant = agent.tenant
    with transaction.atomic():
        command = PbxCommand.objects.create(
            kind=kind,
            pbx=tenant.pbx,
            orders=[to_json(order) for order in orders],
            effect=dict(effect or {}),
            agent=agent,
            group=group,
            requested_by_id=requested_by.user_id,
            requested_at=at,
            deadline_at=at + within,
        )
        record(
            action=f"agent.{kind}",
            by=requested_by,
            about=agent,
            after={**({"group": group.name} if group else {}), **(audited or {})},
        )
        transaction.on_commit(
            lambda: run_command.delay(tenant_id=tenant.pk, command_id=str(command.pk)),
            # with Valkey away the order is kept, and expires in words instead of failing the page
            robust=True,
        )
    return command


def _places(agent: Agent, groups: Iterable[AgentGroup] | None) -> list[GroupMember]:
    places = {
        place.group_id: place
        for place in GroupMember.objects.filter(agent=agent, group__is_active=True)
        .select_related("group")
        .prefetch_related("group__queues")
    }
    if groups is None:
        if not places:
            raise NoGroups
        return list(places.values())
    chosen = []
    for group in groups:
        if group.pk not in places:
            raise NotAMember(group)
        chosen.append(places[group.pk])
    if not chosen:
        raise NoGroups
    return chosen


def _place_of_each(places: Iterable[GroupMember]) -> list[int]:
    """For each order, in their order, the membership it is about."""
    return [place.pk for place in places for _queue in _queues(place.group)]


def _queues(group: AgentGroup) -> Iterable[Queue]:
    return group.queues.all()


def _agent_entity(agent: Agent) -> Mapping[str, Any]:
    tenant = agent.tenant
    return live_snapshot(tenant.pk, [TENANT], tenant.pbx).document.get(f"agent:{agent.pk}", {})


def _standing_pause(agent: Agent) -> dict[str, Any]:
    """Who is paused in one group is not to get calls by logging in to the next."""
    entity = _agent_entity(agent)
    if entity.get("state") != "paused":
        return {}
    return {"paused": True, "reason": entity.get("reason") or ""}


def _check_reason(reason: str) -> None:
    # looked for here: PostgreSQL takes no question with a NUL in it
    known = PauseReason.objects.filter(is_active=True).values_list("code", flat=True)
    if reason == WRAP_UP_REASON or reason not in set(known):
        raise UnknownReason


def _check_logged_in(agent: Agent) -> None:
    if GroupMember.objects.filter(agent=agent, logged_in=True).exists():
        return
    # the PBX tells of a login a moment before its command is settled
    if not _agent_entity(agent).get("groups"):
        raise NotLoggedIn
