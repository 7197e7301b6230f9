"""The HTTP door of tenancy: `/t/<slug>/...` opens that tenant's scope, or is 404."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
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
            return _to_sign_in(request)
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


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """And back. Whoever comes from a page of ours, or with a session that is over, is told so."""
    is_part = bool(request.headers.get("HX-Request"))
    before = _inside_path(request.headers.get("HX-Current-URL" if is_part else "Referer", ""))
    is_page = not is_part and request.method in ("GET", "HEAD")
    asked = {REDIRECT_FIELD_NAME: request.get_full_path() if is_page else before}
    if is_part or before or settings.SESSION_COOKIE_NAME in request.COOKIES:
        asked["out"] = "1"
    query = urlencode({name: value for name, value in asked.items() if value}, safe="/")
    url = f"{resolve_url(settings.LOGIN_URL)}?{query}"
    if not is_part:
        return redirect(url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response


def _inside_path(url: str) -> str:
    """The page of a company that this address leads to, without the host; "" for another."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if tenant_slug(parts.path) is None:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
