"""What click.js and the browser extension ask: read a number, call it, who calls. Outside `/t/`, by key."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from callcenter.accounts.ratelimit import take, tell, too_many
from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from phonebook.numbers.e164 import display
from telephony.dialling.browser_keys import Caller, caller_with, is_known_origin
from telephony.dialling.callers import listen
from telephony.dialling.services import agent_of, place_call
from telephony.dialling.targets import DialRefused, target_of

RATE = 60  # requests of one key in a minute
LONGEST_BODY = 2_000
Answer = Callable[[Caller, dict[str, Any]], HttpResponseBase]


def _door(answer: Answer) -> Callable[[HttpRequest], HttpResponseBase]:
    @csrf_exempt
    def view(request: HttpRequest) -> HttpResponseBase:
        origin = request.headers.get("Origin", "")
        if request.method == "OPTIONS":
            return _preflight(origin)
        if request.method != "POST":
            return _said("POST only.", 405)
        caller = caller_with(request.headers.get("Authorization", ""), origin, timezone.now())
        if caller is None:
            # without the header that lets the page read it: not even that there is a key
            return _said("This key opens nothing here.", 401)
        response = _inside(request, caller, answer)
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = "Retry-After"
        patch_vary_headers(response, ["Origin"])
        return response

    return view


def _inside(request: HttpRequest, caller: Caller, answer: Answer) -> HttpResponseBase:
    taken = take(f"browser:{caller.key.pk}", most=RATE, seconds=60, now=time.time())
    if taken is not None and taken.is_over:
        return too_many(taken)
    if len(request.body) > LONGEST_BODY:
        return _said("Too long.", 400)
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or "\0" in str(body.get("number", "")):
        return _said("JSON with a number is wanted.", 400)
    tenant = caller.key.tenant
    language = caller.key.membership.user.language or tenant.language
    with (
        tenant_scope(tenant.pk),
        translation.override(language),
        timezone.override(ZoneInfo(tenant.time_zone)),
    ):
        return tell(answer(caller, body), taken)


def _preflight(origin: str) -> HttpResponse:
    response = HttpResponse(status=204)
    if origin and is_known_origin(origin):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Methods"] = "POST"
        response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response["Access-Control-Max-Age"] = "600"
    patch_vary_headers(response, ["Origin"])
    return response


def _said(words: str, status: int) -> HttpResponse:
    return JsonResponse({"detail": words}, status=status)


def _refused(refusal: DialRefused) -> HttpResponse:
    return JsonResponse({"detail": str(refusal), "code": refusal.code}, status=422)


def _read(caller: Caller, body: dict[str, Any]) -> HttpResponse:
    """What a marked text is as a number, and whether it may be called. Rings nothing."""
    try:
        target = target_of(str(body.get("number", "")), caller.key.tenant)
    except DialRefused as refusal:
        return _refused(refusal)
    return JsonResponse({"number": target.number, "shown": target.shown})


def _dial(caller: Caller, body: dict[str, Any]) -> HttpResponse:
    person = caller.person
    try:
        placed = place_call(
            agent=agent_of(person),
            number=str(body.get("number", "")),
            requested_by=Actor(name=person.name, user_id=person.user_id),
            at=timezone.now(),
        )
    except DialRefused as refusal:
        return _refused(refusal)
    shown = display(placed.number, caller.key.tenant.country)
    words = translation.gettext("Your phone rings. Pick it up to call %(number)s.")
    told = {"call": placed.call_id, "number": placed.number, "shown": shown}
    return JsonResponse({**told, "detail": words % {"number": shown}}, status=202)


def _callers(caller: Caller, body: dict[str, Any]) -> HttpResponseBase:  # noqa: ARG001
    if not caller.key.shows_callers or caller.person.agent_id is None:
        return _said("This key does not show who calls.", 403)
    answer = StreamingHttpResponse(listen(caller), content_type="application/x-ndjson")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


read_number = _door(_read)
show_callers = _door(_callers)
dial_number = _door(_dial)
