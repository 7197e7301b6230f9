"""Who calls, where our own proxies stand between: told once, for all who read REMOTE_ADDR."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class CallersAddressMiddleware:
    """The last `HELIN_PROXIES` entries of X-Forwarded-For are our proxies' word; what stands before
    them is whatever the caller wrote, and counts for nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if settings.PROXIES and len(told) >= settings.PROXIES:
            address = told[-settings.PROXIES].strip()
            if _is_plain(address):
                request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def _is_plain(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return "%" not in address  # a zone, which PostgreSQL's inet does not know
