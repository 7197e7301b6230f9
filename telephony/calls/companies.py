"""What the tenants' data said at an instant, from the kept facts: two queries for all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from callcenter.tenants.models import Tenant
from telephony.calls.shapes import Company
from telephony.ledger.models import CompanyFact
from telephony.ledger.owners import agent_of_member, extension_of_member


class Companies:
    def __init__(self, tenant_ids: set[int]) -> None:
        self._tenants = Tenant.objects.in_bulk(list(tenant_ids))
        self._facts: dict[tuple[int, str, str], list[tuple[datetime, dict[str, Any]]]] = {}
        rows = CompanyFact.objects.filter(
            tenant_id__in=tenant_ids, kind__in=("phone", "number", "oldagent")
        )
        for tenant_id, kind, name, since, facts in rows.order_by("since").values_list(
            "tenant_id", "kind", "name", "since", "facts"
        ):
            self._facts.setdefault((tenant_id, kind, name), []).append((since, facts))

    def at(self, tenant_id: int, instant: datetime) -> Company:
        tenant = self._tenants[tenant_id]

        def said(kind: str, name: str, word: str) -> int | None:
            value = None
            for since, facts in self._facts.get((tenant_id, kind, name[:80]), ()):
                if since <= instant:
                    value = facts.get(word)
            return value

        def agent_of_phone(extension: str) -> int | None:
            return said("phone", extension, "agent_id")

        def agent_meant(member: str) -> int | None:
            own = agent_of_member(member)
            if own is not None and member.startswith(f"{tenant.slug}-"):
                return own
            if (tenant_id, "oldagent", member[:80]) in self._facts:
                return said("oldagent", member, "agent_id")
            extension = extension_of_member(member)
            return agent_of_phone(extension) if extension else None

        return Company(
            slug=tenant.slug,
            country=tenant.country,
            agent_of_phone=agent_of_phone,
            group_of_number=lambda number: said("number", number.lstrip("+"), "group_id"),
            agent_of_member=agent_meant,
        )
