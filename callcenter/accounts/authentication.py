"""The API's door. The middleware has looked the key up and opened its tenant's scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from callcenter.accounts.models import ApiKey
from callcenter.accounts.permissions import ApiScope
from callcenter.audit.services import Actor

if TYPE_CHECKING:  # DRF reads its settings, and so this module, while it is itself being imported
    from rest_framework.views import APIView


class ApiKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[ApiKeyHolder, ApiKey] | None:
        key: ApiKey | None = getattr(request._request, "api_key", None)
        return (ApiKeyHolder(key), key) if key is not None else None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        return 'Bearer realm="helin"'


class ApiKeyHolder:
    """What DRF calls a user: the program that holds the key."""

    is_authenticated = True

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        self.pk = key.pk

    def __str__(self) -> str:
        return self.key.name


class HasScope(BasePermission):
    """The key must hold the view's `scope` (or `scopes[method]`). A view without one is closed."""

    message = "This API key lacks the scope for that."

    def has_permission(self, request: Request, view: APIView) -> bool:
        key: Any = request.auth
        if key is None:
            return False
        wanted = getattr(view, "scope", None)
        return wanted is not None and ApiScope(wanted).value in key.scopes


def caller_of(request: Request) -> Actor:
    """Who the audit log names for what the API was asked to do."""
    key: Any = request.auth
    return Actor(name=f"API: {key.name}")


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer", "bearerFormat": "helin_<prefix>_<secret>"}
