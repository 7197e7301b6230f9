"""What operators do with tenants."""

from __future__ import annotations

from typing import TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext

from callcenter.accounts.models import Role
from callcenter.accounts.services.people import invite_person
from callcenter.audit.services import Actor, change_row, record
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal, refusing
from callcenter.tenants.scope import tenant_scope


class SlugTaken(Refusal):
    def __init__(self, slug: str) -> None:
        words = gettext("There is already a company at /t/%(slug)s/. Choose another short name.")
        super().__init__(words % {"slug": slug}, "slug")


class TenantChanges(TypedDict, total=False):
    name: str
    time_zone: str
    country: str
    language: str
    caller_id: str
    is_active: bool
    recording_days: int  # 1 to 60
    keeps_uncompressed: bool


@transaction.atomic
def create_tenant(
    *,
    slug: str,
    name: str,
    country: str,
    time_zone: str,
    pbx: str,
    admin_email: str,
    admin_name: str,
    by: Actor,
) -> Tenant:
    """A new company with its first admin, who is sent the way to sign in. Raises SlugTaken."""
    with refusing({"callcenter_tenant_slug_key": SlugTaken(slug)}):
        tenant = Tenant.objects.create(
            slug=slug, name=name, country=country, time_zone=time_zone, pbx=pbx
        )
    with tenant_scope(tenant.pk):
        record(action="tenant.created", by=by, about=tenant, after={"slug": slug, "pbx": pbx})
        invite_person(email=admin_email, name=admin_name, role=Role.ADMIN, by=by)
    return tenant


@transaction.atomic
def change_tenant(*, tenant: Tenant, by: Actor, **changes: Unpack[TenantChanges]) -> None:
    """Name, place, or whether anybody may enter. The slug and the PBX stay."""
    with tenant_scope(tenant.pk):
        change_row(row=tenant, changes=dict(changes), action="tenant.changed", by=by)
