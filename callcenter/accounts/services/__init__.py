"""Writing people, their rights, and the keys of programs."""

from callcenter.accounts.services.keys import KeyNameTaken, create_api_key, revoke_api_key
from callcenter.accounts.services.people import (
    AlreadyHere,
    LastAdmin,
    MembershipChanges,
    NotYourself,
    change_membership,
    invite_person,
)
from callcenter.accounts.services.preferences import change_preferences
from callcenter.accounts.services.tenants import SlugTaken, change_tenant, create_tenant

__all__ = [
    "AlreadyHere",
    "KeyNameTaken",
    "LastAdmin",
    "MembershipChanges",
    "NotYourself",
    "SlugTaken",
    "change_membership",
    "change_preferences",
    "change_tenant",
    "create_api_key",
    "create_tenant",
    "invite_person",
    "revoke_api_key",
]
