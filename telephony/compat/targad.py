"""Targad koned's operations by their names, as JSON over HTTP with the main user's credentials.

POST /compat/<company>/targad/<operation>, HTTP Basic. What it does is what Helin's own services do.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from callcenter.accounts.ratelimit import take, tell, too_many
from callcenter.accounts.selectors import active_tenant
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal
from callcenter.tenants.scope import tenant_scope
from telephony.compat import operations
from telephony.compat.operations import Fault
from telephony.compat.services import may_targad

RATE = 300
LONGEST_BODY = 20_000
Operation = Callable[[Tenant, Mapping[str, Any]], Any]
OPERATIONS: dict[str, Operation] = {
    "clickToCall": operations.click_to_call,
    "activateNotification": operations.activate_notification,
    "deactivateNotification": operations.deactivate_notification,
    # so spelled in the original
    "activateNotifcation": operations.activate_notification,
    "deactivateNotifcation": operations.deactivate_notification,
    "listOwnNumbers": operations.list_own_numbers,
    "updateCallingLineNameIdentity": operations.update_name,
    "getCallHistory": operations.get_call_history,
    "addEntry": operations.add_entry,
    "updateEntry": operations.update_entry,
    "deleteEntry": operations.delete_entry,
    "listPhoneBookEntries": operations.list_entries,
}
_BY_NAME = {name.casefold(): work for name, work in OPERATIONS.items()}


@csrf_exempt
@require_POST
def targad(request: HttpRequest, slug: str, operation: str) -> HttpResponse:
    tenant = active_tenant(slug)
    user, password = _credentials(request)
    if tenant is None or not user:
        return _unknown()
    with tenant_scope(tenant.pk), translation.override(tenant.language):
        taken = take(f"targad:{tenant.pk}", most=RATE, seconds=60, now=time.time())
        if taken is not None and taken.is_over:
            return too_many(taken)
        if not may_targad(user, password, timezone.now()):
            return _unknown()
        return tell(_carried_out(request, tenant, operation), taken)


def _carried_out(request: HttpRequest, tenant: Tenant, operation: str) -> HttpResponse:
    work = _BY_NAME.get(operation.casefold())
    if work is None:
        return _fault("unknownOperation", "There is no such operation.", 404)
    if len(request.body) > LONGEST_BODY:
        return _fault("badRequest", "The request is too long.", 400)
    try:
        given = json.loads(request.body or b"{}")
        if not isinstance(given, dict) or "\\u0000" in json.dumps(given):
            raise Fault("badRequest", "A JSON object is wanted.")
        return JsonResponse({"result": work(tenant, given)})
    except Fault as fault:
        return _fault(fault.code, str(fault), fault.status)
    except Refusal as refusal:
        return _fault(getattr(refusal, "code", "refused"), str(refusal), 409)
    except (ValueError, RecursionError):
        return _fault("badRequest", "This is not JSON that can be read.", 400)


def _credentials(request: HttpRequest) -> tuple[str, str]:
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _colon, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    return user, password


def _unknown() -> HttpResponse:
    response = _fault("notAuthorized", "Main user and password are needed.", 401)
    response["WWW-Authenticate"] = 'Basic realm="helin"'
    return response


def _fault(code: str, words: str, status: int) -> HttpResponse:
    return JsonResponse({"error": {"code": code, "message": words}}, status=status)
