"""The people of a tenant, as the pages list them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from callcenter.accounts.models import ApiKey, Membership
from callcenter.groups.models import AgentGroup


def people(search: str = "") -> QuerySet[Membership]:
    """By name, with what the list shows; `search` is part of a name or an e-mail address."""
    rows = Membership.objects.select_related("user", "agent__device").order_by("user__name", "pk")
    if search:
        rows = rows.filter(Q(user__name__icontains=search) | Q(user__email__icontains=search))
    return rows


def keys() -> QuerySet[ApiKey]:
    """The ones in use first."""
    return ApiKey.objects.select_related("created_by").order_by("revoked_at", "-created_at", "pk")


def group_choices() -> list[tuple[int, str]]:
    return list(AgentGroup.objects.order_by("name").values_list("pk", "name"))
