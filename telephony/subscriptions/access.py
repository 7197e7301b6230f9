"""Who reads: a program by its key, a person by his session. Asked again while they read."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from callcenter.accounts.models import ApiKey, User
from callcenter.accounts.permissions import ApiScope
from callcenter.accounts.selectors import active_tenant, person_in
from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.subscriptions.permissions import Reader, program, reader_of


def access_of_key(key_id: int) -> Callable[[], Reader | None]:
    def look() -> Reader | None:
        with system_scope("a key is asked for by its id, outside any request"):
            key = ApiKey.objects.select_related("tenant").filter(pk=key_id).first()
        if key is None or key.revoked_at is not None or not key.tenant.is_active:
            return None
        if key.expires_at is not None and key.expires_at <= timezone.now():
            return None
        return program(key.scopes) if ApiScope.EVENTS_READ.value in key.scopes else None

    return look


def access_of_session(
    user_id: int, session: SessionBase | None, slug: str
) -> Callable[[], Reader | None]:
    def look() -> Reader | None:
        if session is not None and not session.exists(session.session_key or ""):
            return None
        user = User.objects.filter(pk=user_id, is_active=True).first()
        tenant = active_tenant(slug)
        person = person_in(user, tenant) if user is not None and tenant is not None else None
        if person is None:
            return None
        with tenant_scope(person.tenant_id):
            return reader_of(person)

    return look
