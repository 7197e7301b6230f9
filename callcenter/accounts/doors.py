"""How a view asks for a right."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpResponseBase

from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.audit.services import Actor
from callcenter.tenants.refusals import Refusal

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


def carried_out(form: BaseForm, act: Callable[[], object]) -> bool:
    """Runs a service; its refusal becomes the form's error, at the field that it names."""
    try:
        act()
    except Refusal as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, str(refusal))
        return False
    return True


def told(request: TenantRequest, act: Callable[[], object], done: str) -> bool:
    """Runs the service of a button; what came of it is said by a toast of the next page."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, done)
    return True
