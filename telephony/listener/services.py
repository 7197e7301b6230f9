"""What the listener writes into the database: next to nothing."""

from __future__ import annotations

from callcenter.agents.models import Agent
from callcenter.tenants.scope import tenant_scope


def forget_pause_wish(*, tenant_id: int, agent_id: int, reason: str) -> None:
    """The pause that the agent wished for after the call stands; another wish is left alone."""
    with tenant_scope(tenant_id):
        Agent.objects.filter(pk=agent_id, pause_after_call=reason).update(pause_after_call=None)
