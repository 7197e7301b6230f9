"""Pages for what is not there or not allowed; the API gets JSON."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.views import defaults

API_PREFIX = "/api/v1/"


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path_info.startswith(API_PREFIX):
        return JsonResponse({"detail": "Not found."}, status=404)
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path_info.startswith(API_PREFIX):
        return JsonResponse({"detail": "Helin cannot read this request."}, status=400)
    return defaults.bad_request(request, exception)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """The form's CSRF token is not the browser's: mostly another tab has signed in since."""
    return render(request, "csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _database_away(request)
    if request.path_info.startswith(API_PREFIX):
        return JsonResponse({"detail": "Helin failed; it is in the log."}, status=500)
    return defaults.server_error(request)


def _database_away(request: HttpRequest) -> HttpResponse:
    """503, to be tried again: calls go on meanwhile, only what must be read or kept waits."""
    if request.path_info.startswith(API_PREFIX):
        words = "Helin's database cannot be reached. Nothing was changed; try again soon."
        answer: HttpResponse = JsonResponse({"detail": words}, status=503)
    else:
        # no context: whoever is signed in is written where nothing can be read now
        answer = HttpResponse(loader.get_template("503.html").render(), status=503)
    answer["Retry-After"] = "5"
    return answer
