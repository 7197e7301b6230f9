"""What every page's frame shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from callcenter.accounts.permissions import Right


def frame(request: HttpRequest) -> dict[str, Any]:
    """`tenant`, `person` (both None outside a tenant), `may` (right words), `simulated`."""
    tenant = getattr(request, "tenant", None)
    person = getattr(request, "person", None)
    rights = person.rights if person else frozenset[Right]()
    pbx = settings.PBXES.get(tenant.pbx) if tenant else None
    return {
        "tenant": tenant,
        "person": person,
        "may": {right.name: right in rights for right in Right},
        "simulated": bool(pbx and pbx.simulated),
    }
