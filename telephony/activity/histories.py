"""An imported history of agents beside what the company's own PBX tells of them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max, Min

from telephony.activity.models import AgentActivity


def overlap_of(*, pbx: str, own_pbx: str, tenant_id: int) -> datetime | None:
    """Since when the company's own PBX tells of its agents, if the imported history goes on then."""
    rows = AgentActivity.objects.filter(tenant_id=tenant_id)
    since = rows.filter(pbx=own_pbx).aggregate(first=Min("since"))["first"]
    ends = rows.filter(pbx=pbx).aggregate(last=Max("until"))["last"]
    return since if since and ends and ends > since else None
