"""API keys: made once, shown once, revoked for good."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from callcenter.accounts import api_keys
from callcenter.accounts.models import ApiKey
from callcenter.accounts.permissions import ApiScope
from callcenter.audit.services import Actor, record
from callcenter.tenants.refusals import Refusal, refusing


class KeyNameTaken(Refusal):
    def __init__(self, name: str) -> None:
        words = gettext("There is already a key named “%(name)s”.")
        super().__init__(words % {"name": name}, "name")


@transaction.atomic
def create_api_key(
    *, name: str, scopes: Iterable[str], by: Actor, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """The row, and the key itself: show it now, it is kept nowhere. Raises KeyNameTaken."""
    key = api_keys.new_key()
    chosen = sorted(ApiScope(scope).value for scope in scopes)
    with refusing({"api_key_name_once": KeyNameTaken(name)}):
        row = ApiKey.objects.create(
            name=name,
            prefix=api_keys.prefix_of(key) or "",
            digest=api_keys.digest_of(key),
            scopes=chosen,
            created_by_id=by.user_id,
            expires_at=expires_at,
        )
    record(action="api_key.created", by=by, about=row, after={"scopes": chosen})
    return row, key


@transaction.atomic
def revoke_api_key(*, key: ApiKey, by: Actor, at: datetime) -> None:
    """The key opens nothing any more, from the next request on. Revoking twice changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
        record(action="api_key.revoked", by=by, about=key)
