"""Who is in a tenant, and what each may."""

from __future__ import annotations

from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import Membership, Role, User
from callcenter.accounts.permissions import Right
from callcenter.audit.services import Actor, change_row, record
from callcenter.tenants.refusals import Refusal, refusing
from callcenter.tenants.scope import current_tenant_id


class AlreadyHere(Refusal):
    def __init__(self, email: str) -> None:
        words = gettext("%(email)s is in this company already. Change the entry in the list.")
        super().__init__(words % {"email": email}, "email")


class LastAdmin(Refusal):
    def __init__(self) -> None:
        super().__init__(
            _("This is the company's last admin. Make somebody else an admin first."), "role"
        )


class NotYourself(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Another admin must change your own role and rights."))


class UnknownRight(Refusal):
    def __init__(self, word: str) -> None:
        super().__init__(gettext("There is no right “%(word)s”.") % {"word": word}, "extra_rights")


class MembershipChanges(TypedDict, total=False):
    role: str
    extra_rights: list[str]
    denied_rights: list[str]
    group_ids: list[int]
    is_active: bool


@transaction.atomic
def invite_person(*, email: str, name: str, role: str, by: Actor) -> Membership:
    """Adds a person and sends the way to sign in. Raises AlreadyHere.

    Somebody who has a login already (from another company) keeps name and password; whoever
    invites does not learn of it.
    """
    from callcenter.accounts.tasks import send_invitation

    address = User.objects.normalize_email(email).lower()
    user = _user_of(address, name)
    with refusing({"membership_once": AlreadyHere(address)}):
        membership = Membership.objects.create(user=user, role=Role(role))
    record(
        action="person.invited",
        by=by,
        about=membership,
        after={"email": address, "role": membership.role},
    )
    tenant_id, membership_id = current_tenant_id(), membership.pk
    transaction.on_commit(
        lambda: send_invitation.delay(tenant_id=tenant_id, membership_id=membership_id)
    )
    return membership


def _user_of(address: str, name: str) -> User:
    """Two companies may invite the same person at the same time: the second finds the first's."""
    if (found := User.objects.filter(email=address).first()) is not None:
        return found
    try:
        with transaction.atomic():
            return User.objects.create_user(email=address, name=name)
    except IntegrityError:
        return User.objects.get(email=address)


@transaction.atomic
def change_membership(
    *, membership: Membership, by: Actor, **changes: Unpack[MembershipChanges]
) -> None:
    """Role, rights, limits to groups, or whether the person may enter at all.

    Raises NotYourself, LastAdmin, UnknownRight.
    """
    if by.user_id == membership.user_id:
        raise NotYourself
    known = {right.value for right in Right}
    for word in (*changes.get("extra_rights", ()), *changes.get("denied_rights", ())):
        if word not in known:
            raise UnknownRight(word)
    # two admins who demote each other at the same time: the second waits here and is refused
    admins = list(
        Membership.objects.select_for_update()
        .filter(role=Role.ADMIN, is_active=True)
        .values_list("pk", flat=True)
    )
    stays_admin = changes.get("role", membership.role) == Role.ADMIN and changes.get(
        "is_active", membership.is_active
    )
    if admins == [membership.pk] and not stays_admin:
        raise LastAdmin
    change_row(row=membership, changes=dict(changes), action="person.changed", by=by)
