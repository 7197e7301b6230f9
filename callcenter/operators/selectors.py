"""All tenants, as operators list them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from callcenter.tenants.models import Tenant


def tenants(search: str = "") -> QuerySet[Tenant]:
    rows = Tenant.objects.order_by("name", "pk")
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(slug__icontains=search))
    return rows
