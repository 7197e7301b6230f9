"""Clips by telephone: the own phone is rung; what was kept there becomes a clip as an upload does."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from callcenter.accounts.models import User
from callcenter.agents.models import Agent
from callcenter.audit.services import Actor
from callcenter.groups.models import Clip
from callcenter.groups.services.clips import (
    AudioRefused,
    DescriptionMissing,
    create_clip,
    replace_clip,
)
from callcenter.tenants.scope import tenant_scope
from telephony.clips.models import ClipTake, TakeState
from telephony.commands.services import AT_ONCE, give_order
from telephony.dialling.services import OWN_PHONE_SECONDS, AlreadyCalling, free_phone
from telephony.pbx.orders import Originate
from telephony.provisioning.names import interface_of

# a second click within these would find the phone ringing, only that nobody has said so yet
SAME_CLICK = timedelta(seconds=8)


def begin_take(
    *,
    agent: Agent,
    owner: User,
    requested_by: Actor,
    at: datetime,
    description: str = "",
    is_public: bool = True,
    replaces: Clip | None = None,
) -> ClipTake:
    """Rings the agent's phone to record a new clip, or other sound for `replaces`.

    Raises DescriptionMissing, DialRefused.
    """
    description = " ".join(description.split())
    if replaces is None and not description:
        raise DescriptionMissing
    tenant = agent.tenant
    with transaction.atomic():
        Agent.objects.select_for_update(of=("self",)).get(pk=agent.pk)
        device = free_phone(agent, at)
        going_on = ClipTake.objects.filter(requested_by=owner, ended_at=None)
        if going_on.filter(requested_at__gt=at - SAME_CLICK).exists():
            raise AlreadyCalling
        take = ClipTake(
            id=uuid.uuid4(), pbx=tenant.pbx, description=description, is_public=is_public,
            replaces=replaces, requested_by=owner, requested_at=at,
        )  # fmt: skip
        order = Originate(
            interface=interface_of(tenant.slug, device.extension),
            context="clips",
            extension="record",
            call_id=take.call_id,
            tenant=tenant.slug,
            shown_name="Helin",
            timeout_seconds=OWN_PHONE_SECONDS,
            variables=(("CLIP_TAKE", take.id.hex),),
        )
        take.command = give_order(
            kind="record_clip",
            agent=agent,
            orders=[order],
            requested_by=requested_by,
            at=at,
            within=AT_ONCE,
            audited={"description": description or str(replaces)},
        )
        take.save()
    return take


def follow_take(*, take: ClipTake, state: TakeState, at: datetime) -> None:
    """What the PBX has told by now. A take that has ended stays as it is."""
    open_take = ClipTake.objects.filter(pk=take.pk, ended_at=None)
    ended_at = None if ClipTake(state=state).is_going_on else at
    open_take.exclude(state=state).update(state=state, ended_at=ended_at)


def keep_take(*, take: ClipTake, data: bytes, at: datetime) -> None:
    """The sound that was kept by telephone becomes the clip, once; else the take says why not."""
    with tenant_scope(take.tenant.pk), transaction.atomic():
        row = (
            ClipTake.objects.select_for_update(of=("self",))
            .select_related("requested_by", "replaces")
            .filter(pk=take.pk, ended_at=None)
            .first()
        )
        if row is None:
            return
        owner = row.requested_by
        by = Actor(name=str(owner), user_id=owner.pk)
        try:
            if row.replaces is not None:
                row.clip = replace_clip(clip=row.replaces, data=data, by=by)
            else:
                row.clip = create_clip(
                    data=data, description=row.description, is_public=row.is_public, owner=owner,
                    by=by,
                )  # fmt: skip
            row.state = TakeState.DONE
        except AudioRefused as refusal:
            row.state, row.problem = TakeState.REFUSED, refusal.problem.value
        row.ended_at = at
        row.save(update_fields=["clip", "state", "problem", "ended_at"])
