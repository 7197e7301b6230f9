"""Who somebody is in a tenant."""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter.accounts import api_keys
from callcenter.accounts.models import ApiKey, Membership, User
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


USED_AT_PRECISION = timedelta(minutes=1)


def key_in_use(authorization: str, at: datetime) -> ApiKey | None:
    """The API key behind an `Authorization: Bearer` header; None for none, a wrong, revoked or
    expired one, or one of a tenant that is switched off. Notes when it was last used."""
    scheme, _, text = authorization.partition(" ")
    prefix = api_keys.prefix_of(text.strip()) if scheme.lower() == "bearer" else None
    if prefix is None:
        return None
    with system_scope("the key says which tenant it belongs to"):
        key = ApiKey.objects.select_related("tenant").filter(prefix=prefix).first()
        if key is None or not api_keys.is_key_of(text.strip(), key.digest):
            return None
        if key.revoked_at or (key.expires_at and key.expires_at <= at) or not key.tenant.is_active:
            return None
        if key.last_used_at is None or at - key.last_used_at > USED_AT_PRECISION:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key
