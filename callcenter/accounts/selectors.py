"""Who somebody is in a tenant."""

from __future__ import annotations

from callcenter.accounts.models import Membership, User
from callcenter.accounts.permissions import OPERATOR_RIGHTS, Person, rights_of
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope


def person_in(user: User, tenant: Tenant) -> Person | None:
    """What `user` is in `tenant`; None for a stranger. Two queries at most."""
    with tenant_scope(tenant.pk):
        membership = (
            Membership.objects.filter(user=user, is_active=True).select_related("agent").first()
        )
    if membership is not None:
        agent = getattr(membership, "agent", None)
        return Person(
            user_id=user.pk,
            name=agent.name if agent else str(user),
            tenant_id=tenant.pk,
            role=membership.role,
            rights=rights_of(membership.role, membership.extra_rights, membership.denied_rights),
            group_ids=frozenset(membership.group_ids),
            agent_id=agent.pk if agent and agent.is_active else None,
        )
    if user.is_operator:
        return Person(
            user_id=user.pk,
            name=str(user),
            tenant_id=tenant.pk,
            role="operator",
            rights=OPERATOR_RIGHTS,
        )
    return None


def active_tenant(slug: str) -> Tenant | None:
    return Tenant.objects.filter(slug=slug, is_active=True).first()


def tenants_of(user: User) -> list[Tenant]:
    """The tenants that the person may enter, by name."""
    with system_scope("a person's memberships lie in several tenants"):
        mine = Membership.objects.filter(user=user, is_active=True).values_list(
            "tenant_id", flat=True
        )
        return list(Tenant.objects.filter(pk__in=list(mine), is_active=True))
