"""Reading agents, phones and pause reasons for the management pages."""

from __future__ import annotations

from django.db.models import Prefetch, Q, QuerySet

from callcenter.accounts.models import Membership
from callcenter.agents.models import Agent, Device, PauseReason


def agents_with_phones() -> QuerySet[Agent]:
    """Those in use first, by name, with person and phone."""
    return Agent.objects.select_related("membership__user", "device").order_by("-is_active", "name")


def people_without_agent() -> QuerySet[Membership]:
    """Who could become an agent."""
    rows = Membership.objects.filter(is_active=True, agent__isnull=True).select_related("user")
    return rows.order_by("user__name")


def phones(wanted: str = "") -> QuerySet[Device]:
    """By extension; `wanted` is part of an extension, a phone's or an agent's name."""
    rows = Device.objects.select_related("agent", "rings_for")
    if wanted:
        rows = rows.filter(
            Q(extension__startswith=wanted)
            | Q(name__icontains=wanted)
            | Q(agent__name__icontains=wanted)
        )
    return rows


def one_agent() -> QuerySet[Agent]:
    """For an agent's page: with person and own phones."""
    return Agent.objects.select_related("membership__user", "device").prefetch_related(
        Prefetch("devices", Device.objects.order_by("extension"))
    )


def pause_reasons() -> QuerySet[PauseReason]:
    return PauseReason.objects.all()
