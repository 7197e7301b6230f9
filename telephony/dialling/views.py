"""Calling by a click, one's own phone, and `tel:` links: doors only."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from callcenter.accounts.doors import actor_of, carried_out, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.models import Membership
from callcenter.accounts.permissions import Right
from callcenter.agents.models import Agent
from phonebook.numbers.e164 import display
from telephony.dialling import services
from telephony.dialling.browser_keys import create_browser_key, revoke_browser_key
from telephony.dialling.forms import HIDDEN, BrowserKeyForm, ChoiceForm
from telephony.dialling.models import BrowserKey, PlacedCall
from telephony.dialling.services import NotAtAPhone, Wish
from telephony.dialling.targets import DialRefused, target_of


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.CALLS_MAKE)
def dial(request: TenantRequest, slug: str) -> HttpResponse:
    """POST calls. GET, where `tel:` links lead, only asks whether to: a link must not ring."""
    if request.method == "POST":
        return _dial(request, slug)
    text = request.GET.get("number", "").strip()[:400]
    context: dict[str, Any] = {"text": text, "target": None, "refusal": None}
    try:
        agent = services.agent_of(request.person)
        context["choice"] = ChoiceForm(agent=agent, tenant=request.tenant)
        if text:
            context["target"] = target_of(text, request.tenant)
    except DialRefused as refusal:
        context["refusal"] = refusal
    return render(request, "telephony/dialling/dial.html", context)


def _dial(request: TenantRequest, slug: str) -> HttpResponse:
    number = request.POST.get("number", "")[:400].replace("\0", "")
    wish = Wish(
        is_private=bool(request.POST.get("private")), about=request.POST.get("about", "")[:60]
    )

    def place() -> PlacedCall:
        agent = services.agent_of(request.person)
        return services.place_call(
            agent=agent, number=number, requested_by=actor_of(request), at=timezone.now(), wish=wish
        )

    return _told(request, slug, place)


@require_POST
@needs(Right.CALLS_MAKE)
def echo(request: TenantRequest, slug: str) -> HttpResponse:
    def ring() -> PlacedCall:
        agent = services.agent_of(request.person)
        return services.ring_for_echo(
            agent=agent, requested_by=actor_of(request), at=timezone.now()
        )

    return _told(request, slug, ring)


def _told(request: TenantRequest, slug: str, place: Any) -> HttpResponse:
    """A toast for HTMX; without scripts the next page says it."""
    try:
        placed: PlacedCall = place()
    except DialRefused as refusal:
        if request.headers.get("HX-Request"):
            return _toast("refused", str(refusal), 422)
        messages.error(request, str(refusal))
        return redirect("dial", slug)
    shown = display(placed.number, request.tenant.country)
    words = (
        _("Ringing your phone to call %(number)s") % {"number": shown}
        if shown
        else _("Ringing your phone")
    )
    if request.headers.get("HX-Request"):
        return _toast("sent", words, 204)
    messages.success(request, words)
    return redirect("dial", slug)


def _toast(level: str, text: str, status: int) -> HttpResponse:
    toast = {"level": level, "text": text, "about": "dial"}
    return trigger_client_event(HttpResponse(status=status), "toast", toast)


@require_GET
@needs(Right.CALLS_MAKE)
def box(request: TenantRequest, slug: str) -> HttpResponse:
    """The dial box of the top bar, as a fragment."""
    del slug
    context: dict[str, Any] = {}
    try:
        agent = services.agent_of(request.person)
        context["choice"] = ChoiceForm(agent=agent, tenant=request.tenant)
    except NotAtAPhone as refusal:
        context["refusal"] = refusal
    return render(request, "telephony/dialling/_panel.html", context)


@require_POST
@needs(Right.CALLS_MAKE)
def choose(request: TenantRequest, slug: str) -> HttpResponse:
    """Remembers what the far end sees, and which phone rings."""
    agent = _my_agent(request)
    form = ChoiceForm(request.POST, agent=agent, tenant=request.tenant)
    if not form.is_valid():
        return _toast("refused", _("You may not show this number. Choose one of your own."), 422)
    shows, device = form.cleaned_data["shows"], form.cleaned_data["device"]
    if "device" not in request.POST:
        device_id = form.initial.get("device")
    else:
        device_id = device.pk if device else None
    services.remember_choice(
        agent=agent,
        shows="" if shows == HIDDEN else shows,
        is_hidden=shows == HIDDEN,
        device_id=device_id,
    )
    if request.headers.get("HX-Request"):
        return _toast("done", _("Kept for your next calls."), 204)
    messages.success(request, _("Kept for your next calls."))
    return redirect("my_phone", slug)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@needs(Right.CALLS_MAKE)
def my_phone(request: TenantRequest, slug: str) -> HttpResponse:
    """One's own phone: test, numbers shown, `tel:` links, keys of web pages. POST makes a key."""
    del slug
    form, made, shows_callers = BrowserKeyForm(request.POST or None), "", False
    membership = Membership.objects.filter(user_id=request.person.user_id).first()
    if request.method == "POST" and membership is not None and form.is_valid():
        keys: list[str] = []

        def make() -> None:
            _row, key = create_browser_key(
                membership=membership,
                name=form.cleaned_data["name"],
                origins=form.cleaned_data["origins"].split(),
                for_extension=form.cleaned_data["for_extension"],
                shows_callers=form.cleaned_data["shows_callers"],
                by=actor_of(request),
            )
            keys.append(key)

        if carried_out(form, make):
            shows_callers = form.cleaned_data["shows_callers"]
            form, made = BrowserKeyForm(), keys[0]
    agent = Agent.objects.select_related("device").filter(pk=request.person.agent_id or 0).first()
    context = {
        "agent": agent,
        "choice": ChoiceForm(agent=agent, tenant=request.tenant) if agent else None,
        "phones": agent.devices.filter(is_active=True) if agent else (),
        "form": form,
        "made": made,
        "shows_callers": shows_callers,
        "keys": BrowserKey.objects.filter(membership=membership, revoked_at=None)[:50],
        "script_url": f"{settings.PUBLIC_URL}{settings.STATIC_URL}click.js",
        "has_membership": membership is not None,
    }
    status = 422 if form.errors else 200
    return render(request, "telephony/dialling/my_phone.html", context, status=status)


@require_POST
@needs(Right.CALLS_MAKE)
def revoke_key(request: TenantRequest, slug: str, key_id: int) -> HttpResponse:
    """One's own only: others' are not there."""
    key = get_object_or_404(BrowserKey, pk=key_id, membership__user_id=request.person.user_id)
    revoke_browser_key(key=key, by=actor_of(request), at=timezone.now())
    messages.success(request, _("Revoked. The key opens nothing any more."))
    return redirect("my_phone", slug)


def _my_agent(request: TenantRequest) -> Agent:
    return get_object_or_404(
        Agent.objects.select_related("tenant", "device"), pk=request.person.agent_id or 0
    )


@require_GET
@needs(Right.CALLS_MAKE)
def manifest(request: TenantRequest, slug: str) -> HttpResponse:
    """The web app, which a browser may give `tel:` links to."""
    handler = {"protocol": "tel", "url": f"{reverse('dial', args=[slug])}?number=%s"}
    described = {
        "name": f"{request.tenant.name} · Helin",
        "short_name": "Helin",
        "id": f"/t/{slug}/",
        "start_url": f"/t/{slug}/",
        "scope": f"/t/{slug}/",
        "display": "standalone",
        "icons": [{"src": static("helin.svg"), "sizes": "any", "type": "image/svg+xml"}],
        "protocol_handlers": [handler],
    }
    return JsonResponse(described, content_type="application/manifest+json")
