"""How a view asks for a right."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase

from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.audit.services import Actor

View = Callable[..., HttpResponseBase]


def needs(*rights: Right) -> Callable[[View], View]:
    """The view is for people with any of these rights; others get 403. Kept on `view.needs`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: TenantRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not any(request.person.may(right) for right in rights):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.needs = rights  # type: ignore[attr-defined]
        return guarded

    return decorate


def actor_of(request: TenantRequest) -> Actor:
    return Actor(name=request.person.name, user_id=request.person.user_id)
