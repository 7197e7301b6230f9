"""What a door answers to an order: nothing to swap, a toast to say."""

from __future__ import annotations

from django.http import HttpResponse
from django_htmx.http import trigger_client_event


def said(level: str, text: object, about: str = "", status: int = 204) -> HttpResponse:
    """level: sent, done, refused or error. A later toast with the same `about` replaces this one."""
    response = HttpResponse(status=status)
    return trigger_client_event(
        response, "toast", {"level": level, "text": str(text), "about": about}
    )


def sent(text: object, about: str = "") -> HttpResponse:
    return said("sent", text, about)


def refused(text: object, about: str = "") -> HttpResponse:
    """422: nothing was done, and the person can do something about it."""
    return said("refused", text, about, status=422)
