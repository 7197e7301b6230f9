"""The API's door: a tenant-bound key in `Authorization: Bearer helin_...` opens the scope."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission


class ApiKeyAuthentication(BaseAuthentication):
    pass


class HasScope(BasePermission):
    pass
