"""The HTTP door of tenancy: `/t/<slug>/...` opens that tenant's scope, or is 404."""

from __future__ import annotations

import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone, translation

from callcenter.accounts.errors import bad_request, page_not_found
from callcenter.accounts.permissions import Person
from callcenter.accounts.ratelimit import take, tell, too_many
from callcenter.accounts.selectors import active_tenant, key_in_use, person_in
from callcenter.audit.services import client_address
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope

API_PREFIX = "/api/v1/"


class TenantRequest(HttpRequest):
    """A request inside a tenant, for type checkers: what the middleware adds."""

    tenant: Tenant
    person: Person


def tenant_slug(path: str) -> str | None:
    parts = path.split("/", 3)
    return parts[2] if len(parts) > 2 and parts[0] == "" and parts[1] == "t" else None


class TenantScopeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            return page_not_found(request, Http404())
        if "%00" in request.META.get("QUERY_STRING", ""):
            # PostgreSQL keeps no NUL, and nobody types one
            return bad_request(request, SuspiciousOperation("NUL in the address"))
        token = client_address.set(request.META.get("REMOTE_ADDR"))
        try:
            if request.path_info.startswith(API_PREFIX):
                return self._by_key(request)
            slug = tenant_slug(request.path_info)
            return self.get_response(request) if slug is None else self._inside(request, slug)
        finally:
            client_address.reset(token)

    def _by_key(self, request: HttpRequest) -> HttpResponse:
        """The API: the key says which tenant; without a good one there is no scope at all."""
        key = key_in_use(request.headers.get("Authorization", ""), timezone.now())
        request.api_key = key  # type: ignore[attr-defined]
        if key is None:
            return self.get_response(request)
        taken = take(f"api:{key.pk}", most=settings.API_RATE, seconds=60, now=time.time())
        if taken is not None and taken.is_over:
            return too_many(taken)
        request.tenant = key.tenant  # type: ignore[attr-defined]
        with tenant_scope(key.tenant.pk), timezone.override(ZoneInfo(key.tenant.time_zone)):
            return tell(self.get_response(request), taken)

    def _inside(self, request: HttpRequest, slug: str) -> HttpResponse:
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):
                response = HttpResponse(status=204)
                response["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
                return response
            return redirect_to_login(request.get_full_path())
        tenant = active_tenant(slug)
        person = person_in(request.user, tenant) if tenant else None
        if tenant is None or person is None:
            # a stranger learns nothing, not even that the tenant exists
            return page_not_found(request, Http404())
        request.tenant = tenant  # type: ignore[attr-defined]
        request.person = person  # type: ignore[attr-defined]
        user = request.user
        language = user.language or tenant.language
        with (
            tenant_scope(tenant.pk),
            timezone.override(ZoneInfo(user.time_zone or tenant.time_zone)),
            translation.override(language),
        ):
            return self.get_response(request)
