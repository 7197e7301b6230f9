"""LocaPhone's `GET call-init.php?user=..&to=..`: a GET that rings, as its programs know it."""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET

from callcenter.accounts.ratelimit import take, too_many
from callcenter.accounts.selectors import active_tenant
from callcenter.agents.models import Agent
from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from telephony.compat.services import may_call_init
from telephony.dialling.caller_ids import NotYourNumber
from telephony.dialling.services import Wish, place_call
from telephony.dialling.targets import DialRefused

RATE = 60  # calls of one company in a minute
_YES = {"1", "yes", "true"}


@require_GET
def call_init(request: HttpRequest, slug: str) -> HttpResponse:
    """`user` (e-mail, name or extension), `to`, and if wanted `from`, `cidnum`, `clir`, `prv`;
    `token` here or as a bearer's."""
    tenant = active_tenant(slug)
    if tenant is None:
        return _said("Not allowed.", 403)
    token = request.GET.get("token", "") or _bearer(request)
    with tenant_scope(tenant.pk), translation.override(tenant.language):
        if not may_call_init(request.META.get("REMOTE_ADDR", ""), token):
            return _said("Not allowed.", 403)
        taken = take(f"call-init:{tenant.pk}", most=RATE, seconds=60, now=time.time())
        if taken is not None and taken.is_over:
            return too_many(taken)
        return _call(request)


def _bearer(request: HttpRequest) -> str:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _call(request: HttpRequest) -> HttpResponse:
    asked = request.GET
    user, to, origin = (asked.get(name, "").strip() for name in ("user", "to", "from"))
    if not user or not to:
        return _said("user and to are needed.", 400)
    agent = _agent(user)
    if agent is None:
        return _said("No such user.", 404)
    if origin and origin == to:
        return _said("from and to are the same.", 400)
    if origin and origin != user and _agent(origin) != agent:
        return _said("from is another user's.", 403)
    wish = Wish(
        caller_id=asked.get("cidnum") or None,
        is_hidden=True if _is_yes(asked.get("clir", "")) else None,
        is_private=_is_yes(asked.get("prv", "")),
        about="call-init",
    )
    try:
        place_call(
            agent=agent, number=to, requested_by=Actor(name="call-init.php"),
            at=timezone.now(), wish=wish,
        )  # fmt: skip
    except NotYourNumber as refusal:
        return _said(str(refusal), 403)
    except DialRefused as refusal:
        return _said(str(refusal), 409)
    return _said("OK", 200)


def _agent(user: str) -> Agent | None:
    """People only: what is nobody's phone calls nobody."""
    rows = Agent.objects.select_related("tenant", "device").filter(is_active=True)
    if "@" in user:
        return rows.filter(membership__user__email__iexact=user).first()
    if user.isascii() and user.isdigit():
        return rows.filter(devices__extension=user, devices__is_active=True).first()
    found = list(rows.filter(name__iexact=user)[:2])
    return found[0] if len(found) == 1 else None


def _is_yes(text: str) -> bool:
    return text.strip().lower() in _YES


def _said(words: str, status: int) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
