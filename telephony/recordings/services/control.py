"""Pausing and resuming the recording of a call that is going on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Agent
from callcenter.audit.services import Actor
from telephony.commands.models import PbxCommand
from telephony.commands.services import AT_ONCE, NoSuchCall, OrderRefused, give_order
from telephony.live.selectors import live_snapshot
from telephony.live.streams import LEGS
from telephony.pbx.orders import Order, PauseRecording, ResumeRecording


class NotRecorded(OrderRefused):
    def __init__(self) -> None:
        super().__init__(_("This call is not being recorded."))


def pause_recording(*, agent: Agent, call: str, requested_by: Actor, at: datetime) -> PbxCommand:
    """What is said now is silence in the file. `call`: `call:<linkedid>`.

    Raises NoSuchCall where the agent has no leg in it, and NotRecorded.
    """
    return _control(agent, call, requested_by, at, paused=True)


def resume_recording(*, agent: Agent, call: str, requested_by: Actor, at: datetime) -> PbxCommand:
    """Raises NoSuchCall, NotRecorded."""
    return _control(agent, call, requested_by, at, paused=False)


def _control(
    agent: Agent, call: str, requested_by: Actor, at: datetime, *, paused: bool
) -> PbxCommand:
    tenant = agent.tenant
    document = live_snapshot(tenant.pk, [LEGS], tenant.pbx).document
    entity: Mapping[str, Any] = document.get(f"_legs:{call.removeprefix('call:')}", {})
    legs = entity.get("legs", ())
    if not any(leg["agent"] == agent.pk for leg in legs):
        raise NoSuchCall
    channels = [leg["name"] for leg in legs if leg.get("recording")]
    if not channels:
        raise NotRecorded
    make = PauseRecording if paused else ResumeRecording
    orders: list[Order] = [make(channel=channel) for channel in channels]
    return give_order(
        kind="pause_recording" if paused else "resume_recording",
        agent=agent,
        orders=orders,
        requested_by=requested_by,
        at=at,
        within=AT_ONCE,
        audited={"call": call},
    )
